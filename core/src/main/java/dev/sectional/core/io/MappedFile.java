package dev.sectional.core.io;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A file that is mapped for reading, and watched meanwhile: somebody may shorten it. Memory behind its new end is then no
 * longer there; the JVM survives that and throws an {@link InternalError} at the access or, from compiled code, a little later.
 * So the length is looked at before a read, at most once in a millisecond, which catches all but what happens within that
 * millisecond, and {@link #explained} turns the error that is left into a message. What is rewritten in place cannot be
 * noticed. Safe for use by several threads.
 */
public final class MappedFile implements AutoCloseable {
    private static final long PAUSE_NANOS = 1_000_000;

    private final Path file;
    private final FileChannel channel;
    private final long length;
    private volatile long looked;

    private MappedFile(Path file, FileChannel channel, long length) {
        this.file = file;
        this.channel = channel;
        this.length = length;
        this.looked = System.nanoTime();
    }

    /** Opens a file for reading. */
    public static MappedFile open(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file);
        try {
            return new MappedFile(file, channel, channel.size());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Bytes of the file when it was opened. */
    public long length() {
        return length;
    }

    /** Maps a part of at most 2 GiB, little-endian. The mapping may be used after {@link #close}, unwatched. */
    public ByteBuffer map(long from, long count) throws IOException {
        return channel.map(FileChannel.MapMode.READ_ONLY, from, count).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Fills a buffer with bytes of the file, without mapping them: for what is read once, that is faster.
     *
     * @return false if nothing was read, because the file is closed
     * @throws InputException if the file has become shorter
     */
    public boolean read(long from, ByteBuffer into) throws IOException {
        if (!channel.isOpen()) {
            return false;
        }
        for (long at = from; into.hasRemaining(); ) {
            int count = channel.read(into, at);
            if (count < 0) {
                throw shorter();
            }
            at += count;
        }
        return true;
    }

    /**
     * Looks at the length, unless that was done within the last millisecond.
     *
     * @throws InputException if the file has become shorter
     */
    public void requireWhole() {
        long now = System.nanoTime();
        if (now - looked < PAUSE_NANOS) {
            return;
        }
        try {
            if (channel.size() < length) {
                throw shorter();
            }
            looked = now;
        } catch (IOException closed) {
            looked = Long.MAX_VALUE;   // by close, or because the thread was interrupted: nothing is watched any more
        }
    }

    private InputException shorter() {
        return new InputException(file + ": has become shorter while it was in use; fetch it again, and start again");
    }

    /**
     * What to throw in place of an error that came up while mapped files were read.
     *
     * @throws InternalError the error itself, if it is another
     */
    public static InputException explained(InternalError error) {
        try {
            if (String.valueOf(error.getMessage()).contains("unsafe memory access")) {
                return new InputException("a file of weights has become shorter while it was in use, or its disk failed; fetch it again, and"
                        + " start again", error);
            }
        } catch (InternalError later) {   // of another access, reported late as well
            return explained(later);
        }
        throw error;
    }

    /** Closes the file. Mappings stay usable. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
