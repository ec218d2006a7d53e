package dev.sectional.weights.internal.common;

import dev.sectional.core.io.MappedFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Bytes addressed by a {@code long}: a mapped file of any length, or an array.
 *
 * <p>A mapping holds at most 2 GiB, so a file is mapped in windows of 1 GiB. Each overlaps the next by the size of the
 * largest element, so that no element lies across two of them. Little-endian; safe for use by several threads.
 */
public final class FileBytes {
    private static final int WINDOW_BITS = 30;
    private static final long WINDOW = 1L << WINDOW_BITS;
    private static final int OVERLAP = Long.BYTES;

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

    /** The whole file, which stays mapped until the result is collected. */
    public static FileBytes map(MappedFile file) throws IOException {
        long length = file.length();
        ByteBuffer[] windows = new ByteBuffer[Math.toIntExact((length + WINDOW - 1) >> WINDOW_BITS)];
        for (int i = 0; i < windows.length; i++) {
            long from = i * WINDOW;
            windows[i] = file.map(from, Math.min(WINDOW + OVERLAP, length - from));
        }
        return new FileBytes(windows, 0, length, file);
    }

    /** The array itself, not a copy. */
    public static FileBytes of(byte[] array) {
        return new FileBytes(new ByteBuffer[] {ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN)}, 0, array.length, null);
    }

    /** The {@code count} bytes from {@code from} as bytes of their own, not a copy; the caller has checked that they are inside. */
    FileBytes part(long from, long count) {
        return new FileBytes(windows, origin + from, count, watched);
    }

    /** @throws dev.sectional.core.InputException if these are a file's, and it has become shorter since it was mapped */
    void requireWhole() {
        if (watched != null) {
            watched.requireWhole();
        }
    }

    public long length() {
        return length;
    }

    /** Whether {@code count} bytes from {@code from} lie inside; no overflow for any arguments. */
    public boolean holds(long from, long count) {
        return from >= 0 && count >= 0 && from <= length && count <= length - from;
    }

    /** An unsigned byte. */
    public int u8(long at) {
        return window(at).get(within(at)) & 0xFF;
    }

    public int u16(long at) {
        return window(at).getShort(within(at)) & 0xFFFF;
    }

    public long u32(long at) {
        return window(at).getInt(within(at)) & 0xFFFFFFFFL;
    }

    public long i64(long at) {
        return window(at).getLong(within(at));
    }

    /** A copy of {@code count} bytes. */
    public byte[] copy(long from, int count) {
        byte[] copy = new byte[count];
        for (int done = 0; done < count; ) {
            int part = (int) Math.min(count - done, WINDOW - within(from + done));
            window(from + done).get(within(from + done), copy, done, part);
            done += part;
        }
        return copy;
    }

    /** Fills a buffer, from the file where there is one: for what is read once, that is faster than the mapping. */
    void read(long from, ByteBuffer into) throws IOException {
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
     * The bytes from {@code from} to the end of its window, as a buffer of the given order: at least one element of
     * eight bytes unless the bytes themselves end before.
     */
    ByteBuffer rest(long from, ByteOrder order) {
        int within = within(from);
        ByteBuffer window = window(from);
        return window.slice(within, (int) Math.min(window.limit() - within, length - from)).order(order);
    }

    private ByteBuffer window(long at) {
        return windows[(int) (origin + at >> WINDOW_BITS)];
    }

    private int within(long at) {
        return (int) (origin + at & (WINDOW - 1));
    }
}
