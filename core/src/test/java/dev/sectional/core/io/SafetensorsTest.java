package dev.sectional.core.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
    @TempDir
    private Path folder;

    private static byte[] sample() throws IOException {
        try (InputStream in = SafetensorsTest.class.getResourceAsStream("vgg_tiny.safetensors")) {
            return in.readAllBytes();
        }
    }

    @Test
    void readsAFileOfTheReferenceLibraryAndWritesItsBitsAgain() throws IOException {
        Path in = Files.write(folder.resolve("in.safetensors"), sample());
        Path out = folder.resolve("out.safetensors");
        try (Safetensors file = Safetensors.open(in)) {
            assertEquals(14, file.names().size());
            assertEquals(Shape.of(4, 3, 3, 3), file.shape("features.0.weight"));
            Map<String, TensorSource> tensors = new LinkedHashMap<>();
            file.names().forEach(name -> tensors.put(name, file.source(name)));
            SafetensorsWriter.write(out, Map.of("a \"key\"", "a\nvalue"), tensors);
            try (Safetensors again = Safetensors.open(out)) {
                assertEquals(Map.of("a \"key\"", "a\nvalue"), again.metadata());
                assertEquals(List.copyOf(file.names()), List.copyOf(again.names()));
                for (String name : file.names()) {
                    assertArrayEquals(file.tensor(name).data(), again.tensor(name).data(), name);
                }
            }
        }
    }

    /**
     * Elements are read from the file while it is open and from the mapping after close. The F64 value 0.1 would change
     * in a conversion to float32.
     */
    @Test
    void copiesStoredElementsWithoutConversion() throws IOException {
        Path in = folder.resolve("in.safetensors");
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        tensors.put("odd", Tensor.of(Shape.of(1), 3));
        tensors.put("large", Tensor.zeros(Shape.of(2_500_000)));   // more than one chunk
        Map<String, DType> types = Map.of("odd", DType.BF16, "large", DType.F64);
        SafetensorsWriter.write(in, Map.of(), tensors, types, bytes -> { });
        try (FileChannel channel = FileChannel.open(in, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(0, 0.1), channel.size() - 8);
        }
        Path out = folder.resolve("out.safetensors");
        try (Safetensors file = Safetensors.open(in)) {
            tensors.replaceAll((name, tensor) -> file.source(name));
            SafetensorsWriter.write(out, Map.of(), tensors, types, bytes -> { });
            assertEquals(-1, Files.mismatch(in, out));
        }
        Path later = folder.resolve("later.safetensors");
        SafetensorsWriter.write(later, Map.of(), tensors, types, bytes -> { });
        assertEquals(-1, Files.mismatch(in, later));
    }

    /** No process has a number beyond 2^22 on Linux, so that one is dead; this one lives. */
    @Test
    void deletesWhatKilledProcessesLeft() throws IOException {
        Path dead = Files.createFile(folder.resolve(".x.safetensors.99999999-0.part"));
        Path alive = Files.createFile(folder.resolve(".x.safetensors." + ProcessHandle.current().pid() + "-99.part"));
        Path other = Files.createFile(folder.resolve(".y.safetensors.99999999-0.part"));
        SafetensorsWriter.write(folder.resolve("x.safetensors"), Map.of(), Map.of("a", Tensor.of(Shape.of(1), 3)));
        assertEquals(List.of(false, true, true), List.of(Files.exists(dead), Files.exists(alive), Files.exists(other)));
    }

    /** Linux allows a process 65,530 mappings: tensors share them. */
    @Test
    @Tag("exhaustive")
    void opensSeventyThousandTensors() {
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        for (int i = 0; i < 70_000; i++) {
            tensors.put("t" + i, Tensor.of(Shape.of(1), i));
        }
        Path out = folder.resolve("many.safetensors");
        SafetensorsWriter.write(out, Map.of(), tensors);
        try (Safetensors file = Safetensors.open(out)) {
            List<TensorSource> sources = file.names().stream().map(file::source).toList();
            float[] value = new float[1];
            for (int i = 0; i < sources.size(); i++) {
                sources.get(i).read(0, value, 0, 1);
                assertEquals(i, value[0]);
            }
        }
    }

    @Test
    void writesHalvesAndDoublesAndReadsThemAsFloats() {
        float[] values = {0f, -0f, 1f, 1f / 3, -65504f, 1e-7f, 1e30f, Float.POSITIVE_INFINITY};
        Path out = folder.resolve("types.safetensors");
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        Map<String, DType> types = new LinkedHashMap<>();
        for (DType type : List.of(DType.F16, DType.F64, DType.BF16, DType.F32)) {
            tensors.put(type.name(), Tensor.of(Shape.of(2, 4), values));
            types.put(type.name(), type);
        }
        SafetensorsWriter.write(out, Map.of(), tensors, types, bytes -> { });
        try (Safetensors file = Safetensors.open(out)) {
            for (int i = 0; i < values.length; i++) {
                assertEquals(values[i], file.tensor("F32").data()[i]);
                assertEquals(values[i], file.tensor("F64").data()[i]);
                assertEquals(DType.halfToFloat(DType.floatToHalf(values[i])), file.tensor("F16").data()[i]);
                assertEquals(DType.bfloat16ToFloat(DType.floatToBfloat16(values[i])), file.tensor("BF16").data()[i]);
                assertEquals(file.tensor("BF16").data()[i], file.doubles("BF16")[i]);
            }
            for (DType type : types.values()) {
                assertEquals(type, file.type(type.name()));
                float[] part = {7, 7, 7, 7};
                file.source(type.name()).read(2, part, 1, 2);
                float[] whole = file.tensor(type.name()).data();
                assertArrayEquals(new float[] {7, whole[2], whole[3], 7}, part);
            }
        }
    }

    @Test
    void readsEveryIntegerType() throws IOException {
        String header = "{";
        ByteBuffer data = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN).putLong(-3).putLong(1L << 62)
                .putInt(-3).putInt(1 << 30).putShort((short) -3).putShort((short) 300)
                .put(new byte[] {-3, 100, (byte) 253, 2, 0, 1});
        long[][] expected = {{-3, 1L << 62}, {-3, 1 << 30}, {-3, 300}, {-3, 100}, {253, 2}, {0, 1}};
        DType[] types = {DType.I64, DType.I32, DType.I16, DType.I8, DType.U8, DType.BOOL};
        int offset = 0;
        for (DType type : types) {
            header += (offset > 0 ? "," : "") + "\"" + type + "\":{\"dtype\":\"" + type + "\",\"shape\":[2],"
                    + "\"data_offsets\":[" + offset + "," + (offset += 2 * type.bytes()) + "]}";
        }
        byte[] text = (header + "}").getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + offset).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(text.length).put(text).put(data.array(), 0, offset);
        Path in = Files.write(folder.resolve("integers"), bytes.array());
        try (Safetensors file = Safetensors.open(in)) {
            for (int t = 0; t < types.length; t++) {
                assertArrayEquals(expected[t], file.longs(types[t].name()), types[t].name());
                assertEquals((float) expected[t][1], file.tensor(types[t].name()).data()[1], types[t].name());
                assertEquals((double) expected[t][0], file.doubles(types[t].name())[0], types[t].name());
            }
        }
    }

    @Test
    void emptyTensorsAndScalarsAndOrderSurvive() {
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        tensors.put("z", Tensor.zeros(Shape.of(0, 3)));
        tensors.put("scalar", Tensor.of(Shape.of(), 5));
        tensors.put("a", Tensor.zeros(Shape.of(3, 0)));
        Map<String, String> metadata = new LinkedHashMap<>();
        for (int i = 9; i >= 0; i--) {
            metadata.put("key " + i, "\u00e9\u4e2d\ud83d\ude00 \u0001 \\ /");
        }
        Path out = folder.resolve("out.safetensors");
        SafetensorsWriter.write(out, metadata, tensors);
        try (Safetensors file = Safetensors.open(out)) {
            assertEquals(metadata, file.metadata());
            assertEquals(List.copyOf(metadata.keySet()), List.copyOf(file.metadata().keySet()));
            assertEquals(5, file.tensor("scalar").data()[0]);
            assertEquals(0, file.tensor("a").data().length);
            assertEquals(0, file.doubles("z").length);
        }
    }

    /** A sparse file, which takes no space on disk, larger than one mapping. */
    @Test
    void filesOverTwoGigabytesAreMappedByTensor() throws IOException {
        long each = 4L * 400_000_000;
        String entry = "{\"dtype\":\"F32\",\"shape\":[400000000],\"data_offsets\":[%d,%d]}";
        String header = String.format("{\"a\":" + entry + ",\"b\":" + entry + "}", 0, each, each, 2 * each);
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + text.length).order(ByteOrder.LITTLE_ENDIAN);
        Path large = Files.write(folder.resolve("large"), bytes.putLong(text.length).put(text).array());
        try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(8 + text.length + 2 * each);
            file.seek(file.length() - 4);
            file.write(new byte[] {0, 0, (byte) 0x80, 0x3F});
        }
        try (Safetensors file = Safetensors.open(large)) {
            float[] last = new float[2];
            file.source("b").read(399_999_998, last, 0, 2);
            assertArrayEquals(new float[] {0, 1}, last);
        }
    }

    @Test
    void sourcesOutliveTheirFile() throws IOException {
        TensorSource source;
        try (Safetensors file = Safetensors.open(Files.write(folder.resolve("in"), sample()))) {
            source = file.source("classifier.0.weight");
        }
        assertEquals(16 * 128, source.tensor().data().length);
        assertTrue(source.tensor().sumOfAbsolutes() > 0);
    }

    @Test
    void aFailedWriteLeavesNothing() throws IOException {
        TensorSource failing = new TensorSource() {
            @Override
            public Shape shape() {
                return Shape.of(4);
            }

            @Override
            public void read(int from, float[] into, int at, int count) {
                throw new InputException("broken source");
            }
        };
        Path out = folder.resolve("out");
        assertThrows(InputException.class, () -> SafetensorsWriter.write(out, Map.of(), Map.of("a", failing)));
        try (var left = Files.list(folder)) {
            assertEquals(0, left.count());
        }
        Path nowhere = folder.resolve("no/such/out");
        assertThrows(InputException.class, () -> SafetensorsWriter.write(nowhere, Map.of(), Map.of()));
        assertThrows(InputException.class, () -> SafetensorsWriter.write(folder, Map.of(), Map.of()));
        assertThrows(IllegalArgumentException.class, () -> SafetensorsWriter.write(out, Map.of(),
                Map.of("__metadata__", Tensor.zeros(Shape.of(1)))));
        assertThrows(IllegalArgumentException.class, () -> SafetensorsWriter.write(out, Map.of(),
                Map.of("a", Tensor.zeros(Shape.of(1))), Map.of("a", DType.I8), bytes -> { }));
        try (var left = Files.list(folder)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void aFailedWriteKeepsThePreviousFile() throws IOException {
        Path out = Files.writeString(folder.resolve("out"), "before");
        TensorSource bad = new TensorSource() {
            @Override
            public Shape shape() {
                return Shape.of(400_000);
            }

            @Override
            public void read(int from, float[] into, int at, int count) {
                if (from > 0) {
                    throw new InputException("broken at " + from);
                }
            }
        };
        assertThrows(InputException.class, () -> SafetensorsWriter.write(out, Map.of(), Map.of("a", bad)));
        assertEquals("before", Files.readString(out));
        SafetensorsWriter.write(out, Map.of(), Map.of("a", Tensor.zeros(Shape.of(200_001))));
        try (Safetensors file = Safetensors.open(out)) {
            assertEquals(200_001, file.tensor("a").data().length);
        }
    }
}
