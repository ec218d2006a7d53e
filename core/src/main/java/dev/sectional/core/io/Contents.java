package dev.sectional.core.io;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Reads streams and channels to their end into memory outside the heap. */
final class Contents {
    /** Bytes that are read at once. */
    static final int CHUNK = 1 << 20;
    private static final long MOST = Integer.MAX_VALUE;

    private Contents() {
    }

    /** A stream or channel. */
    @FunctionalInterface
    interface Source {
        /** Reads at least one byte into a buffer and returns how many; -1 at the end, 0 if there is none yet. */
        int read(ByteBuffer into) throws IOException;
    }

    /**
     * Reads a source to its end.
     *
     * @param name of the model in messages
     * @param expected number of bytes, if known; others only take a copy more
     * @throws InputException if it has more than 2^31 - 1 bytes, they do not fit into memory, or a channel that does
     *     not wait for data has none
     */
    static MappedFile read(String name, Source source, long expected) throws IOException {
        long done = 0;
        try {
            List<ByteBuffer> chunks = new ArrayList<>();
            ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(Math.max(expected, CHUNK), MOST));
            for (int count = source.read(chunk); count >= 0; count = source.read(chunk)) {
                done += count;
                if (count == 0) {
                    throw new InputException(name + ": its channel has no data yet; give one that waits for data");
                }
                if (!chunk.hasRemaining()) {
                    chunks.add(chunk.flip());
                    chunk = ByteBuffer.allocateDirect((int) Math.max(CHUNK, Math.min(done / 2, MOST - done)));
                }
                if (done > MOST) {
                    throw new InputException(name + ": is larger than 2 GiB; load it from a file, which is mapped");
                }
            }
            chunks.add(chunk.flip());
            return MappedFile.of(name, joined(chunks, (int) done));
        } catch (OutOfMemoryError full) {
            throw new InputException(name + ": does not fit into memory outside the heap, after " + done + " bytes of"
                    + " it; raise -XX:MaxDirectMemorySize or -Xmx, or load it from a file, which is mapped", full);
        }
    }

    private static ByteBuffer joined(List<ByteBuffer> chunks, int size) {
        if (chunks.get(0).limit() == size) {
            return chunks.get(0);
        }
        ByteBuffer all = ByteBuffer.allocateDirect(size);
        chunks.forEach(all::put);
        return all.flip();
    }
}
