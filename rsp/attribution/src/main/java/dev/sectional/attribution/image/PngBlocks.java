package dev.sectional.attribution.image;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.Adler32;
import java.util.zip.Deflater;

/**
 * The rows of an image of 8-bit RGB, filtered and compressed in blocks, which several threads share: each block is
 * deflated with the bytes before it as its dictionary and ends on a whole byte (RFC 1951). The result does not depend
 * on the number of threads.
 */
final class PngBlocks {
    /** Bytes of the rows of a block, about; small enough for many, large enough to compress as well as the whole. */
    private static final int BLOCK = 1 << 18;
    /** The bytes that deflate looks back. */
    private static final int WINDOW = 1 << 15;
    /** Modulus of Adler-32. */
    private static final int BASE = 65521;
    /** Header of a zlib stream (RFC 1950): deflate with a window of 32 KB, the fastest level. */
    private static final byte[] HEADER = {0x78, 0x01};

    private final int width;
    private final int height;
    private final int[] pixels;
    private final int level;
    private final int rowBytes;
    private final int rows;

    /** @param level of compression, as zlib numbers it */
    PngBlocks(int width, int height, int[] pixels, int level) {
        this.width = width;
        this.height = height;
        this.pixels = pixels;
        this.level = level;
        this.rowBytes = 1 + 3 * width;
        this.rows = Math.max(1, BLOCK / rowBytes);
    }

    private record Block(byte[] bytes, int length, long sum, int filtered) {
    }

    /** Writes the zlib stream of all rows. */
    void write(OutputStream out, int threads) throws IOException {
        Block[] blocks = new Block[(height + rows - 1) / rows];
        AtomicInteger next = new AtomicInteger();
        Runnable work = () -> {
            for (int i = next.getAndIncrement(); i < blocks.length; i = next.getAndIncrement()) {
                blocks[i] = block(i * rows);
            }
        };
        Thread[] helpers = new Thread[Math.max(0, Math.min(threads, blocks.length) - 1)];
        Arrays.setAll(helpers, i -> new Thread(work, "png-" + i));
        for (Thread helper : helpers) {
            helper.setDaemon(true);
            helper.setUncaughtExceptionHandler((thread, e) -> { });   // its block is made again below
            helper.start();
        }
        work.run();
        join(helpers);
        out.write(HEADER);
        long sum = 1;
        for (int i = 0; i < blocks.length; i++) {
            // A helper that failed, as for want of memory, left its block to this thread.
            Block block = blocks[i] == null ? block(i * rows) : blocks[i];
            out.write(block.bytes, 0, block.length);
            sum = combined(sum, block.sum, block.filtered);
        }
        out.write(new byte[] {(byte) (sum >> 24), (byte) (sum >> 16), (byte) (sum >> 8), (byte) sum});
    }

    private static void join(Thread[] helpers) {
        boolean interrupted = false;
        for (Thread helper : helpers) {
            while (helper.isAlive()) {
                try {
                    helper.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns the block that begins with a row. */
    private Block block(int first) {
        int count = Math.min(rows, height - first);
        int before = Math.min(first, (WINDOW + rowBytes - 1) / rowBytes);
        byte[] filtered = filtered(first - before, before + count);
        int from = before * rowBytes;
        Adler32 sum = new Adler32();
        sum.update(filtered, from, count * rowBytes);
        Deflater deflater = new Deflater(level, true);
        try {
            if (before > 0) {
                int known = Math.min(WINDOW, from);
                deflater.setDictionary(filtered, from - known, known);
            }
            deflater.setInput(filtered, from, count * rowBytes);
            boolean last = first + count == height;
            if (last) {
                deflater.finish();
            }
            return deflated(deflater, last, count * rowBytes, sum.getValue());
        } finally {
            deflater.end();
        }
    }

    private static Block deflated(Deflater deflater, boolean last, int size, long sum) {
        byte[] bytes = new byte[size / 2 + WINDOW];
        int length = 0;
        while (true) {
            int some = deflater.deflate(bytes, length, bytes.length - length,
                    last ? Deflater.NO_FLUSH : Deflater.SYNC_FLUSH);
            length += some;
            if (last ? deflater.finished() : length < bytes.length) {
                return new Block(bytes, length, sum, size);
            }
            bytes = Arrays.copyOf(bytes, 2 * bytes.length);
        }
    }

    /** Returns filtered rows. A filter needs the row above, but not how that one was filtered. */
    private byte[] filtered(int first, int count) {
        PngFilters filters = new PngFilters(3 * width);
        if (first > 0) {
            filters.filtered(row(first - 1));
        }
        byte[] all = new byte[count * rowBytes];
        for (int i = 0; i < count; i++) {
            System.arraycopy(filters.filtered(row(first + i)), 0, all, i * rowBytes, rowBytes);
        }
        return all;
    }

    private byte[] row(int y) {
        return Pixels.toBytes(Arrays.copyOfRange(pixels, y * width, (y + 1) * width));
    }

    /** Returns the Adler-32 of bytes followed by others, from the sums of both and the length of the second. */
    private static long combined(long first, long second, int length) {
        long rest = length % BASE;
        long a = ((first & 0xFFFF) + (second & 0xFFFF) + BASE - 1) % BASE;
        long b = (rest * (first & 0xFFFF) + (first >> 16) + (second >> 16) + BASE - rest) % BASE;
        return b << 16 | a;
    }
}
