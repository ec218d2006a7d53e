package dev.sectional.core.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers of NumPy's files: versions, types, orders and shapes. */
class NpyHeaderTest {
    private static byte[] file(int version, String header) {
        byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer bytes = ByteBuffer.allocate((version == 1 ? 10 : 12) + text.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.ISO_8859_1)).put((byte) version).put((byte) 0);
        return (version == 1 ? bytes.putShort((short) text.length) : bytes.putInt(text.length)).put(text).array();
    }

    private static String header(String descr, String order, String shape) {
        return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': (" + shape + "), }";
    }

    private static NpyHeader read(String descr, String shape) {
        return NpyHeader.of(file(1, header(descr, "False", shape)));
    }

    private static void refused(String said, byte[] file) {
        String message = assertThrows(IllegalArgumentException.class, () -> NpyHeader.of(file)).getMessage();
        assertTrue(message.contains(said), message);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void threeVersionsAreRead(int version) {
        String text = header("<f4", "True", "2, 3");
        NpyHeader header = NpyHeader.of(file(version, text));
        assertEquals("<f4", header.descr());
        assertTrue(header.fortran());
        assertArrayEquals(new long[] {2, 3}, header.shape());
        assertEquals("(2, 3)", header.shapeText());
        assertEquals((version == 1 ? 10 : 12) + text.length(), header.dataStart());
        assertFalse(NpyHeader.of(file(version, header("<f4", "False", "2"))).fortran());
    }

    @Test
    void otherVersionsAreRefused() {
        refused("has version 0 of the format, of which 1 to 3 are known", file(0, header("<f4", "False", "2")));
        refused("has version 4 of the format", file(4, header("<f4", "False", "2")));
        refused("has version 255 of the format", file(255, header("<f4", "False", "2")));
    }

    @Test
    void theLengthOfTheHeaderIsChecked() {
        byte[] whole = file(1, header("<f4", "False", "2"));
        refused("is cut off in its header", Arrays.copyOf(whole, whole.length - 1));
        refused("is not a .npy file", Arrays.copyOf(whole, 11));
        refused("has a header that cannot be read", file(1, "  "));
        byte[] other = whole.clone();
        other[5] = 'X';
        refused("is not a .npy file", other);
        assertTrue(NpyHeader.begins(Arrays.copyOf(whole, 6)));
        assertFalse(NpyHeader.begins(Arrays.copyOf(whole, 5)));
        byte[] large = file(2, header("<f4", "False", "2") + " ".repeat(40_000));
        assertEquals(large.length, NpyHeader.of(large).dataStart());
        byte[] most = file(1, header("<f4", "False", "2") + " ".repeat(40_000));
        assertEquals(most.length, NpyHeader.of(most).dataStart());
        byte[] claimed = file(2, header("<f4", "False", "2"));
        claimed[11] = -1;
        refused("is cut off in its header", claimed);
    }

    @Test
    void typesAndOrdersHaveNames() {
        Map<String, DType> types = Map.of("f8", DType.F64, "f4", DType.F32, "f2", DType.F16, "i8", DType.I64, "i4",
                DType.I32, "i2", DType.I16, "i1", DType.I8, "u1", DType.U8, "b1", DType.BOOL);
        types.forEach((name, type) -> {
            for (char order : "<>|=".toCharArray()) {
                NpyHeader header = read(order + name, "2");
                assertEquals(type, header.type());
                assertEquals(order == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN, header.order());
            }
        });
        for (String other : new String[] {"!f4", "<c8", "<u2", "<U5", "f4"}) {
            assertNull(read(other, "2").type(), other);
        }
    }

    @Test
    void shapesHaveAtMost32Dimensions() {
        assertArrayEquals(new long[0], read("<f4", "").shape());
        assertArrayEquals(new long[] {5}, read("<f4", "5,").shape());
        assertEquals(32, read("<f4", "1" + ", 1".repeat(31)).shape().length);
        refused("has a shape of 33 dimensions", file(1, header("<f4", "False", "1" + ", 1".repeat(32))));
        refused("has shape (2147483648)", file(1, header("<f4", "False", "2147483648")));
        assertArrayEquals(new long[] {Integer.MAX_VALUE}, read("<f4", "2147483647").shape());
        refused("has a header that cannot be read", file(1, header("<f4", "False", "-1")));
        refused("has a header that cannot be read", file(1, header("<f4", "None", "1")));
    }
}
