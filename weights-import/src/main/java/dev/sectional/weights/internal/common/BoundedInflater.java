package dev.sectional.weights.internal.common;

import dev.sectional.core.InputException;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Memory for what is compressed in one file: no more than deflate can have packed into so many bytes, than one array
 * holds, and together than half the heap.
 */
public final class BoundedInflater {
    /** Deflate packs no tighter than this. */
    static final long MOST_RATIO = 1032;
    /** A few bytes are let pass whatever the ratio says. */
    private static final long HARMLESS = 1 << 16;
    private static final long LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    private final String file;
    private long used;

    /** @param file what messages call it */
    public BoundedInflater(String file) {
        this.file = file;
    }

    /**
     * An array for {@code size} bytes.
     *
     * @param what messages call it, such as {@code entry x}
     * @param packed bytes that it has in the file
     * @throws InputException if that is too much
     */
    public byte[] allocate(String what, long packed, long size) {
        return new byte[require(what, packed, size)];
    }

    /** {@code size}, once it is known that an array of it may be allocated; counts it. */
    public int require(String what, long packed, long size) {
        if (size < 0 || size > LONGEST_ARRAY || size > HARMLESS && size / MOST_RATIO > packed) {
            throw new InputException(file + ": " + what + " claims to unpack to " + size
                    + " bytes, too many for the " + packed + " that it has; the file is damaged, fetch it again");
        }
        used += size;
        if (used > Runtime.getRuntime().maxMemory() / 2) {
            throw new InputException(file + ": it is compressed and needs " + (used >> 20)
                    + " MB of memory or more; raise -Xmx, or save the file again without compression");
        }
        return (int) size;
    }

    /**
     * Inflates to exactly {@code into.length} bytes.
     *
     * @param raw whether the stream has no header of its own, as in zip archives
     */
    public void inflate(String what, FileBytes bytes, long from, long packed, boolean raw, byte[] into) {
        Inflater inflater = new Inflater(raw);
        try {
            int done = 0;
            long fed = 0;
            while (done < into.length && !inflater.finished() && !inflater.needsDictionary()) {
                if (inflater.needsInput()) {
                    int part = (int) Math.min(1 << 16, packed - fed);
                    if (part <= 0) {
                        break;
                    }
                    inflater.setInput(bytes.copy(from + fed, part));
                    fed += part;
                }
                done += inflater.inflate(into, done, into.length - done);
            }
            if (done < into.length) {
                throw new InputException(file + ": " + what + " is shorter than it says; the file is damaged, fetch it again");
            }
        } catch (DataFormatException broken) {
            throw new InputException(file + ": " + what + " does not unpack; the file is damaged, fetch it again", broken);
        } finally {
            inflater.end();
        }
    }
}
