package dev.sectional.weights.internal.common;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.io.MappedFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes of arrays, of files and of files longer than one window, and the tensors over them. */
class FileBytesTest {
    private static final long WINDOW = MappedFile.WINDOW;

    @TempDir
    Path folder;

    @Test
    void readsLittleEndianNumbers() {
        FileBytes bytes = FileBytes.of(new byte[] {9, -1, -2, -3, -4, 0, 0, 0, -128, 7});
        assertEquals(255, bytes.u8(1));
        assertEquals(0xFEFF, bytes.u16(1));
        assertEquals(0xFCFDFEFFL, bytes.u32(1));
        assertEquals(0x80000000FCFDFEFFL, bytes.i64(1));
        FileBytes part = bytes.part(2, 5);
        assertEquals(5, part.length());
        assertEquals(254, part.u8(0));
        assertArrayEquals(new byte[] {-3, -4, 0}, part.copy(1, 3));
        assertEquals(253, part.part(1, 2).u8(0));
    }

    @Test
    void aRangeLiesInsideUpToItsLastByte() {
        FileBytes bytes = FileBytes.of(new byte[10]);
        assertTrue(bytes.holds(0, 10) && bytes.holds(10, 0) && bytes.holds(3, 7));
        assertFalse(bytes.holds(0, 11) || bytes.holds(11, 0) || bytes.holds(3, 8) || bytes.holds(-1, 1)
                || bytes.holds(0, -1) || bytes.holds(1, Long.MAX_VALUE));
    }

    @Test
    void checksumsAreThoseOfTheirRange() {
        byte[] noise = new byte[1000];
        new Random(1).nextBytes(noise);
        CRC32 expected = new CRC32();
        expected.update(noise, 10, 900);
        assertEquals(expected.getValue(), FileBytes.of(noise).part(10, 900).checksum());
    }

    /** A sparse file of a window and 64 bytes, with numbers across the boundary of the windows. */
    @Test
    void readsAcrossTheWindowsOfALongFile() throws IOException {
        Path path = folder.resolve("long");
        byte[] middle = new byte[64];
        for (int i = 0; i < 64; i++) {
            middle[i] = (byte) (i + 1);
        }
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(WINDOW + 64);
            file.seek(WINDOW - 32);
            file.write(middle);
        }
        try (MappedFile mapped = MappedFile.open(path)) {
            FileBytes bytes = FileBytes.map(mapped);
            assertEquals(WINDOW + 64, bytes.length());
            long from = WINDOW - 32;
            assertArrayEquals(middle, bytes.copy(from, 64));
            assertEquals(0x2423_2221_201f_1e1dL, bytes.i64(WINDOW - 4));
            assertEquals(0x2221, bytes.u16(WINDOW));
            FileBytes part = bytes.part(from, 64);
            CRC32 expected = new CRC32();
            expected.update(middle);
            assertEquals(expected.getValue(), part.checksum());
            ByteBuffer into = ByteBuffer.allocate(40);
            part.read(20, into);
            assertArrayEquals(Arrays.copyOfRange(middle, 20, 60), into.array());
            assertEquals(32 + MappedFile.OVERLAP, part.rest(0, ByteOrder.BIG_ENDIAN).remaining());
            assertEquals(0x0102, part.rest(0, ByteOrder.BIG_ENDIAN).getShort());
            assertEquals(24, part.rest(40, ByteOrder.LITTLE_ENDIAN).remaining());
            StridedTensor tensor = new StridedTensor(Shape.of(64), DType.U8, part, ByteOrder.LITTLE_ENDIAN, 0,
                    new long[] {1});
            float[] values = new float[64];
            tensor.read(0, values, 0, 64);
            for (int i = 0; i < 64; i++) {
                assertEquals(i + 1, values[i]);
            }
        }
    }

    @Test
    void readsOnAfterTheFileIsClosed() throws IOException {
        Path path = Files.write(folder.resolve("file"), new byte[] {1, 2, 3, 4, 5});
        FileBytes bytes;
        try (MappedFile mapped = MappedFile.open(path)) {
            bytes = FileBytes.map(mapped).part(1, 4);
        }
        ByteBuffer into = ByteBuffer.allocate(3);
        bytes.read(1, into);
        assertArrayEquals(new byte[] {3, 4, 5}, into.array());
        ByteBuffer array = ByteBuffer.allocate(2);
        FileBytes.of(new byte[] {6, 7, 8}).read(1, array);
        assertArrayEquals(new byte[] {7, 8}, array.array());
        FileBytes.of(new byte[0]).requireWhole();
    }

    @Test
    void aFileThatBecameShorterIsRefused() throws Exception {
        Path path = Files.write(folder.resolve("file"), new byte[100_000]);
        try (MappedFile mapped = MappedFile.open(path)) {
            FileBytes bytes = FileBytes.map(mapped);
            StridedTensor tensor = new StridedTensor(Shape.of(2), DType.U8, bytes, ByteOrder.LITTLE_ENDIAN, 0,
                    new long[] {1});
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
                file.setLength(90_000);
            }
            Thread.sleep(5);   // the length is compared once a millisecond
            assertThrows(InputException.class, bytes::requireWhole);
            assertThrows(InputException.class, bytes::checksum);
            assertThrows(InputException.class, () -> tensor.read(0, new float[2], 0, 2));
        }
    }
}
