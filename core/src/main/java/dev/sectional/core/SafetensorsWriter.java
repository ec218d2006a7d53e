package dev.sectional.core;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/** Writes safetensors files in bounded memory. The file appears whole under its name, or not at all. */
public final class SafetensorsWriter {
    private static final int PIECE = 1 << 16;
    /** Bytes that are copied as they are stored before progress is told again. */
    private static final int COPIED_AT_ONCE = 1 << 22;
    private static final Set<DType> WRITABLE = EnumSet.of(DType.F64, DType.F32, DType.F16, DType.BF16);
    /** Tells temporary files of one process apart. */
    private static final AtomicLong WRITTEN = new AtomicLong();

    private SafetensorsWriter() {
    }

    /**
     * Writes tensors as float32.
     *
     * @throws InputException if the file cannot be written
     */
    public static void write(Path out, Map<String, String> metadata, Map<String, ? extends TensorSource> tensors) {
        write(out, metadata, tensors, Map.of(), bytes -> { });
    }

    /**
     * Writes tensors in the order of the map.
     *
     * @param types the type of each tensor that is not to be F32: F64, F16 or BF16, rounded to nearest even
     * @param progress is told the number of bytes written so far
     * @throws InputException if the file cannot be written
     * @throws IllegalArgumentException if a type is another, or a tensor is named {@code __metadata__}
     */
    public static void write(Path out, Map<String, String> metadata, Map<String, ? extends TensorSource> tensors,
                             Map<String, DType> types, LongConsumer progress) {
        ByteBuffer header = header(metadata, tensors, types);
        Path absolute = out.toAbsolutePath();
        if (Files.isDirectory(absolute) || !Files.isDirectory(absolute.getParent())) {
            throw new InputException(out + ": cannot be written: " + (Files.isDirectory(absolute) ? "it is a folder" : "its folder does not exist"));
        }
        // Not createTempFile: its files are for their owner alone, and would stay so under the new name.
        Path temporary = absolute.resolveSibling("." + absolute.getFileName() + "." + ProcessHandle.current().pid() + "-" + WRITTEN.getAndIncrement() + ".part");
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                drain(channel, header);
                for (Map.Entry<String, ? extends TensorSource> each : tensors.entrySet()) {
                    writeValues(channel, each.getValue(), types.getOrDefault(each.getKey(), DType.F32), progress);
                }
            }
            Files.move(temporary, absolute, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (AccessDeniedException e) {
            throw new InputException(out + ": cannot be written: this user is not allowed to write in its folder", e);
        } catch (IOException e) {
            throw new InputException(out + ": cannot be written (" + e.getMessage() + ")", e);
        } finally {
            delete(temporary);
        }
    }

    private static void delete(Path temporary) {
        try {
            Files.deleteIfExists(temporary);   // not there once it has its new name
        } catch (IOException e) {
            // What made the writing fail is already being reported.
        }
    }

    private static ByteBuffer header(Map<String, String> metadata, Map<String, ? extends TensorSource> tensors, Map<String, DType> types) {
        StringBuilder json = new StringBuilder("{");
        if (!metadata.isEmpty()) {
            json.append("\"__metadata__\":").append(metadata.entrySet().stream()
                    .map(e -> Json.quote(e.getKey()) + ":" + Json.quote(e.getValue())).collect(Collectors.joining(",", "{", "}")));
        }
        long offset = 0;
        for (Map.Entry<String, ? extends TensorSource> each : tensors.entrySet()) {
            Shape shape = each.getValue().shape();
            DType type = types.getOrDefault(each.getKey(), DType.F32);
            if (each.getKey().equals("__metadata__") || !WRITABLE.contains(type)) {
                throw new IllegalArgumentException("tensors are written as F64, F32, F16 or BF16 under names other than __metadata__, got '"
                        + each.getKey() + "' as " + type);
            }
            long end = offset + (long) shape.size() * type.bytes();
            String dims = Arrays.stream(shape.dims()).mapToObj(String::valueOf).collect(Collectors.joining(","));
            json.append(json.length() > 1 ? "," : "").append(Json.quote(each.getKey())).append(":{\"dtype\":\"").append(type)
                    .append("\",\"shape\":[").append(dims).append("],\"data_offsets\":[").append(offset).append(',').append(end).append("]}");
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

    private static void writeValues(FileChannel channel, TensorSource source, DType type, LongConsumer progress) throws IOException {
        int size = source.shape().size();
        int copied = 0;
        for (ByteBuffer stored; copied < size && (stored = source.stored(type, copied)) != null; ) {
            int count = Math.min(COPIED_AT_ONCE, stored.remaining()) / type.bytes();
            drain(channel, stored.limit(stored.position() + count * type.bytes()));
            copied += count;
            progress.accept(channel.position());
        }
        float[] values = new float[Math.min(PIECE, size - copied)];
        ByteBuffer bytes = ByteBuffer.allocate(values.length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int left = size - copied; left > 0; left -= Math.min(left, values.length)) {
            int count = Math.min(left, values.length);
            source.read(size - left, values, 0, count);
            Elements.encode(values, count, type, bytes.clear());
            drain(channel, bytes.flip());
            progress.accept(channel.position());
        }
    }

    private static void drain(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
