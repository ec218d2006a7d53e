package dev.sectional.weights.internal.common;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TensorViewsTest {
    private static final int ROWS = 37;
    private static final int COLUMNS = 50;

    /** A matrix that counts the elements read of it. */
    private record Counted(TensorSource matrix, AtomicLong elements) implements TensorSource {
        static Counted numbered() {
            float[] values = new float[ROWS * COLUMNS];
            for (int i = 0; i < values.length; i++) {
                values[i] = i;
            }
            return new Counted(Tensor.of(Shape.of(ROWS, COLUMNS), values), new AtomicLong());
        }

        @Override
        public Shape shape() {
            return matrix.shape();
        }

        @Override
        public void read(int from, float[] into, int at, int count) {
            elements.addAndGet(count);
            matrix.read(from, into, at, count);
        }
    }

    private static float[] expected() {
        float[] expected = new float[ROWS * COLUMNS];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = i % ROWS * COLUMNS + i / ROWS;
        }
        return expected;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTransposedMatrixReadsAnyRangeOnceAndAgain(boolean mayCopy) {
        TensorSource view = TensorViews.transposed(Counted.numbered(), mayCopy);
        assertEquals(Shape.of(COLUMNS, ROWS), view.shape());
        for (int from = 0; from < ROWS * COLUMNS; from += 61) {
            for (int count : new int[] {0, 1, 5, ROWS, 8 * ROWS, 13 * ROWS + 4, ROWS * COLUMNS - from}) {
                int length = Math.min(count, ROWS * COLUMNS - from);
                float[] read = new float[length + 2];
                view.read(from, read, 1, length);
                float[] wanted = new float[length + 2];
                System.arraycopy(expected(), from, wanted, 1, length);
                assertArrayEquals(wanted, read, "from " + from + ", " + length + " elements");
            }
        }
        assertArrayEquals(expected(), view.tensor().data());
        assertThrows(IndexOutOfBoundsException.class, () -> view.read(ROWS * COLUMNS, new float[1], 0, 1));
    }

    @Test
    void readsOfManyRowsPassThroughTheMatrixWithoutACopy() {
        Counted matrix = Counted.numbered();
        TensorSource view = TensorViews.transposed(matrix, true);
        for (int pass = 1; pass <= 3; pass++) {
            float[] read = new float[ROWS * COLUMNS];
            for (int row = 0; row < COLUMNS; row += 10) {
                view.read(row * ROWS, read, row * ROWS, 10 * ROWS);
            }
            assertArrayEquals(expected(), read);
            assertEquals((long) pass * ROWS * COLUMNS, matrix.elements().get());
        }
    }

    @Test
    void repeatedReadsOfSingleRowsCopyTheMatrixOnceForAllThreads() {
        Counted matrix = Counted.numbered();
        TensorSource view = TensorViews.transposed(matrix, true);
        boolean right = IntStream.range(0, 40 * COLUMNS).parallel().allMatch(i -> {
            float[] row = new float[ROWS];
            view.read(i % COLUMNS * ROWS, row, 0, ROWS);
            int first = i % COLUMNS * ROWS;
            return Arrays.equals(row, Arrays.copyOfRange(expected(), first, first + ROWS));
        });
        assertTrue(right);
        long read = matrix.elements().get();
        assertTrue(read <= 2L * ROWS * COLUMNS, () -> "the matrix was read for " + read + " elements");
        view.read(0, new float[ROWS], 0, ROWS);
        assertEquals(read, matrix.elements().get());
    }

    @Test
    void withoutACopyEveryReadGoesToTheMatrix() {
        Counted matrix = Counted.numbered();
        TensorSource view = TensorViews.transposed(matrix, false);
        for (int i = 0; i < 3 * COLUMNS; i++) {
            view.read(i % COLUMNS * ROWS, new float[ROWS], 0, ROWS);
        }
        assertEquals(3L * ROWS * COLUMNS, matrix.elements().get());
    }
}
