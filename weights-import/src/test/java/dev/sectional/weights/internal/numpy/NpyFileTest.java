package dev.sectional.weights.internal.numpy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.common.ZipArchive;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Headers as NumPy writes them, and others. */
class NpyFileTest {
    private static final byte[] TWO_BY_THREE = {0, 1, 2, 3, 4, 5};

    @Test
    void readsRowsAndColumns() {
        StoredTensor rows = NpyFile.array("x", file("|u1", "False", "(2, 3)", TWO_BY_THREE));
        assertEquals(DType.U8, rows.type());
        assertEquals(Shape.of(2, 3), rows.values().shape());
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, rows.values().tensor().data());
        StoredTensor columns = NpyFile.array("x", file("|u1", "True", "(2, 3)", TWO_BY_THREE));
        assertArrayEquals(new float[] {0, 2, 4, 1, 3, 5}, columns.values().tensor().data());
    }

    @ParameterizedTest
    @CsvSource({"<f4,F32,1.5", ">f4,F32,1.5", "<f8,F64,1.5", ">f2,F16,1.5", "<i8,I64,3", ">i4,I32,3", "<i2,I16,3",
            "|i1,I8,3", "|b1,BOOL,1"})
    void readsEveryTypeInBothOrders(String descr, DType type, float value) {
        byte[] data = new byte[type.bytes()];
        long bits = switch (type) {
            case F32 -> Float.floatToIntBits(value);
            case F64 -> Double.doubleToLongBits(value);
            case F16 -> DType.floatToHalf(value);
            default -> (long) value;
        };
        for (int i = 0; i < data.length; i++) {
            data[descr.charAt(0) == '>' ? data.length - 1 - i : i] = (byte) (bits >> 8 * i);
        }
        StoredTensor stored = NpyFile.array("x", file(descr, "False", "()", data));
        assertEquals(type, stored.type());
        assertArrayEquals(new float[] {value}, stored.values().tensor().data());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"<c8 ; False ; (1,) ; type '<c8'", "|O ; False ; (1,) ; type '|O'",
            "<u8 ; False ; (1,) ; type '<u8'",
        "|u1 ; Maybe ; (6,) ; header", "|u1 ; False ; (7,) ; does not fit", "|u1 ; False ; (5,) ; does not fit",
        "|u1 ; False ; (99999, 99999) ; 2^31", "|u1 ; False ; (99999999999,) ; shape", "|u1 ; False ; (-6,) ; header",
        "f ; False ; (6,) ; header"})
    void refusesOtherArrays(String descr, String fortran, String shape, String said) {
        String message = assertThrows(InputException.class,
                () -> NpyFile.array("x", file(descr, fortran, shape, TWO_BY_THREE))).getMessage();
        assertTrue(message.startsWith("cannot read x: ") && message.contains(said), message);
    }

    @Test
    @Tag("exhaustive")
    void refusesAFileCutAnywhere() {
        FileBytes whole = file("|u1", "False", "(2, 3)", TWO_BY_THREE);
        for (int length = 0; length < whole.length(); length++) {
            FileBytes cut = FileBytes.of(Arrays.copyOf(whole.copy(0, (int) whole.length()), length));
            assertThrows(InputException.class, () -> NpyFile.array("x", cut));
        }
    }

    @Test
    void readsTheArraysOfAnArchive() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String name : List.of("w.npy", "notes.txt", "folder/b.npy")) {
                zip.putNextEntry(new ZipEntry(name));
                FileBytes array = file("|u1", "False", name.equals("w.npy") ? "(2, 3)" : "(6,)", TWO_BY_THREE);
                zip.write(array.copy(0, (int) array.length()));
            }
        }
        ZipArchive zip = new ZipArchive("x.npz", FileBytes.of(bytes.toByteArray()));
        assertTrue(NpyFile.isArchive(zip));
        Map<String, StoredTensor> arrays = NpyFile.archive("x.npz", zip);
        assertEquals(List.of("w", "folder/b"), List.copyOf(arrays.keySet()));
        assertEquals(Shape.of(2, 3), arrays.get("w").values().shape());
        assertEquals(Shape.of(6), arrays.get("folder/b").values().shape());
    }

    @Test
    void anArchiveOfOtherMembersIsNone() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("bad.npy.txt"));
        }
        ZipArchive other = new ZipArchive("x.npz", FileBytes.of(bytes.toByteArray()));
        assertFalse(NpyFile.isArchive(other));
        assertEquals(Map.of(), NpyFile.archive("x.npz", other));
    }

    @Test
    void filesAndDimensionsAreCheckedUpToTheirLimits() {
        FileBytes array = file("|u1", "False", "(2, 3)", TWO_BY_THREE);
        assertTrue(NpyFile.begins(array));
        assertFalse(NpyFile.begins(FileBytes.of(new byte[] {'N', 'U', 'M'})));
        assertFalse(NpyFile.begins(FileBytes.of(new byte[20])));
        String fits = assertThrows(InputException.class,
                () -> NpyFile.array("x", file("|u1", "False", "(2147483647,)", TWO_BY_THREE))).getMessage();
        assertTrue(fits.contains("shape (2147483647) does not fit the 6 bytes of data in it"), fits);
        StoredTensor three = NpyFile.array("x", file("|u1", "True", "(1, 2, 3)", TWO_BY_THREE));
        assertArrayEquals(new float[] {0, 2, 4, 1, 3, 5}, three.values().tensor().data());
        assertEquals(Shape.of(0, 3), NpyFile.array("x", file("|u1", "False", "(0, 3)", new byte[0])).values().shape());
    }

    private static FileBytes file(String descr, String fortran, String shape, byte[] data) {
        String header = "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
        byte[] start = ("\u0093NUMPY\1\0" + (char) header.length() + "\0" + header)
                .getBytes(StandardCharsets.ISO_8859_1);
        byte[] file = Arrays.copyOf(start, start.length + data.length);
        System.arraycopy(data, 0, file, start.length, data.length);
        return FileBytes.of(file);
    }
}
