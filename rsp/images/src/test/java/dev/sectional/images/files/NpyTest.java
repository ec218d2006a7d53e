package dev.sectional.images.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NpyTest {
    private static final Tensor IMAGE = Tensor.of(Shape.of(3, 1, 2), 1.5f, -2, 0, 1e-30f, 3, -0f);

    @TempDir
    Path folder;

    @Test
    void readsWhatItWrote() throws IOException {
        Tensor read = Npy.readImage(file(bytes(IMAGE)));

        assertEquals(IMAGE.shape(), read.shape());
        assertArrayEquals(IMAGE.data(), read.data());
    }

    /** Byte for byte what {@code numpy.save} writes. */
    @Test
    void writesNumpysHeader() throws IOException {
        byte[] bytes = bytes(Tensor.of(Shape.of(2), 1, -1));

        assertEquals(128 + 8, bytes.length);
        String header = new String(bytes, 0, 128, StandardCharsets.ISO_8859_1);
        String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
        assertEquals("\u0093NUMPY\1\0v\0" + text + " ".repeat(117 - text.length()) + "\n", header);
        assertArrayEquals(new byte[] {0, 0, (byte) 0x80, 0x3F, 0, 0, (byte) 0x80, (byte) 0xBF},
                Arrays.copyOfRange(bytes, 128, 136));
    }

    @Test
    void refusesAFileCutAnywhere() throws IOException {
        byte[] bytes = bytes(IMAGE);
        for (int length = 0; length < bytes.length; length++) {
            Path file = file(Arrays.copyOf(bytes, length));
            InputException e = assertThrows(InputException.class, () -> Npy.readImage(file));
            assertTrue(e.getMessage().contains(file.toString()) && !e.getMessage().contains("\n"), e.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"<f4 | <f8 | type '<f8'", "<f4 | >f4 | type '>f4'",
        "(3, 1, 2) | (3, 2) | shape (3, 2)", "(3, 1, 2) | (3, 9, 9) | does not fit",
        "(3, 1, 2) | (3, 0, 2) | shape (3, 0, 2)",
        "(3, 1, 2) | (3, 2147483647, 2147483647) | does not fit", "(3, 1, 2) | (3, 99999999999, 2) | shape",
        "shape | shade | header"})
    void refusesOtherArrays(String part, String other, String said) throws IOException {
        byte[] bytes = bytes(IMAGE);
        String header = new String(bytes, 10, 118, StandardCharsets.ISO_8859_1).replace(part, other);
        byte[] changed = header.substring(0, 118 - Math.max(0, 118 - header.length()))
                .getBytes(StandardCharsets.ISO_8859_1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, 8);
        out.write(changed.length);
        out.write(0);
        out.write(changed);
        out.write(bytes, 128, bytes.length - 128);
        Path file = file(out.toByteArray());

        InputException e = assertThrows(InputException.class, () -> Npy.readImage(file));

        assertTrue(e.getMessage().contains(said), e.getMessage());
    }

    /** {@code numpy.asfortranarray} stores the element (c, y, x) at c + 2 (y + 3 x) of a (2, 3, 4) array. */
    @Test
    void readsFortranOrder() throws IOException {
        Tensor image = Tensor.zeros(Shape.of(2, 3, 4));
        Tensor stored = Tensor.zeros(image.shape());
        for (int i = 0; i < 24; i++) {
            image.data()[i] = i;
            stored.data()[i / 12 + 2 * (i / 4 % 3 + 3 * (i % 4))] = i;
        }
        byte[] bytes = bytes(stored);
        byte[] header = new String(bytes, 0, 128, StandardCharsets.ISO_8859_1).replace("False, ", "True,  ")
                .getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(header, 0, bytes, 0, 128);

        assertArrayEquals(image.data(), Npy.readImage(file(bytes)).data());
    }

    @Test
    void refusesValuesThatAreNotFinite() throws IOException {
        Path file = file(bytes(Tensor.of(Shape.of(3, 1, 1), 0, Float.NaN, 0)));

        InputException e = assertThrows(InputException.class, () -> Npy.readImage(file));

        assertTrue(e.getMessage().contains("NaN"), e.getMessage());
        assertFalse(e.getMessage().contains("\n"));
    }

    private static byte[] bytes(Tensor tensor) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Npy.write(out, tensor);
        return out.toByteArray();
    }

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("image.npy"), bytes);
    }
}
