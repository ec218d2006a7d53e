package dev.sectional.weights.internal.common;

import dev.sectional.core.InputException;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Unpacks the compressed parts of one file within three limits on their size: what deflate can pack into the bytes that
 * are there, the longest array, and half the heap for all parts together. Not safe for use by several threads.
 */
public final class BoundedInflater {
    /** The greatest compression ratio of deflate. */
    static final long MOST_RATIO = 1032;
    /** Sizes up to this are allowed whatever their ratio. */
    private static final long HARMLESS = 1 << 16;
    private static final long LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    private final String file;
    private long used;

    /** @param file name of the file in messages */
    public BoundedInflater(String file) {
        this.file = file;
    }

    /**
     * Allocates an array for {@code size} unpacked bytes.
     *
     * @param part name of the part in messages, such as {@code member x}
     * @param packed number of its bytes in the file
     * @throws InputException if the size exceeds a limit
     */
    public byte[] allocate(String part, long packed, long size) {
        return new byte[require(part, packed, size)];
    }

    /** Checks and counts {@code size} bytes as {@link #allocate} does, and returns it. */
    public int require(String part, long packed, long size) {
        if (size < 0 || size > LONGEST_ARRAY || size > HARMLESS && size / MOST_RATIO > packed) {
            throw CannotRead.file(file, part + " claims to unpack to " + size
                    + " bytes, too many for the " + packed + " that it has; the file is damaged, fetch it again");
        }
        used += size;
        if (used > Runtime.getRuntime().maxMemory() / 2) {
            throw CannotRead.file(file, "it is compressed and needs " + (used >> 20)
                    + " MB of memory or more; raise -Xmx, or save the file again without compression");
        }
        return (int) size;
    }

    /**
     * Inflates to exactly {@code into.length} bytes.
     *
     * @param raw whether the stream has no header of its own, as in zip archives
     * @throws InputException if the stream is damaged or ends before
     */
    public void inflate(String part, FileBytes bytes, long from, long packed, boolean raw, byte[] into) {
        Inflater inflater = new Inflater(raw);
        try {
            int done = 0;
            long fed = 0;
            while (done < into.length && !inflater.finished() && !inflater.needsDictionary()) {
                if (inflater.needsInput()) {
                    int count = (int) Math.min(1 << 16, packed - fed);
                    if (count <= 0) {
                        break;
                    }
                    inflater.setInput(bytes.copy(from + fed, count));
                    fed += count;
                }
                done += inflater.inflate(into, done, into.length - done);
            }
            if (done < into.length) {
                throw CannotRead.file(file, part + " is shorter than it says; the file is damaged, fetch it again");
            }
        } catch (DataFormatException broken) {
            throw CannotRead.file(file, part + " does not unpack; the file is damaged, fetch it again", broken);
        } finally {
            inflater.end();
        }
    }
}
