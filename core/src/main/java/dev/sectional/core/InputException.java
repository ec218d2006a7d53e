package dev.sectional.core;

/**
 * The one exception for input that cannot be used: a file, a tensor in it, an option, an environment.
 *
 * <p>The message is a single line for the person who gave the input. It says what is wrong, where, and what to do
 * about it. Errors in a program's own calls are {@link IllegalArgumentException}s instead.
 */
public final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message one line: what is wrong, where, and what to do */
    public InputException(String message) {
        super(oneLine(message));
    }

    /**
     * @param message one line: what is wrong, where, and what to do
     * @param cause what was caught on the way
     */
    public InputException(String message, Throwable cause) {
        super(oneLine(message), cause);
    }

    /** Names that come from a file may hold anything, line breaks too. */
    private static String oneLine(String message) {
        return message.replaceAll("\\p{Cntrl}+", " ");
    }
}
