package dev.sectional.weights.internal.hdf5;

import dev.sectional.core.InputException;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.FileBytes;

/**
 * The bytes of an HDF5 file, with a limit on the number of parts that are visited: far more than a network has, few
 * enough that a hostile file cannot keep the reader busy. Not safe for use by several threads.
 */
final class Hdf5Input {
    private static final int MOST_PARTS = 1 << 22;

    private final String file;
    private final FileBytes bytes;
    private int parts;

    /** @param file name of the file in messages */
    Hdf5Input(String file, FileBytes bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    String file() {
        return file;
    }

    FileBytes bytes() {
        return bytes;
    }

    /**
     * Returns a cursor over {@code length} bytes.
     *
     * @throws InputException if they reach beyond the file
     */
    Hdf5Cursor at(long from, long length) {
        countPart();
        if (!bytes.holds(from, length)) {
            throw damaged("a part of " + length + " bytes at byte " + from + " reaches beyond the file");
        }
        return new Hdf5Cursor(this, from, from + length);
    }

    /** Counts a visited part of the file. */
    void countPart() {
        if (++parts > MOST_PARTS) {
            throw damaged("it has more than " + MOST_PARTS + " parts");
        }
    }

    /** Returns the exception for a file that contradicts the format. */
    InputException damaged(String what) {
        return CannotRead.file(file, "the HDF5 file is truncated or damaged: " + what + "; fetch the file again");
    }
}
