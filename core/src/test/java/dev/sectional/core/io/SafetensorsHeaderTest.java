package dev.sectional.core.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Headers in any order, the least and the greatest sizes, and files larger than memory. */
class SafetensorsHeaderTest {
    @TempDir
    private Path folder;

    /** A file whose data are the bytes 0, 1, 2 and so on. */
    private static Safetensors of(String header, int data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + data).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(text.length).put(text);
        for (int i = 0; i < data; i++) {
            bytes.put((byte) i);
        }
        return Safetensors.of(MappedFile.of("net", bytes.flip()));
    }

    private static String refusal(String header, int data) {
        return assertThrows(InputException.class, () -> of(header, data)).getMessage();
    }

    private static String entry(String name, DType type, String shape, long begin, long end) {
        return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":[" + shape + "],\"data_offsets\":["
                + begin + "," + end + "]}";
    }

    /** The format asks for no order. Tensors without elements lie between others, at their first byte. */
    @Test
    void tensorsHaveTheOrderOfTheFile() {
        Safetensors file = of("{" + entry("last", DType.U8, "2", 5, 7) + "," + entry("none", DType.F64, "0", 1, 1) + ","
                + entry("middle", DType.I16, "2", 1, 5) + "," + entry("first", DType.I8, "1", 0, 1)
                + ",\"__metadata__\":{\"k\":\"v\"}}", 7);
        assertEquals(List.of("first", "none", "middle", "last"), List.copyOf(file.names()));
        assertArrayEquals(new long[] {0}, file.longs("first"));
        assertArrayEquals(new long[] {0x0201, 0x0403}, file.longs("middle"));
        assertArrayEquals(new long[] {5, 6}, file.longs("last"));
        assertArrayEquals(new double[0], file.doubles("none"));
        assertEquals(Map.of("k", "v"), file.metadata());
        assertEquals("net", file.name());
        assertTrue(file.has("none") && file.has("last"));
        assertFalse(file.has("__metadata__") || file.has("other"));
        assertThrows(UnsupportedOperationException.class, () -> file.names().remove("last"));
        assertThrows(UnsupportedOperationException.class, () -> file.metadata().put("a", "b"));
    }

    @Test
    void theLeastFileHasNoTensor() {
        assertEquals(0, of("{}", 0).names().size());
        assertEquals(Map.of(), of("{}", 0).metadata());
        assertEquals("net: 1 bytes follow the last tensor", refusal("{}", 1));
        assertTrue(refusal("{", 1).contains("its header claims 1 bytes, the file has 10"), refusal("{", 1));
        String seven = assertThrows(InputException.class,
                () -> Safetensors.of(MappedFile.of("net", ByteBuffer.allocate(7)))).getMessage();
        assertEquals("net: holds 7 bytes, too few for a header: it is empty or cut off", seven);
        String eight = assertThrows(InputException.class,
                () -> Safetensors.of(MappedFile.of("net", ByteBuffer.allocate(8)))).getMessage();
        assertTrue(eight.contains("its header claims 0 bytes, the file has 8"), eight);
    }

    @Test
    void messagesSayWhatIsThere() {
        assertEquals("net: 3 bytes follow the last tensor", refusal("{" + entry("a", DType.U8, "2", 0, 2) + "}", 5));
        assertEquals("net: tensor 'a' ends 6 bytes after the header, the file has 5 there: it is cut off",
                refusal("{" + entry("a", DType.U8, "6", 0, 6) + "}", 5));
        assertEquals("net: tensor 'b' leaves a gap before it",
                refusal("{" + entry("a", DType.U8, "2", 0, 2) + "," + entry("b", DType.U8, "1", 3, 4) + "}", 4));
        assertTrue(refusal("{" + entry("a", DType.F32, "2", 0, 9) + "}", 9).contains("of shape " + Shape.of(2)
                + " and type F32 lies at bytes 0 to 9, which is not its size"));
        assertEquals("net: there is no tensor 'c'",
                assertThrows(InputException.class, () -> of("{}", 0).shape("c")).getMessage());
    }

    @Test
    void dimensionsAreAtMost32AndBelow2To31() {
        String ones = "1" + ",1".repeat(31);
        assertEquals(32, of("{" + entry("a", DType.U8, ones, 0, 1) + "}", 1).shape("a").rank());
        assertEquals("net: tensor 'a' has 33 dimensions, more than any network's",
                refusal("{" + entry("a", DType.U8, ones + ",1", 0, 1) + "}", 1));
        assertEquals(Integer.MAX_VALUE,
                of("{" + entry("a", DType.U8, "0,2147483647", 0, 0) + "}", 0).shape("a").dim(1));
        assertEquals("net: tensor 'a' has a dimension of 2147483648",
                refusal("{" + entry("a", DType.U8, "0,2147483648", 0, 0) + "}", 0));
        assertEquals("net: tensor 'a' has a dimension of -1", refusal("{" + entry("a", DType.U8, "-1", 0, 0) + "}", 0));
    }

    private Path sparse(String header, long length) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer start = ByteBuffer.allocate(8 + text.length).order(ByteOrder.LITTLE_ENDIAN);
        Path file = Files.write(folder.resolve("large"), start.putLong(text.length).put(text).array());
        try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
            large.setLength(length);
            large.seek(length - 1);
            large.write(7);
        }
        return file;
    }

    /** A sparse file, which takes no space on disk. */
    @Test
    void aTensorFitsIntoOneMapping() throws IOException {
        long most = Integer.MAX_VALUE;
        String header = "{" + entry("bytes", DType.U8, "" + most, 0, most) + ","
                + entry("doubles", DType.F64, "268435456", most, most + (1L << 31)) + "}";
        try (Safetensors file = Safetensors.open(sparse(header, 8 + header.length() + most + (1L << 31)))) {
            String message = assertThrows(InputException.class, () -> file.source("doubles")).getMessage();
            assertTrue(message.endsWith(": a tensor of 2147483648 bytes is larger than one mapping of 2 GiB: store it"
                    + " as F16 or BF16"), message);
            assertEquals(most, file.source("bytes").shape().size());
        }
        String alone = "{" + entry("bytes", DType.U8, "" + most, 0, most) + "}";
        try (Safetensors file = Safetensors.open(sparse(alone, 8 + alone.length() + most))) {
            float[] last = new float[2];
            file.source("bytes").read(Integer.MAX_VALUE - 2, last, 0, 2);
            assertArrayEquals(new float[] {0, 7}, last);
        }
    }

    @Test
    void aHeaderHasAtMost100Megabytes() throws IOException {
        Path file = folder.resolve("claims");
        try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
            large.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(100_000_001).array());
            large.setLength(200_000_000);
        }
        String message = assertThrows(InputException.class, () -> Safetensors.open(file)).getMessage();
        assertTrue(message.contains("its header claims 100000001 bytes, the file has 200000000"), message);
    }
}
