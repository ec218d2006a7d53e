package dev.sectional.weights.internal.common;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.util.Arrays;
import java.util.Objects;

/**
 * Tensors that are computed from others, element by element, when they are read. Large tensors can stay in their file
 * this way. All are as safe for use by several threads as the tensor they view.
 */
public final class TensorViews {
    private TensorViews() {}

    /** Returns a tensor of one number. */
    public static TensorSource filled(Shape shape, float number) {
        return new Filled(shape, number);
    }

    /**
     * Returns a matrix with rows and columns exchanged.
     *
     * @param copy whether to transpose once, to the heap; a view reads neighbours far apart, each time
     */
    public static TensorSource transposed(TensorSource matrix, boolean copy) {
        Transposed view = new Transposed(Shape.of(matrix.shape().dim(1), matrix.shape().dim(0)), matrix);
        return copy ? view.copied() : view;
    }

    /**
     * Returns a tensor in which all elements of an index of the first dimension are multiplied by that index's factor.
     */
    public static TensorSource rowsScaled(TensorSource values, float[] factors) {
        return new RowsScaled(values, factors);
    }

    private record Filled(Shape shape, float number) implements TensorSource {
        @Override
        public void read(int from, float[] into, int at, int count) {
            Objects.checkFromIndexSize(from, count, shape.size());
            Arrays.fill(into, at, at + count, number);
        }
    }

    private record Transposed(Shape shape, TensorSource matrix) implements TensorSource {
        /** Columns that are copied side by side: a cache line of the copy is written at once. */
        private static final int BLOCK = 32;

        @Override
        public void read(int from, float[] into, int at, int count) {
            Objects.checkFromIndexSize(from, count, shape.size());
            int columns = shape.dim(1);
            for (int i = 0; i < count; i++) {
                int element = from + i;
                matrix.read(element % columns * shape.dim(0) + element / columns, into, at + i, 1);
            }
        }

        Tensor copied() {
            int rows = shape.dim(0);
            int columns = shape.dim(1);
            float[] block = new float[Math.multiplyExact(rows, Math.min(columns, BLOCK))];
            Tensor copy = Tensor.zeros(shape);
            for (int first = 0; first < columns; first += BLOCK) {
                int count = Math.min(BLOCK, columns - first);
                matrix.read(first * rows, block, 0, count * rows);
                for (int r = 0; r < rows; r++) {
                    for (int c = 0; c < count; c++) {
                        copy.data()[r * columns + first + c] = block[c * rows + r];
                    }
                }
            }
            return copy;
        }

        @Override
        public Tensor tensor() {
            return copied();
        }
    }

    private record RowsScaled(TensorSource values, float[] factors) implements TensorSource {
        @Override
        public Shape shape() {
            return values.shape();
        }

        @Override
        public void read(int from, float[] into, int at, int count) {
            values.read(from, into, at, count);
            int row = shape().size() / factors.length;
            for (int i = 0; i < count; i++) {
                into[at + i] *= factors[(from + i) / row];
            }
        }
    }
}
