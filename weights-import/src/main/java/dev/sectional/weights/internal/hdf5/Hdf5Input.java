package dev.sectional.weights.internal.hdf5;

import dev.sectional.core.InputException;
import dev.sectional.weights.internal.common.FileBytes;

/** The bytes of an HDF5 file, and how much of them has been looked at: enough for any network, too little to keep busy. */
final class Hdf5Input {
    private static final int MOST_STEPS = 1 << 22;

    private final String file;
    private final FileBytes bytes;
    private int steps;

    /** @param file what messages call it */
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
     * A place at the beginning of a stretch.
     *
     * @throws InputException if the stretch leaves the file
     */
    Hdf5Cursor at(long from, long length) {
        step();
        if (!bytes.holds(from, length)) {
            throw damaged("something of " + length + " bytes at byte " + from + " leaves the file");
        }
        return new Hdf5Cursor(this, from, from + length);
    }

    /** Counts one of the file's parts that is looked at. */
    void step() {
        if (++steps > MOST_STEPS) {
            throw damaged("it has more than " + MOST_STEPS + " parts");
        }
    }

    InputException damaged(String what) {
        return new InputException(file + ": the HDF5 file is truncated or damaged: " + what + "; fetch the file again");
    }
}
