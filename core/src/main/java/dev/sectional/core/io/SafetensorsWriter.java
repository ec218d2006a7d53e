package dev.sectional.core.io;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.json.Json;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes safetensors files in bounded memory. A file appears complete under its name or not at all: it is written
 * under a temporary name in the same folder, then moved. The sources belong to the caller, who may close them when a
 * call returns.
 */
public final class SafetensorsWriter {
    /** Bytes of one chunk, read and written at once: few enough for the processor's cache. */
    private static final int CHUNK_BYTES = 1 << 20;
    private static final Set<DType> WRITABLE = EnumSet.of(DType.F64, DType.F32, DType.F16, DType.BF16);
    /** Distinguishes temporary files of one process. */
    private static final AtomicLong WRITTEN = new AtomicLong();

    private SafetensorsWriter() {
    }

    /**
     * Writes tensors as float32, in the order of the map.
     *
     * @param out file to write or replace
     * @param metadata strings of the header
     * @param tensors tensors by name
     * @throws InputException if the file cannot be written
     */
    public static void write(Path out, Map<String, String> metadata, Map<String, ? extends TensorSource> tensors) {
        write(out, metadata, tensors, Map.of(), bytes -> { });
    }

    /**
     * Writes tensors in the order of the map.
     *
     * @param out file to write or replace
     * @param metadata strings of the header
     * @param tensors tensors by name
     * @param types stored type of each tensor that is not stored as F32: F64, F16 or BF16, rounded to nearest even
     * @param progress receives the number of bytes written so far
     * @throws InputException if the file cannot be written
     * @throws IllegalArgumentException if a type is not one of these, or a tensor is named {@code __metadata__}
     */
    public static void write(Path out, Map<String, String> metadata, Map<String, ? extends TensorSource> tensors,
                             Map<String, DType> types, LongConsumer progress) {
        ByteBuffer header = header(metadata, tensors, types);
        Path absolute = out.toAbsolutePath();
        if (Files.isDirectory(absolute) || !Files.isDirectory(absolute.getParent())) {
            String reason = Files.isDirectory(absolute) ? "it is a folder" : "its folder does not exist";
            throw new InputException(out + ": cannot be written: " + reason);
        }
        // Not createTempFile: only the owner may read its files, and the move keeps that.
        String suffix = "." + ProcessHandle.current().pid() + "-" + WRITTEN.getAndIncrement() + ".part";
        Path temporary = absolute.resolveSibling("." + absolute.getFileName() + suffix);
        deleteAbandoned(absolute);
        Thread atExit = new Thread(() -> delete(temporary));   // an interrupted program leaves nothing
        Runtime.getRuntime().addShutdownHook(atExit);
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                drain(channel, header);
                List<Chunk> chunks = new ArrayList<>();
                tensors.forEach((name, source) -> Chunk.add(chunks, source, types.getOrDefault(name, DType.F32)));
                writeValues(channel, chunks, progress);
            }
            Files.move(temporary, absolute, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (AccessDeniedException e) {
            throw new InputException(out + ": cannot be written: this user is not allowed to write in its folder", e);
        } catch (IOException e) {
            throw new InputException(out + ": cannot be written (" + e.getMessage() + ")", e);
        } finally {
            delete(temporary);
            removeHook(atExit);
        }
    }

    private static void removeHook(Thread atExit) {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException exiting) {
            // The hook runs, and the file is gone already.
        }
    }

    /** Deletes temporary files of this output that killed processes left behind. */
    private static void deleteAbandoned(Path out) {
        Pattern left = Pattern.compile(Pattern.quote("." + out.getFileName() + ".") + "(\\d{1,18})-\\d+\\.part");
        try (Stream<Path> siblings = Files.list(out.getParent())) {
            for (Path each : siblings.toList()) {
                Matcher matcher = left.matcher(each.getFileName().toString());
                if (matcher.matches() && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty()) {
                    delete(each);
                }
            }
        } catch (IOException | UncheckedIOException unreadable) {
            // A folder that cannot be listed may still take the file.
        }
    }

    private static void delete(Path temporary) {
        try {
            Files.deleteIfExists(temporary);   // absent after the move
        } catch (IOException e) {
            // The failure of the write is already being reported.
        }
    }

    private static ByteBuffer header(Map<String, String> metadata, Map<String, ? extends TensorSource> tensors,
                                     Map<String, DType> types) {
        StringBuilder json = new StringBuilder("{");
        if (!metadata.isEmpty()) {
            json.append("\"__metadata__\":").append(metadata.entrySet().stream()
                    .map(e -> Json.quote(e.getKey()) + ":" + Json.quote(e.getValue()))
                    .collect(Collectors.joining(",", "{", "}")));
        }
        long offset = 0;
        for (Map.Entry<String, ? extends TensorSource> each : tensors.entrySet()) {
            Shape shape = each.getValue().shape();
            DType type = types.getOrDefault(each.getKey(), DType.F32);
            if (each.getKey().equals("__metadata__") || !WRITABLE.contains(type)) {
                throw new IllegalArgumentException("tensors are written as F64, F32, F16 or BF16 under names other than"
                        + " __metadata__, got '" + each.getKey() + "' as " + type);
            }
            long end = offset + (long) shape.size() * type.bytes();
            String dims = Arrays.stream(shape.dims()).mapToObj(String::valueOf).collect(Collectors.joining(","));
            json.append(json.length() > 1 ? "," : "").append(Json.quote(each.getKey()))
                    .append(":{\"dtype\":\"").append(type).append("\",\"shape\":[").append(dims)
                    .append("],\"data_offsets\":[").append(offset).append(',').append(end).append("]}");
            offset = end;
        }
        byte[] text = json.append('}').toString().getBytes(StandardCharsets.UTF_8);
        int padded = (text.length + 7) / 8 * 8;
        ByteBuffer header = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN).putLong(padded).put(text);
        while (header.hasRemaining()) {
            header.put((byte) ' ');
        }
        return header.flip();
    }

    /** Reads each chunk while the previous one is written: that halves the time if both files are in the page cache. */
    private static void writeValues(FileChannel channel, List<Chunk> chunks, LongConsumer progress) throws IOException {
        ExecutorService reader = Executors.newSingleThreadExecutor();
        ByteBuffer[] buffers = {buffer(), buffer()};
        try {
            Future<ByteBuffer> next = chunks.isEmpty() ? null : reader.submit(() -> chunks.get(0).read(buffers[0]));
            for (int i = 1; next != null; i++) {
                ByteBuffer read = result(next);
                int following = i;
                next = i == chunks.size() ? null
                        : reader.submit(() -> chunks.get(following).read(buffers[following % 2]));
                drain(channel, read);
                progress.accept(channel.position());
            }
        } finally {
            finish(reader);
        }
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer result(Future<ByteBuffer> read) throws IOException {
        try {
            return read.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("it was interrupted");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause();   // a chunk throws nothing else
        }
    }

    /** Waits until the reader is done, so that the caller may close the sources. */
    private static void finish(ExecutorService reader) {
        reader.shutdown();
        boolean interrupted = false;
        for (boolean ended = false; !ended; ) {
            try {
                ended = reader.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Contiguous elements of a tensor, at most {@link #CHUNK_BYTES} of them in stored form. */
    private record Chunk(TensorSource source, DType type, int from, int count) {
        static void add(List<Chunk> chunks, TensorSource source, DType type) {
            int size = source.shape().size();
            int most = CHUNK_BYTES / type.bytes();
            for (int from = 0; from < size; from += Math.min(most, size - from)) {
                chunks.add(new Chunk(source, type, from, Math.min(most, size - from)));
            }
        }

        ByteBuffer read(ByteBuffer into) throws IOException {
            into.clear().limit(count * type.bytes());
            if (!source.readStored(type, from, into)) {
                float[] values = new float[count];
                source.read(from, values, 0, count);
                Elements.encode(values, count, type, into);
            }
            return into.flip();
        }
    }

    private static void drain(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
