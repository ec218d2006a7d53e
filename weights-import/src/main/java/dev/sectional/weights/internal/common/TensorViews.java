package dev.sectional.weights.internal.common;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.util.Arrays;
import java.util.Objects;

/** Values that are changed as they are read, so that large ones may stay in their file. */
public final class TensorViews {
    private TensorViews() {}

    /** One number everywhere. */
    public static TensorSource filled(Shape shape, float number) {
        return new Filled(shape, number);
    }

    /** The same values in the same order under another shape of the same size. */
    public static TensorSource reshaped(TensorSource values, Shape shape) {
        if (shape.size() != values.shape().size()) {
            throw new IllegalArgumentException("shape " + values.shape() + " cannot become " + shape);
        }
        return shape.equals(values.shape()) ? values : new Reshaped(shape, values);
    }

    /**
     * Rows become columns.
     *
     * @param matrix of two dimensions
     * @param copy whether to do it once, on the heap; else values that will be neighbours are read from far apart each time
     */
    public static TensorSource transposed(TensorSource matrix, boolean copy) {
        Transposed view = new Transposed(Shape.of(matrix.shape().dim(1), matrix.shape().dim(0)), matrix);
        return copy ? view.copied() : view;
    }

    /** Every value times the factor of its row: of what follows one index of the first dimension. */
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

    private record Reshaped(Shape shape, TensorSource values) implements TensorSource {
        @Override
        public void read(int from, float[] into, int at, int count) {
            values.read(from, into, at, count);
        }

        @Override
        public Tensor tensor() {
            return values.tensor().reshape(shape);
        }
    }

    private record Transposed(Shape shape, TensorSource matrix) implements TensorSource {
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
            float[] line = new float[rows];
            Tensor copy = Tensor.zeros(shape);
            for (int column = 0; column < columns; column++) {
                matrix.read(column * rows, line, 0, rows);
                for (int row = 0; row < rows; row++) {
                    copy.data()[row * columns + column] = line[row];
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
