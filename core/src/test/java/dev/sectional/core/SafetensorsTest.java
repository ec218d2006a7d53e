package dev.sectional.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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

    @Test
    void everyTruncationIsRefusedInOneLine() throws IOException {
        byte[] whole = sample();
        Path cut = folder.resolve("cut.safetensors");
        for (int length = 0; length < whole.length; length += length < 1500 ? 1 : 97) {
            Files.write(cut, Arrays.copyOf(whole, length));
            InputException e = assertThrows(InputException.class, () -> Safetensors.open(cut));
            assertTrue(e.getMessage().startsWith(cut.toString()) && !e.getMessage().contains("\n"), e.getMessage());
        }
    }

    @Test
    void flippedHeaderBytesGiveATensorOrInputException() throws IOException {
        byte[] whole = sample();
        Random random = new Random(5);
        Path flipped = folder.resolve("flipped.safetensors");
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = whole.clone();
            bytes[random.nextInt(1200)] ^= (byte) (1 << random.nextInt(8));
            Files.write(flipped, bytes);
            try (Safetensors file = Safetensors.open(flipped)) {
                file.names().forEach(file::tensor);
            } catch (InputException e) {
                assertFalse(e.getMessage().isEmpty());
            }
        }
    }

    @Test
    void headersThatLieAreRefused() throws IOException {
        refuse("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}", "overlaps");
        refuse("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "gap");
        refuse("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", "not its size");
        refuse("{\"a\":{\"dtype\":\"F32\",\"shape\":[65536,65536],\"data_offsets\":[0,8]}}", "at most");
        refuse("{\"a\":{\"dtype\":\"F8\",\"shape\":[8],\"data_offsets\":[0,8]}}", "not supported");
        refuse("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":1}", "twice");
        refuse("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "follow the last");
        refuse("[[[[[[[[[[[[[[[[[[", "wanted");
        Path huge = Files.write(folder.resolve("huge"), ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(Long.MIN_VALUE).array());
        assertTrue(assertThrows(InputException.class, () -> Safetensors.open(huge)).getMessage().contains("9223372036854775808"));
        assertThrows(InputException.class, () -> Safetensors.open(folder));
        assertThrows(InputException.class, () -> Safetensors.open(folder.resolve("missing")));
    }

    private void refuse(String header, String reason) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        Path file = Files.write(folder.resolve("bad"),
                ByteBuffer.allocate(16 + text.length).order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).put(text).array());
        InputException e = assertThrows(InputException.class, () -> Safetensors.open(file));
        assertTrue(e.getMessage().contains(reason), e.getMessage());
    }

    @Test
    void halvesSurviveTheWayThroughFloat() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float half = DType.halfToFloat((short) bits);
            float brain = DType.bfloat16ToFloat((short) bits);
            if (!Float.isNaN(half)) {
                assertEquals((short) bits, DType.floatToHalf(half));
            }
            if (!Float.isNaN(brain)) {
                assertEquals((short) bits, DType.floatToBfloat16(brain));
            }
        }
        assertEquals(DType.floatToHalf(65536f), DType.floatToHalf(Float.POSITIVE_INFINITY));
        assertEquals(0x3C00, DType.floatToHalf(1f + 0x1p-11f));            // a tie goes to even
        assertEquals(0x3C02, DType.floatToHalf(1f + 3 * 0x1p-11f));
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
        assertThrows(InputException.class, () -> SafetensorsWriter.write(folder.resolve("out"), Map.of(), Map.of("a", failing)));
        try (var left = Files.list(folder)) {
            assertEquals(0, left.count());
        }
        assertThrows(InputException.class, () -> SafetensorsWriter.write(folder.resolve("no/such/out"), Map.of(), Map.of()));
    }
}
