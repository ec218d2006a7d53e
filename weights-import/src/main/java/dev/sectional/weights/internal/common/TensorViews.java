package dev.sectional.weights.internal.common;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tensors that are computed from others, element by element, when they are read. Large tensors can stay in their file
 * this way. All are as safe for use by several threads as the tensor they view. Equal views of one tensor are equal.
 */
public final class TensorViews {
    private TensorViews() {}

    /** Returns a tensor of one number. */
    public static TensorSource filled(Shape shape, float number) {
        return new Filled(shape, number);
    }

    /**
     * Returns a matrix with rows and columns exchanged. Reads of many rows pass through the matrix once; reads of few
     * take each element from another of its rows.
     *
     * @param mayCopy whether repeated reads of few rows may copy the matrix to the heap, once
     */
    public static TensorSource transposed(TensorSource matrix, boolean mayCopy) {
        return new Transposed(matrix, mayCopy);
    }

    /**
     * Returns a tensor in which all elements of an index of the first dimension are multiplied by that index's factor.
     */
    public static TensorSource rowsScaled(TensorSource values, float[] factors) {
        double[] exact = new double[factors.length];
        for (int i = 0; i < exact.length; i++) {
            exact[i] = factors[i];
        }
        return rowsScaled(values, exact);
    }

    /** Returns the same with factors in double precision; a product is rounded once. */
    public static TensorSource rowsScaled(TensorSource values, double[] factors) {
        return new RowsScaled(values, factors);
    }

    private record Filled(Shape shape, float number) implements TensorSource {
        @Override
        public void read(int from, float[] into, int at, int count) {
            Objects.checkFromIndexSize(from, count, shape.size());
            Arrays.fill(into, at, at + count, number);
        }
    }

    private static final class Transposed implements TensorSource {
        /** Columns that are copied side by side: a cache line of the copy is written at once. */
        private static final int BLOCK = 32;
        /** Rows from which on a read passes through the matrix. */
        private static final int MANY_ROWS = 8;

        private final Shape shape;
        private final TensorSource matrix;
        private final boolean mayCopy;
        /** Elements that were read one by one. */
        private final AtomicLong singles = new AtomicLong();
        private volatile Tensor copy;

        Transposed(TensorSource matrix, boolean mayCopy) {
            this.shape = Shape.of(matrix.shape().dim(1), matrix.shape().dim(0));
            this.matrix = matrix;
            this.mayCopy = mayCopy;
        }

        @Override
        public Shape shape() {
            return shape;
        }

        @Override
        public void read(int from, float[] into, int at, int count) {
            Objects.checkFromIndexSize(from, count, shape.size());
            int columns = shape.dim(1);
            int first = (from + columns - 1) / columns;
            int rows = (from + count) / columns - first;
            Tensor known = copy;
            if (known == null && rows < MANY_ROWS && mayCopy && singles.addAndGet(count) > shape.size() / 2) {
                known = kept();
            }
            if (known != null) {
                known.read(from, into, at, count);
            } else if (rows < MANY_ROWS) {
                readSingly(from, into, at, count);
            } else {
                int before = first * columns - from;
                int inside = rows * columns;
                readSingly(from, into, at, before);
                readRows(first, rows, into, at + before);
                readSingly(from + before + inside, into, at + before + inside, count - before - inside);
            }
        }

        private void readSingly(int from, float[] into, int at, int count) {
            int columns = shape.dim(1);
            for (int i = 0; i < count; i++) {
                int element = from + i;
                matrix.read(element % columns * shape.dim(0) + element / columns, into, at + i, 1);
            }
        }

        private void readRows(int first, int count, float[] into, int at) {
            int columns = shape.dim(1);
            float[] line = new float[count];
            for (int c = 0; c < columns; c++) {
                matrix.read(c * shape.dim(0) + first, line, 0, count);
                for (int r = 0; r < count; r++) {
                    into[at + r * columns + c] = line[r];
                }
            }
        }

        /** Returns the copy, made by the first thread that needs it. */
        private synchronized Tensor kept() {
            if (copy == null) {
                copy = copied();
            }
            return copy;
        }

        private Tensor copied() {
            int rows = shape.dim(0);
            int columns = shape.dim(1);
            float[] block = new float[Math.multiplyExact(rows, Math.min(columns, BLOCK))];
            Tensor result = Tensor.zeros(shape);
            for (int first = 0; first < columns; first += BLOCK) {
                int count = Math.min(BLOCK, columns - first);
                matrix.read(first * rows, block, 0, count * rows);
                for (int r = 0; r < rows; r++) {
                    for (int c = 0; c < count; c++) {
                        result.data()[r * columns + first + c] = block[c * rows + r];
                    }
                }
            }
            return result;
        }

        @Override
        public Tensor tensor() {
            Tensor known = copy;
            return known == null ? copied() : known;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Transposed view && matrix.equals(view.matrix);
        }

        @Override
        public int hashCode() {
            return 31 * matrix.hashCode() + 1;
        }
    }

    private record RowsScaled(TensorSource values, double[] factors) implements TensorSource {
        @Override
        public Shape shape() {
            return values.shape();
        }

        @Override
        public void read(int from, float[] into, int at, int count) {
            values.read(from, into, at, count);
            int row = shape().size() / factors.length;
            for (int i = 0; i < count; i++) {
                into[at + i] = (float) (into[at + i] * factors[(from + i) / row]);
            }
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof RowsScaled view && values.equals(view.values)
                    && Arrays.equals(factors, view.factors);
        }

        @Override
        public int hashCode() {
            return 31 * values.hashCode() + Arrays.hashCode(factors);
        }
    }
}
