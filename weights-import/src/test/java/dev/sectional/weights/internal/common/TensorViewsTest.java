package dev.sectional.weights.internal.common;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Tensors that are computed when they are read, and tensors that stay in their file. */
class TensorViewsTest {
    private static Tensor counted(Shape shape) {
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < shape.size(); i++) {
            tensor.data()[i] = i;
        }
        return tensor;
    }

    /** Two imports of one tensor are alike without a look at its elements. */
    @Test
    void equalViewsOfATensorAreEqual() {
        Tensor matrix = counted(Shape.of(2, 3));
        TensorSource view = TensorViews.transposed(matrix, false);
        assertEquals(view, TensorViews.transposed(matrix, true));
        assertEquals(view.hashCode(), TensorViews.transposed(matrix, true).hashCode());
        assertNotEquals(view, TensorViews.transposed(counted(Shape.of(2, 3)), false));
        assertNotEquals(view, matrix);
        TensorSource scaled = TensorViews.rowsScaled(matrix, new float[] {1, 2});
        assertEquals(scaled, TensorViews.rowsScaled(matrix, new float[] {1, 2}));
        assertEquals(scaled.hashCode(), TensorViews.rowsScaled(matrix, new double[] {1, 2}).hashCode());
        assertNotEquals(scaled, TensorViews.rowsScaled(matrix, new float[] {1, 3}));
        assertNotEquals(scaled, TensorViews.rowsScaled(counted(Shape.of(2, 3)), new float[] {1, 2}));
        assertNotEquals(scaled, view);
    }

    private static float[] read(TensorSource source, int from, int count) {
        float[] values = new float[count + 2];
        source.read(from, values, 1, count);
        assertEquals(0, values[0]);
        assertEquals(0, values[count + 1]);
        return Arrays.copyOfRange(values, 1, count + 1);
    }

    @ParameterizedTest
    @CsvSource({"3,5", "1,4", "40,3", "3,40", "65,64"})
    void aTransposedMatrixExchangesRowsAndColumns(int rows, int columns) {
        Tensor matrix = counted(Shape.of(rows, columns));
        float[] expected = new float[rows * columns];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = i % rows * columns + i / rows;
        }
        for (boolean mayCopy : new boolean[] {false, true}) {
            TensorSource view = TensorViews.transposed(matrix, mayCopy);
            assertEquals(Shape.of(columns, rows), view.shape());
            assertArrayEquals(expected, view.tensor().data());
            for (int from = 0; from < expected.length; from += 1 + from / 3) {
                for (int count = 0; count <= expected.length - from; count += 1 + count / 2) {
                    assertArrayEquals(Arrays.copyOfRange(expected, from, from + count),
                            read(view, from, count));
                }
            }
            assertArrayEquals(expected, read(view, 0, expected.length));
            assertArrayEquals(expected, view.tensor().data());
            assertThrows(IndexOutOfBoundsException.class, () -> read(view, 2, expected.length - 1));
        }
    }

    /** Counts the reads of a matrix of 10 x 6. */
    private static final class Counting implements TensorSource {
        private final Tensor matrix = counted(Shape.of(10, 6));
        private int reads;

        @Override
        public Shape shape() {
            return matrix.shape();
        }

        @Override
        public void read(int from, float[] into, int at, int count) {
            reads++;
            matrix.read(from, into, at, count);
        }
    }

    /** Single elements lie far apart in the file: once half of them were read, the others come from a copy. */
    @Test
    void aMatrixThatIsReadElementByElementIsCopiedOnce() {
        Counting kept = new Counting();
        TensorSource copying = TensorViews.transposed(kept, true);
        for (int i = 0; i < 30; i++) {
            read(copying, 2 * i % 60, 1);
        }
        assertEquals(30, kept.reads, "half of the elements");
        assertArrayEquals(new float[] {6}, read(copying, 1, 1));
        assertEquals(31, kept.reads, "the whole matrix, once");
        read(copying, 0, 60);
        assertEquals(60, copying.tensor().data().length);
        assertEquals(31, kept.reads);
        Counting never = new Counting();
        TensorSource view = TensorViews.transposed(never, false);
        for (int i = 0; i < 60; i++) {
            read(view, i, 1);
        }
        assertEquals(60, never.reads);
    }

    /** Eight whole rows are read column by column, with one read each, and the elements beside them one by one. */
    @Test
    void manyRowsAreReadThroughTheMatrix() {
        Tensor matrix = counted(Shape.of(4, 12));
        int[] reads = new int[1];
        TensorSource counting = new TensorSource() {
            @Override
            public Shape shape() {
                return matrix.shape();
            }

            @Override
            public void read(int from, float[] into, int at, int count) {
                reads[0]++;
                matrix.read(from, into, at, count);
            }
        };
        TensorSource view = TensorViews.transposed(counting, false);
        read(view, 3, 1 + 8 * 4 + 2);
        assertEquals(1 + 4 + 2, reads[0]);
        read(view, 4, 7 * 4);
        assertEquals(7 + 28, reads[0]);
    }

    @Test
    void aFilledTensorHasOneNumber() {
        TensorSource filled = TensorViews.filled(Shape.of(2, 3), 7);
        assertArrayEquals(new float[] {7, 7, 7}, read(filled, 3, 3));
        assertThrows(IndexOutOfBoundsException.class, () -> read(filled, 4, 3));
    }

    @Test
    void rowsAreScaledByTheirOwnFactor() {
        TensorSource scaled = TensorViews.rowsScaled(counted(Shape.of(3, 2, 2)), new float[] {1, 10, 100});
        assertEquals(Shape.of(3, 2, 2), scaled.shape());
        assertArrayEquals(new float[] {0, 1, 2, 3, 40, 50, 60, 70, 800, 900, 1000, 1100}, scaled.tensor().data());
        assertArrayEquals(new float[] {3, 40, 50}, read(scaled, 3, 3));
        TensorSource exact = TensorViews.rowsScaled(Tensor.of(Shape.of(2), 3, 3), new double[] {1 / 3.0, 0.1});
        assertArrayEquals(new float[] {1, 0.3f}, exact.tensor().data(), "rounded once");
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"})
    void readsSeveralElementsOfEveryType(DType type) {
        boolean signed = type != DType.U8 && type != DType.BOOL;
        float[] wanted = {1, signed ? -2 : 200, 3, signed ? -4 : 250, 5, 6};
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            ByteBuffer bytes = ByteBuffer.allocate(3 + 6 * type.bytes()).order(order).position(3);
            for (float value : wanted) {
                put(bytes, type, value);
            }
            FileBytes file = FileBytes.of(bytes.array());
            StridedTensor dense = new StridedTensor(Shape.of(2, 3), type, file, order, 3, new long[] {3, 1});
            assertArrayEquals(wanted, read(dense, 0, 6));
            assertArrayEquals(new float[] {wanted[2], wanted[3]}, read(dense, 2, 2));
            StridedTensor turned = new StridedTensor(Shape.of(3, 2), type, file, order, 3, new long[] {1, 3});
            assertArrayEquals(new float[] {wanted[0], wanted[3], wanted[1], wanted[4], wanted[2], wanted[5]},
                    read(turned, 0, 6));
            assertArrayEquals(new float[] {wanted[4], wanted[2]}, read(turned, 3, 2));
        }
    }

    private static void put(ByteBuffer bytes, DType type, float value) {
        switch (type) {
            case F64 -> bytes.putDouble(value);
            case F32 -> bytes.putFloat(value);
            case F16 -> bytes.putShort(DType.floatToHalf(value));
            case BF16 -> bytes.putShort((short) (Float.floatToIntBits(value) >> 16));
            case I64 -> bytes.putLong((long) value);
            case I32 -> bytes.putInt((int) value);
            case I16 -> bytes.putShort((short) value);
            default -> bytes.put((byte) (int) value);
        }
    }

    /** Three dimensions of which each wraps, steps of 0, and dimensions of 1 whose stride says nothing. */
    @Test
    void stridesLeadToEveryElement() {
        byte[] numbers = new byte[60];
        for (int i = 0; i < 60; i++) {
            numbers[i] = (byte) i;
        }
        FileBytes bytes = FileBytes.of(numbers);
        StridedTensor three = new StridedTensor(Shape.of(2, 3, 2), DType.U8, bytes, ByteOrder.LITTLE_ENDIAN, 1,
                new long[] {2, 7, 25});
        float[] all = {1, 26, 8, 33, 15, 40, 3, 28, 10, 35, 17, 42};
        assertArrayEquals(all, read(three, 0, 12));
        for (int first = 0; first < 12; first++) {
            assertArrayEquals(Arrays.copyOfRange(all, first, 12), read(three, first, 12 - first));
        }
        assertArrayEquals(new float[0], read(three, 12, 0));
        StridedTensor repeated = new StridedTensor(Shape.of(2, 2), DType.U8, bytes, ByteOrder.LITTLE_ENDIAN, 5,
                new long[] {0, 1});
        assertArrayEquals(new float[] {5, 6, 5, 6}, read(repeated, 0, 4));
        StridedTensor ones = new StridedTensor(Shape.of(1, 2, 1), DType.U8, bytes, ByteOrder.LITTLE_ENDIAN, 5,
                new long[] {99, 1, 99});
        assertArrayEquals(new float[] {5, 6}, read(ones, 0, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> read(ones, 1, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> ones.read(0, new float[2], 1, 2));
    }

    @Test
    void storedBytesAreThoseOfDenseLittleEndianTensors() throws IOException {
        FileBytes bytes = FileBytes.of(new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8});
        StridedTensor tensor = new StridedTensor(Shape.of(2, 2), DType.I16, bytes, ByteOrder.LITTLE_ENDIAN, 1,
                new long[] {2, 1});
        ByteBuffer into = ByteBuffer.allocate(4);
        assertTrue(tensor.readStored(DType.I16, 1, into));
        assertArrayEquals(new byte[] {3, 4, 5, 6}, into.array());
        assertFalse(tensor.readStored(DType.F16, 1, ByteBuffer.allocate(4)));
        assertFalse(new StridedTensor(Shape.of(2, 2), DType.I16, bytes, ByteOrder.LITTLE_ENDIAN, 1, new long[] {1, 2})
                .readStored(DType.I16, 1, ByteBuffer.allocate(4)));
        assertFalse(new StridedTensor(Shape.of(2, 2), DType.I16, bytes, ByteOrder.BIG_ENDIAN, 1, new long[] {2, 1})
                .readStored(DType.I16, 1, ByteBuffer.allocate(4)));
    }
}
