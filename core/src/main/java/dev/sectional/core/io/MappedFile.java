package dev.sectional.core.io;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A file opened for reading and mapping, with a check that nobody shortens it meanwhile.
 *
 * <p>If another process shortens the file, pages past its new end no longer exist. The JVM then throws an
 * {@link InternalError} at the access or, from compiled code, a little later. {@link #requireWhole} therefore
 * compares the length before a read, at most once per millisecond, and {@link #explained} turns an error of that last
 * millisecond into a message. Changes in place cannot be noticed.
 *
 * <p>Ownership: who opens the file closes it. {@link #close} releases the file handle only. Mappings stay valid; the
 * JVM unmaps one when its last buffer is garbage collected, and until then Windows refuses to delete the file. After
 * close, the length is no longer checked. Safe for use by several threads.
 */
public final class MappedFile implements AutoCloseable {
    /** Least time between two checks of the length. */
    private static final long CHECK_INTERVAL_NANOS = 1_000_000;

    private final Path file;
    private final FileChannel channel;
    private final long length;
    /** Time of the last check of the length, by {@link System#nanoTime}. */
    private volatile long checked;

    private MappedFile(Path file, FileChannel channel, long length) {
        this.file = file;
        this.channel = channel;
        this.length = length;
        this.checked = System.nanoTime();
    }

    /**
     * Opens a file for reading.
     *
     * @return the open file, to be closed by the caller
     */
    public static MappedFile open(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file);
        try {
            return new MappedFile(file, channel, channel.size());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Returns the length of the file in bytes when it was opened. */
    public long length() {
        return length;
    }

    /**
     * Maps a part of the file.
     *
     * @param from first byte
     * @param count number of bytes, at most 2^31 - 1
     * @return a read-only little-endian buffer, which stays valid after {@link #close}
     */
    public ByteBuffer map(long from, long count) throws IOException {
        return channel.map(FileChannel.MapMode.READ_ONLY, from, count).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Fills a buffer with bytes of the file. For bytes that are read once, this is faster than mapping them.
     *
     * @param from first byte
     * @param into buffer whose remaining bytes are filled
     * @return true, or false without reading if the file is closed
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
     * Checks that the file has its original length, unless that was done within the last millisecond.
     *
     * @throws InputException if the file has become shorter
     */
    public void requireWhole() {
        long now = System.nanoTime();
        if (now - checked < CHECK_INTERVAL_NANOS) {
            return;
        }
        try {
            if (channel.size() < length) {
                throw shorter();
            }
            checked = now;
        } catch (IOException closed) {
            checked = Long.MAX_VALUE;   // closed, or closed by an interrupt: no more checks
        }
    }

    private InputException shorter() {
        return new InputException(file + ": has become shorter while it was in use; fetch it again, then restart");
    }

    /**
     * Returns the exception to throw for an error that occurred while mapped files were read.
     *
     * @return an exception that says that a file was shortened
     * @throws InternalError the error itself, if it has another cause
     */
    public static InputException explained(InternalError error) {
        try {
            if (String.valueOf(error.getMessage()).contains("unsafe memory access")) {
                return new InputException("a file of weights has become shorter while it was in use, or its disk"
                        + " failed; fetch it again, then restart", error);
            }
        } catch (InternalError later) {   // of another access, also reported late
            return explained(later);
        }
        throw error;
    }

    /** Closes the file. Mappings stay valid. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
