package dev.sectional.weights.internal.common;

import dev.sectional.core.InputException;

/** Builds the exceptions of this module's readers: {@code cannot read FILE: REASON; WHAT TO DO}, on one line. */
public final class CannotRead {
    private CannotRead() {}

    /**
     * Returns the exception for a file.
     *
     * @param file path of the file, and where it helps the part of it, such as {@code model.npz: array w}
     * @param reason why it cannot be read and, after a semicolon, what to do
     */
    public static InputException file(String file, String reason) {
        return new InputException("cannot read " + file + ": " + reason);
    }

    /** Returns the exception for a file, with its cause. */
    public static InputException file(String file, String reason, Throwable cause) {
        return new InputException("cannot read " + file + ": " + reason, cause);
    }
}
