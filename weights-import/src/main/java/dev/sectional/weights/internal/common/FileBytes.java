package dev.sectional.weights.internal.common;

import dev.sectional.core.io.MappedFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;

/**
 * Bytes addressed by a {@code long}: a mapped file of any length, a part of one, or an array.
 *
 * <p>A file consists of the windows of its {@link MappedFile}; each overlaps the next, so that every element lies
 * inside one window. Numbers are little-endian. Callers check ranges with {@link #holds} first. Safe for use by several
 * threads.
 */
public final class FileBytes {
    private static final long WINDOW = MappedFile.WINDOW;
    /** Bytes of a checksum that are copied at once. */
    private static final int CHUNK = 1 << 16;

    private final ByteBuffer[] windows;
    private final long origin;
    private final long length;
    private final MappedFile watched;

    private FileBytes(ByteBuffer[] windows, long origin, long length, MappedFile watched) {
        this.windows = windows;
        this.origin = origin;
        this.length = length;
        this.watched = watched;
    }

    /** Returns the bytes of a whole file. It stays mapped until the result is garbage collected. */
    public static FileBytes map(MappedFile file) throws IOException {
        long length = file.length();
        ByteBuffer[] windows = new ByteBuffer[Math.toIntExact((length + WINDOW - 1) / WINDOW)];
        for (int i = 0; i < windows.length; i++) {
            long from = i * WINDOW;
            windows[i] = file.map(from, Math.min(WINDOW + MappedFile.OVERLAP, length - from));
        }
        return new FileBytes(windows, 0, length, file);
    }

    /** Returns the bytes of an array, which is not copied. */
    public static FileBytes of(byte[] array) {
        ByteBuffer buffer = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
        return new FileBytes(new ByteBuffer[] {buffer}, 0, array.length, null);
    }

    /**
     * Returns {@code count} bytes from {@code from}, addressed from 0. They are not copied; the range must be inside.
     */
    public FileBytes part(long from, long count) {
        return new FileBytes(windows, origin + from, count, watched);
    }

    /**
     * Checks that a mapped file still has its length.
     *
     * @throws dev.sectional.core.InputException if it has become shorter since it was mapped
     */
    public void requireWhole() {
        if (watched != null) {
            watched.requireWhole();
        }
    }

    /** Returns the number of bytes. */
    public long length() {
        return length;
    }

    /** Returns whether {@code count} bytes from {@code from} lie inside. No arguments overflow. */
    public boolean holds(long from, long count) {
        return from >= 0 && count >= 0 && from <= length && count <= length - from;
    }

    /** Returns an unsigned byte. */
    public int u8(long at) {
        return window(at).get(within(at)) & 0xFF;
    }

    /** Returns an unsigned number of two bytes. */
    public int u16(long at) {
        return window(at).getShort(within(at)) & 0xFFFF;
    }

    /** Returns an unsigned number of four bytes. */
    public long u32(long at) {
        return window(at).getInt(within(at)) & 0xFFFFFFFFL;
    }

    /** Returns a signed number of eight bytes. */
    public long i64(long at) {
        return window(at).getLong(within(at));
    }

    /** Returns a copy of {@code count} bytes. */
    public byte[] copy(long from, int count) {
        byte[] copy = new byte[count];
        copy(from, copy, count);
        return copy;
    }

    private void copy(long from, byte[] into, int count) {
        for (int done = 0; done < count; ) {
            int part = (int) Math.min(count - done, WINDOW - within(from + done));
            window(from + done).get(within(from + done), into, done, part);
            done += part;
        }
    }

    /**
     * Returns the CRC-32 of all bytes, by the polynomial of zip archives. It reads each of them once, by copies: where
     * a mapped file has become shorter, a copy ends in an error, and the JDK's CRC-32 would end the JVM.
     */
    public long checksum() {
        requireWhole();
        CRC32 checksum = new CRC32();
        byte[] chunk = new byte[(int) Math.min(CHUNK, length)];
        for (long at = 0; at < length; at += CHUNK) {
            int count = (int) Math.min(CHUNK, length - at);
            copy(at, chunk, count);
            checksum.update(chunk, 0, count);
        }
        return checksum.getValue();
    }

    /**
     * Fills a buffer. It reads from the file if there is one, which is faster than the mapping for bytes needed once.
     */
    public void read(long from, ByteBuffer into) throws IOException {
        if (watched != null && watched.read(origin + from, into)) {
            return;
        }
        requireWhole();
        for (long at = from; into.hasRemaining(); ) {
            ByteBuffer rest = rest(at, ByteOrder.LITTLE_ENDIAN);
            rest.limit(Math.min(rest.limit(), into.remaining()));
            at += rest.limit();
            into.put(rest);
        }
    }

    /**
     * Returns the bytes from {@code from} to the end of its window, as a buffer of the given order. It holds an element
     * of eight bytes or more unless these bytes end before.
     */
    public ByteBuffer rest(long from, ByteOrder order) {
        int within = within(from);
        ByteBuffer window = window(from);
        return window.slice(within, (int) Math.min(window.limit() - within, length - from)).order(order);
    }

    private ByteBuffer window(long at) {
        return windows[(int) ((origin + at) / WINDOW)];
    }

    private int within(long at) {
        return (int) (origin + at & (WINDOW - 1));
    }
}
