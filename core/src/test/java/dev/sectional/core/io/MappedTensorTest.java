package dev.sectional.core.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Elements that stay in a buffer or a file: conversion, bounds, stored bytes and files that become shorter. */
class MappedTensorTest {
    @TempDir
    private Path folder;

    private static ByteBuffer floats(boolean direct, float... values) {
        int size = 4 * values.length;
        ByteBuffer bytes = direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
        bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
        return bytes.order(ByteOrder.BIG_ENDIAN);   // the tensor does not rely on the caller's order
    }

    @Test
    void theBufferHasTheLengthOfTheElements() {
        for (int bytes : new int[] {23, 25}) {
            String message = assertThrows(IllegalArgumentException.class, () -> new MappedTensor(Shape.of(2, 3),
                    DType.F32, ByteBuffer.allocate(bytes))).getMessage();
            assertEquals("F32 of shape " + Shape.of(2, 3) + " takes 24 bytes, got " + bytes, message);
        }
        assertEquals(Shape.of(2, 3), new MappedTensor(Shape.of(2, 3), DType.F16, ByteBuffer.allocate(12)).shape());
    }

    @Test
    void readsUpToTheLastElement() {
        MappedTensor tensor = new MappedTensor(Shape.of(4), DType.F32, floats(false, 1, 2, 3, 4));
        float[] into = new float[6];
        tensor.read(1, into, 2, 3);
        assertArrayEquals(new float[] {0, 0, 2, 3, 4, 0}, into);
        tensor.read(4, into, 6, 0);
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.read(2, into, 0, 3));
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.read(-1, into, 0, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.read(0, into, 4, 3));
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.read(0, into, -1, 1));
        MappedTensor halves = new MappedTensor(Shape.of(2), DType.F16, ByteBuffer.allocate(4));
        assertThrows(IndexOutOfBoundsException.class, () -> halves.read(1, into, 0, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> halves.read(0, into, 5, 2));
    }

    @Test
    void partsOfIntegersAreConverted() {
        ByteBuffer bytes = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putInt(0, -5).putInt(4, 7)
                .putInt(8, 1 << 20);
        float[] into = {9, 9, 9, 9};
        new MappedTensor(Shape.of(3), DType.I32, bytes).read(1, into, 1, 2);
        assertArrayEquals(new float[] {9, 7, 1 << 20, 9}, into);
        ByteBuffer big = ByteBuffer.wrap(new byte[] {0, 1, 0, 2, 0, 3});
        Elements.decode(big, DType.I16, 1, 2, into, 2);
        assertArrayEquals(new float[] {9, 7, 2, 3}, into, "in the order of the buffer");
        String type = assertThrows(IllegalArgumentException.class,
                () -> Elements.integer(big, DType.F16, 0)).getMessage();
        assertEquals("wanted an integer type, got F16", type);
        String stored = assertThrows(IllegalArgumentException.class,
                () -> Elements.encode(into, 1, DType.I16, big)).getMessage();
        assertEquals("tensors are written as F64, F32, F16 or BF16, not I16", stored);
    }

    @Test
    void encodingAdvancesBehindTheElements() {
        float[] values = {1, -2, 3};
        for (DType type : new DType[] {DType.F64, DType.F32, DType.F16, DType.BF16}) {
            ByteBuffer into = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN).position(8);
            Elements.encode(values, 2, type, into);
            assertEquals(8 + 2 * type.bytes(), into.position());
            float[] again = new float[3];
            Elements.decode(into.flip().position(0), type, 8 / type.bytes(), 2, again, 1);
            assertArrayEquals(new float[] {0, 1, -2}, again);
        }
    }

    @Test
    void floatsOutsideTheHeapAreUsedInPlace() {
        float[] seen = new float[1];
        assertTrue(new MappedTensor(Shape.of(2), DType.F32, floats(true, 1, 2)).inPlace(bytes -> {
            assertEquals(8, bytes.limit());
            seen[0] = bytes.getFloat(4);
        }));
        assertEquals(2, seen[0]);
        assertFalse(new MappedTensor(Shape.of(2), DType.F32, floats(false, 1, 2)).inPlace(bytes -> seen[0] = 7));
        assertFalse(new MappedTensor(Shape.of(2), DType.F16, ByteBuffer.allocateDirect(4))
                .inPlace(bytes -> seen[0] = 7));
        assertEquals(2, seen[0]);
    }

    @Test
    void storedBytesComeFromTheFileOrTheBuffer() throws IOException {
        byte[] content = new byte[24];
        for (int i = 0; i < 24; i++) {
            content[i] = (byte) i;
        }
        Path path = Files.write(folder.resolve("f"), content);
        MappedFile file = MappedFile.open(path);
        ByteBuffer part = file.map(8, 8);
        MappedTensor placed = new MappedTensor(Shape.of(4), DType.F16, part, file, 8);
        MappedTensor unplaced = new MappedTensor(Shape.of(4), DType.F16, part, file);
        MappedTensor alone = new MappedTensor(Shape.of(4), DType.F16, part);
        for (int closed = 0; closed < 2; closed++) {
            for (MappedTensor tensor : new MappedTensor[] {placed, unplaced, alone}) {
                ByteBuffer into = ByteBuffer.allocate(4);
                assertFalse(tensor.readStored(DType.BF16, 1, into));
                assertEquals(4, into.remaining());
                assertTrue(tensor.readStored(DType.F16, 1, into));
                assertArrayEquals(Arrays.copyOfRange(content, 10, 14), into.array());
            }
            file.close();
        }
    }

    @Test
    void aFileThatBecomesShorterIsNoticedByEveryRead() throws Exception {
        Path path = Files.write(folder.resolve("f"), new byte[64]);
        try (MappedFile file = MappedFile.open(path)) {
            ByteBuffer part = file.map(0, 8);
            MappedTensor floats = new MappedTensor(Shape.of(2), DType.F32, part, file);
            MappedTensor halves = new MappedTensor(Shape.of(4), DType.F16, part, file);
            try (RandomAccessFile other = new RandomAccessFile(path.toFile(), "rw")) {
                other.setLength(40);
            }
            Thread.sleep(5);   // the length is compared once a millisecond
            float[] into = new float[2];
            for (MappedTensor tensor : new MappedTensor[] {floats, halves}) {
                assertThrows(InputException.class, () -> tensor.read(0, into, 0, 2));
            }
            assertThrows(InputException.class, () -> floats.inPlace(bytes -> into[0] = 7));
            assertThrows(InputException.class, () -> floats.readStored(DType.F32, 0, ByteBuffer.allocate(4)));
            assertEquals(0, into[0]);
        }
    }

    @Test
    void errorsOfLostPagesAreExplained() {
        MappedTensor tensor = new MappedTensor(Shape.of(1), DType.F32, floats(true, 1));
        InternalError lost = new InternalError("a fault occurred in an unsafe memory access operation");
        assertSame(lost, assertThrows(InputException.class, () -> tensor.inPlace(bytes -> {
            throw lost;
        })).getCause());
        InternalError other = new InternalError("another fault");
        assertSame(other, assertThrows(InternalError.class, () -> tensor.inPlace(bytes -> {
            throw other;
        })));
    }
}
