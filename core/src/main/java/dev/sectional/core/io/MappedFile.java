package dev.sectional.core.io;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The bytes of a model: a file opened for reading and mapping, with a check that nobody shortens it meanwhile, or
 * memory in its place.
 *
 * <p>A file is mapped in windows of 1 GiB, once each, because Linux allows a process 65,530 mappings. A file of another
 * file system than the default one, such as a zip archive, cannot be mapped and is read into memory.
 *
 * <p>If another process shortens the file, pages past its new end no longer exist. The JVM then throws an
 * {@link InternalError} at the access or, from compiled code, a little later. {@link #requireWhole} therefore
 * compares the length before a read, at most once per millisecond, and {@link #explained} turns an error of that last
 * millisecond into a message. Changes in place cannot be noticed.
 *
 * <p>An interrupted thread reads and maps as any other, and its interrupt status stays set. Memory outside the heap
 * counts against {@code -XX:MaxDirectMemorySize}, which is the size of the heap by default.
 *
 * <p>Ownership: who opens the file closes it. {@link #close} releases the file handle only. Mappings stay valid; the
 * JVM unmaps one when its last buffer is garbage collected, and until then Windows refuses to delete the file. After
 * close, the length is no longer checked. Safe for use by several threads.
 */
public final class MappedFile implements AutoCloseable {
    /** Distance of the windows in bytes. */
    public static final int WINDOW = 1 << 30;
    /** Bytes that a window shares with the next one, so that every element lies inside one window. */
    public static final int OVERLAP = Long.BYTES;
    /** Least time between two checks of the length. */
    private static final long CHECK_INTERVAL_NANOS = 1_000_000;

    private final String name;
    /** The file, to be mapped; null for memory. */
    private final Path path;
    /** The file, to be read and watched; null for memory. A {@link FileChannel} would be closed by an interrupt. */
    private final RandomAccessFile file;
    /** Empty once a file is closed, so that its mappings end with the last buffer that was made of them. */
    private volatile ByteBuffer[] windows;
    private final long length;
    /** Time of the last check of the length, by {@link System#nanoTime}. */
    private volatile long checked;

    private MappedFile(String name, Path path, RandomAccessFile file, ByteBuffer[] windows, long length) {
        this.name = name;
        this.path = path;
        this.file = file;
        this.windows = windows;
        this.length = length;
        this.checked = file == null ? Long.MAX_VALUE : System.nanoTime();
    }

    /**
     * Opens a file for reading and maps it, or reads it into memory if it is not of the default file system.
     *
     * @param path of any file system
     * @return the open file, to be closed by the caller
     * @throws InputException if it has to be read into memory, which is too small
     * @throws IOException if the file cannot be opened or read
     */
    public static MappedFile open(Path path) throws IOException {
        if (!path.getFileSystem().equals(FileSystems.getDefault())) {
            try (SeekableByteChannel channel = Files.newByteChannel(path)) {
                return Contents.read(path.toString(), channel::read, channel.size());
            }
        }
        ByteBuffer[] windows = uninterrupted(path, MappedFile::windows);
        int last = windows.length - 1;
        long length = last < 0 ? 0 : (long) last * WINDOW + windows[last].limit();
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "r");
        return new MappedFile(path.toString(), path, file, windows, length);
    }

    /**
     * {@return the bytes of a buffer, from its position to its limit} They are shared and must not be changed. Weights
     * in a direct buffer are used in place.
     *
     * @param name of the model in messages
     * @param bytes shared, in little-endian order
     */
    public static MappedFile of(String name, ByteBuffer bytes) {
        Objects.requireNonNull(bytes, "bytes");
        ByteBuffer own = bytes.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
        return new MappedFile(name, null, null, new ByteBuffer[] {own}, own.limit());
    }

    /**
     * Reads a stream to its end into memory outside the heap, which is reclaimed when the last tensor is. Does not
     * close the stream.
     *
     * @param name of the model in messages
     * @param stream read to its end, not closed
     * @return the bytes, which need not be closed
     * @throws InputException if the stream fails, ends after more than 2 GiB, or does not fit into memory
     */
    public static MappedFile of(String name, InputStream stream) {
        Objects.requireNonNull(stream, "stream");
        byte[] chunk = new byte[1 << 16];
        return read(name, into -> {
            int count = stream.read(chunk, 0, Math.min(chunk.length, into.remaining()));
            into.put(chunk, 0, Math.max(0, count));
            return count;
        }, stream::available);
    }

    /**
     * Reads a channel to its end, as {@link #of(String, InputStream)} reads a stream.
     *
     * @param name of the model in messages
     * @param channel read to its end, not closed
     * @return the bytes, which need not be closed
     * @throws InputException also if the channel is one that does not wait for data, and has none
     */
    public static MappedFile of(String name, ReadableByteChannel channel) {
        Objects.requireNonNull(channel, "channel");
        return read(name, channel::read, () ->
                channel instanceof SeekableByteChannel file ? file.size() - file.position() : 0);
    }

    /** A size that has to be asked for. */
    @FunctionalInterface
    private interface Size {
        long get() throws IOException;
    }

    private static MappedFile read(String name, Contents.Source source, Size expected) {
        try {
            return Contents.read(name, source, expected.get());
        } catch (IOException e) {
            throw new InputException(name + ": cannot be read (" + e + ")", e);
        }
    }

    /** An operation on an open file. */
    @FunctionalInterface
    private interface ChannelOperation<T> {
        T on(FileChannel channel) throws IOException;
    }

    /** Runs an operation, once more if an interrupt of this thread closes the channel; the thread stays interrupted. */
    private static <T> T uninterrupted(Path path, ChannelOperation<T> operation) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try (FileChannel channel = FileChannel.open(path)) {
                    return operation.on(channel);
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static ByteBuffer[] windows(FileChannel channel) throws IOException {
        long length = channel.size();
        ByteBuffer[] windows = new ByteBuffer[Math.toIntExact((length + WINDOW - 1) / WINDOW)];
        for (int i = 0; i < windows.length; i++) {
            long from = (long) i * WINDOW;
            windows[i] = map(channel, from, Math.min((long) WINDOW + OVERLAP, length - from));
        }
        return windows;
    }

    private static ByteBuffer map(FileChannel channel, long from, long count) throws IOException {
        return channel.map(FileChannel.MapMode.READ_ONLY, from, count).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** {@return the path of the file, or the name of what memory holds} */
    public String name() {
        return name;
    }

    /** {@return the length in bytes; of a file that when it was opened} */
    public long length() {
        return length;
    }

    /**
     * Returns a part of the file: of its window, or of a mapping of its own if it reaches beyond a window.
     *
     * @param from first byte
     * @param count number of bytes, at most 2^31 - 1
     * @return a read-only little-endian buffer, which stays valid after {@link #close}
     * @throws IndexOutOfBoundsException if the part leaves the file
     * @throws IOException if the file cannot be read
     */
    public ByteBuffer map(long from, long count) throws IOException {
        if (from < 0 || count < 0 || count > length - from) {
            throw new IndexOutOfBoundsException("bytes " + from + " to " + (from + count) + " of " + length);
        }
        ByteBuffer[] mapped = windows;
        int window = path == null ? 0 : (int) (from / WINDOW);
        long start = from - (long) window * WINDOW;
        if (window < mapped.length && start + count <= mapped[window].limit()) {
            return mapped[window].slice((int) start, (int) count).order(ByteOrder.LITTLE_ENDIAN);
        }
        if (count == 0) {
            return ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);
        }
        return uninterrupted(path, channel -> {
            if (channel.size() < length) {
                throw shorter();
            }
            return map(channel, from, count);
        });
    }

    /**
     * Fills a buffer with bytes of the file. For bytes that are read once, this is faster than mapping them.
     *
     * @param from first byte
     * @param into buffer whose remaining bytes are filled
     * @return true, or false without reading if the file is closed
     * @throws InputException if the file has become shorter
     * @throws IOException if the file cannot be read
     */
    public boolean read(long from, ByteBuffer into) throws IOException {
        if (file == null) {
            into.put(map(from, into.remaining()));
            return true;
        }
        synchronized (file) {
            if (checked == Long.MAX_VALUE) {
                return false;
            }
            file.seek(from);
            byte[] chunk = new byte[Math.min(into.remaining(), Contents.CHUNK)];
            while (into.hasRemaining()) {
                int count = file.read(chunk, 0, Math.min(chunk.length, into.remaining()));
                if (count < 0) {
                    throw shorter();
                }
                into.put(chunk, 0, count);
            }
            return true;
        }
    }

    /**
     * Checks that the file has its original length, unless that was done within the last millisecond.
     *
     * @throws InputException if the file has become shorter
     */
    public void requireWhole() {
        long last = checked;
        long now = last == Long.MAX_VALUE ? 0 : System.nanoTime();
        if (last == Long.MAX_VALUE || now - last < CHECK_INTERVAL_NANOS) {
            return;
        }
        try {
            if (file.length() < length) {
                throw shorter();
            }
            checked = now;
        } catch (IOException closed) {
            checked = Long.MAX_VALUE;   // no more checks
        }
    }

    private InputException shorter() {
        return new InputException(name + ": has become shorter while it was in use; fetch it again, then restart");
    }

    /**
     * Returns the exception to throw for an error that occurred while mapped files were read.
     *
     * @param error that the JVM threw when mapped bytes could not be read
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
        if (file != null) {
            synchronized (file) {
                checked = Long.MAX_VALUE;
                windows = new ByteBuffer[0];
                file.close();
            }
        }
    }
}
