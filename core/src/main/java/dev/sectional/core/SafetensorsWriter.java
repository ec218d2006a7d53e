package dev.sectional.core;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/** Writes safetensors files in bounded memory. The file appears whole under its name, or not at all. */
public final class SafetensorsWriter {
    private static final int PIECE = 1 << 16;

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
     */
    public static void write(Path out, Map<String, String> metadata, Map<String, ? extends TensorSource> tensors,
                             Map<String, DType> types, LongConsumer progress) {
        Path temporary = null;
        try {
            // Not createTempFile: its files are for their owner alone, and would stay so under the new name.
            temporary = out.toAbsolutePath().resolveSibling("." + out.getFileName() + "." + ProcessHandle.current().pid() + ".part");
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                drain(channel, header(metadata, tensors, types));
                for (Map.Entry<String, ? extends TensorSource> each : tensors.entrySet()) {
                    writeValues(channel, each.getValue(), types.getOrDefault(each.getKey(), DType.F32), progress);
                }
            }
            Files.move(temporary, out, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            temporary = null;
        } catch (IOException e) {
            throw new InputException(out + ": cannot be written (" + e + ")", e);
        } finally {
            delete(temporary);
        }
    }

    private static void delete(Path temporary) {
        try {
            if (temporary != null) {
                Files.deleteIfExists(temporary);
            }
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
        float[] values = new float[Math.min(PIECE, source.shape().size())];
        ByteBuffer bytes = ByteBuffer.allocate(values.length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < source.shape().size(); from += values.length) {
            int count = Math.min(values.length, source.shape().size() - from);
            source.read(from, values, 0, count);
            bytes.clear();
            for (int i = 0; i < count; i++) {
                put(bytes, values[i], type);
            }
            drain(channel, bytes.flip());
            progress.accept(channel.position());
        }
    }

    private static void put(ByteBuffer bytes, float value, DType type) {
        switch (type) {
            case F64 -> bytes.putDouble(value);
            case F32 -> bytes.putFloat(value);
            case F16 -> bytes.putShort(DType.floatToHalf(value));
            case BF16 -> bytes.putShort(DType.floatToBfloat16(value));
            default -> throw new IllegalArgumentException("tensors are written as F64, F32, F16 or BF16, not " + type);
        }
    }

    private static void drain(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
