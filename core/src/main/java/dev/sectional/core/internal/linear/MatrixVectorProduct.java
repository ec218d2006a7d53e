package dev.sectional.core.internal.linear;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.BufferRows;
import dev.sectional.core.internal.kernel.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Products of one matrix {@code (M, N)}, or its transpose, with vectors. The matrix may stay in a mapped file: each
 * product reads it once, from beginning to end, in place where the kernels can and through one small buffer per
 * thread elsewhere. Both ways give the same bits, which do not depend on the number of threads or on the other
 * vectors of the call. The products are memory-bound, so several vectors cost little more than one.
 */
public final class MatrixVectorProduct {
    /** Elements copied at once. Shorter reads leave gaps in which the processor does not prefetch. */
    private static final int READ_LENGTH = 1 << 13;
    /** Columns of one block: the block of the matrix stays in the first-level cache for the next vector. */
    private static final int COLUMN_BLOCK = 1 << 9;
    /** Rows read side by side in place. */
    private static final int ROW_BLOCK = BufferRows.COUNT;
    /** Rows of one task of {@link #multiply}, a multiple of {@link #ROW_BLOCK}. */
    private static final int TASK_ROWS = 4 * ROW_BLOCK;
    /**
     * Rows whose sum one task of {@link #multiplyTransposed} computes. Fixed, so that the bits do not depend on the
     * threads.
     */
    private static final int RANGE_ROWS = 256;

    private final Execution execution;
    private final Kernels kernels;
    private final TensorSource matrix;
    private final int rows;
    private final int columns;

    /**
     * @param execution resources of the engine that computes the products
     * @param matrix {@code (M, N)}
     */
    public MatrixVectorProduct(Execution execution, TensorSource matrix) {
        if (matrix.shape().rank() != 2) {
            throw new IllegalArgumentException("wanted a matrix (M, N), got shape " + matrix.shape());
        }
        this.execution = execution;
        this.kernels = execution.kernels();
        this.matrix = matrix;
        this.rows = matrix.shape().dim(0);
        this.columns = matrix.shape().dim(1);
    }

    /**
     * Computes {@code y = A x} for each x.
     *
     * @param xs vectors {@code (N)}
     * @return one new vector {@code (M)} for each x
     */
    public List<Tensor> multiply(List<Tensor> xs) {
        requireVectors(xs, columns);
        List<Tensor> ys = xs.stream().map(x -> Tensor.zeros(Shape.of(rows))).toList();
        int partialSums = kernels.partialSumCount();
        execution.workers().run((rows + TASK_ROWS - 1) / TASK_ROWS, task -> {
            int first = task * TASK_ROWS;
            int count = Math.min(TASK_ROWS, rows - first);
            float[] sums = execution.acquire(xs.size() * TASK_ROWS * partialSums);
            Arrays.fill(sums, 0f);
            if (!accumulateInPlace(first, count, xs, sums)) {
                float[] buffer = execution.acquire(READ_LENGTH);
                for (int row = 0; row < count; row++) {
                    accumulateCopied(first + row, xs, buffer, sums, row * partialSums);
                }
                execution.release(buffer);
            }
            for (int i = 0; i < ys.size(); i++) {
                for (int row = 0; row < count; row++) {
                    int sumStart = (i * TASK_ROWS + row) * partialSums;
                    ys.get(i).data()[first + row] = kernels.reducePartialSums(sums, sumStart);
                }
            }
            execution.release(sums);
        });
        return ys;
    }

    private boolean accumulateInPlace(int first, int count, List<Tensor> xs, float[] sums) {
        return count % ROW_BLOCK == 0 && kernels.readsBuffers()
                && matrix.inPlace(values -> accumulate(kernels.bufferRows(values), first, count, xs, sums));
    }

    /** Adds the products of {@code count} rows, read in place, to their partial sums. */
    private void accumulate(BufferRows values, int first, int count, List<Tensor> xs, float[] sums) {
        int[] starts = new int[ROW_BLOCK];
        for (int row = 0; row < count; row += ROW_BLOCK) {
            for (int from = 0; from < columns; from += COLUMN_BLOCK) {
                int width = Math.min(COLUMN_BLOCK, columns - from);
                for (int i = 0; i < ROW_BLOCK; i++) {
                    starts[i] = (first + row + i) * columns + from;
                }
                for (int i = 0; i < xs.size(); i++) {
                    values.accumulateDots(starts, xs.get(i).data(), from, width, sums,
                            (i * TASK_ROWS + row) * kernels.partialSumCount());
                }
            }
        }
    }

    /** Adds the products of one row, copied block by block, to its partial sums: the same bits as in place. */
    private void accumulateCopied(int row, List<Tensor> xs, float[] buffer, float[] sums, int sumStart) {
        for (int from = 0; from < columns; from += READ_LENGTH) {
            int width = Math.min(READ_LENGTH, columns - from);
            matrix.read(row * columns + from, buffer, 0, width);
            for (int i = 0; i < xs.size(); i++) {
                kernels.accumulateDot(buffer, 0, xs.get(i).data(), from, width,
                        sums, sumStart + i * TASK_ROWS * kernels.partialSumCount());
            }
        }
    }

    /**
     * Computes {@code x = A^T s} for each s. Each task sums a range of rows, in their order, and the sums of the
     * ranges are added in theirs, so that the matrix is read from beginning to end. Rows that every s multiplies by 0
     * are not read.
     *
     * @param ss vectors {@code (M)}
     * @return one new vector {@code (N)} for each s
     */
    public List<Tensor> multiplyTransposed(List<Tensor> ss) {
        requireVectors(ss, rows);
        int ranges = (rows + RANGE_ROWS - 1) / RANGE_ROWS;
        int vectors = ss.size();
        float[][] sums = new float[ranges * vectors][];
        Arrays.setAll(sums, i -> execution.acquire(columns));
        execution.workers().run(ranges, range -> {
            float[][] own = Arrays.copyOfRange(sums, range * vectors, (range + 1) * vectors);
            for (float[] sum : own) {
                Arrays.fill(sum, 0f);
            }
            int end = Math.min(rows, (range + 1) * RANGE_ROWS);
            addRows(ss, IntStream.range(range * RANGE_ROWS, end).filter(row -> anyNonzero(ss, row)).toArray(), own);
        });
        List<Tensor> xs = new ArrayList<>();
        for (int i = 0; i < vectors; i++) {
            Tensor x = Tensor.zeros(Shape.of(columns));
            for (int range = 0; range < ranges; range++) {
                kernels.add(sums[range * vectors + i], 0, x.data(), 0, columns);
                execution.release(sums[range * vectors + i]);
            }
            xs.add(x);
        }
        return xs;
    }

    /** A loop, since a stream for each row would be a third of the memory that an explanation allocates. */
    private static boolean anyNonzero(List<Tensor> ss, int row) {
        for (int i = 0; i < ss.size(); i++) {
            if (ss.get(i).data()[row] != 0) {
                return true;
            }
        }
        return false;
    }

    /** Adds the given rows, each times its elements of the vectors, to the vectors' sums. */
    private void addRows(List<Tensor> ss, int[] wanted, float[][] sums) {
        int whole = wanted.length - wanted.length % ROW_BLOCK;
        boolean added = whole > 0 && kernels.readsBuffers()
                && matrix.inPlace(values -> addRows(ss, kernels.bufferRows(values), wanted, whole, sums));
        float[] buffer = execution.acquire(READ_LENGTH);
        for (int next = added ? whole : 0; next < wanted.length; next++) {
            for (int from = 0; from < columns; from += READ_LENGTH) {
                int width = Math.min(READ_LENGTH, columns - from);
                matrix.read(wanted[next] * columns + from, buffer, 0, width);
                for (int i = 0; i < sums.length; i++) {
                    kernels.addScaled(ss.get(i).data()[wanted[next]], buffer, 0, sums[i], from, width);
                }
            }
        }
        execution.release(buffer);
    }

    /** Adds the first {@code count} of the given rows, read in place. */
    private void addRows(List<Tensor> ss, BufferRows values, int[] wanted, int count, float[][] sums) {
        float[] scales = new float[ROW_BLOCK];
        int[] starts = new int[ROW_BLOCK];
        for (int next = 0; next < count; next += ROW_BLOCK) {
            for (int from = 0; from < columns; from += COLUMN_BLOCK) {
                for (int i = 0; i < sums.length; i++) {
                    for (int row = 0; row < ROW_BLOCK; row++) {
                        scales[row] = ss.get(i).data()[wanted[next + row]];
                        starts[row] = wanted[next + row] * columns + from;
                    }
                    values.addScaled(scales, starts, sums[i], from, Math.min(COLUMN_BLOCK, columns - from));
                }
            }
        }
    }

    /**
     * Computes {@code A^T s} with {@code s = scale r / (A x + bias + e)}, as {@link Kernels#stabilisedRatio} divides. A
     * row is read from memory once for both products, and not at all where r is 0. The bits are those of
     * {@link #multiply} and {@link #multiplyTransposed}.
     *
     * @param x vector {@code (N)}
     * @param r one value per row
     * @param bias one value per row; null for none
     * @param products receives A x of the rows where r is not 0; it is 0 elsewhere
     * @return a new vector {@code (N)}
     */
    public Tensor multiplyByRatios(Tensor x, float[] r, float[] bias, float scale, float epsilon, float[] products) {
        requireVectors(List.of(x), columns);
        Ratios ratios = new Ratios(r, bias, scale, epsilon, products);
        float[][] sums = new float[(rows + RANGE_ROWS - 1) / RANGE_ROWS][];
        Arrays.setAll(sums, range -> execution.acquire(columns));
        execution.workers().run(sums.length, range -> {
            Arrays.fill(sums[range], 0f);
            int end = Math.min(rows, (range + 1) * RANGE_ROWS);
            int[] wanted = IntStream.range(range * RANGE_ROWS, end).filter(row -> r[row] != 0).toArray();
            addByRatios(x.data(), wanted, ratios, sums[range]);
        });
        Tensor all = Tensor.zeros(Shape.of(columns));
        for (int range = 0; range < sums.length; range++) {
            kernels.add(sums[range], 0, all.data(), 0, columns);
            execution.release(sums[range]);
        }
        return all;
    }

    /** The relevance that rows divide by their products, and where these go. */
    private record Ratios(float[] r, float[] bias, float scale, float epsilon, float[] products) {
        /** Replaces the products of {@code count} wanted rows by their ratios, and keeps the products. */
        void divide(Kernels kernels, int[] wanted, int next, int count, float[] z) {
            float[] own = new float[count];
            float[] biases = bias == null ? null : new float[count];
            for (int i = 0; i < count; i++) {
                own[i] = r[wanted[next + i]];
                products[wanted[next + i]] = z[i];
                if (bias != null) {
                    biases[i] = bias[wanted[next + i]];
                }
            }
            kernels.stabilisedRatio(own, 0, z, biases, scale, epsilon, z, 0, 1, count, new double[3]);
        }
    }

    /** Adds the wanted rows, each times its ratio, to {@code sum}. */
    private void addByRatios(float[] x, int[] wanted, Ratios ratios, float[] sum) {
        int whole = wanted.length - wanted.length % ROW_BLOCK;
        boolean added = whole > 0 && kernels.readsBuffers() && matrix.inPlace(values ->
                addByRatios(kernels.bufferRows(values), x, wanted, whole, ratios, sum));
        float[] row = execution.acquire(columns);
        float[] z = execution.acquire(kernels.partialSumCount());
        for (int next = added ? whole : 0; next < wanted.length; next++) {
            Arrays.fill(z, 0f);
            for (int from = 0; from < columns; from += READ_LENGTH) {
                int width = Math.min(READ_LENGTH, columns - from);
                matrix.read(wanted[next] * columns + from, row, from, width);
                kernels.accumulateDot(row, from, x, from, width, z, 0);
            }
            z[0] = kernels.reducePartialSums(z, 0);
            ratios.divide(kernels, wanted, next, 1, z);
            kernels.addScaled(z[0], row, 0, sum, 0, columns);
        }
        execution.release(z);
        execution.release(row);
    }

    /** Does so for the first {@code count} rows, some at a time, which stay in the cache between both products. */
    private void addByRatios(BufferRows values, float[] x, int[] wanted, int count, Ratios ratios, float[] sum) {
        float[] partialSums = execution.acquire(ROW_BLOCK * kernels.partialSumCount());
        float[] z = new float[ROW_BLOCK];
        int[] starts = new int[ROW_BLOCK];
        for (int next = 0; next < count; next += ROW_BLOCK) {
            Arrays.fill(partialSums, 0f);
            for (int from = 0; from < columns; from += COLUMN_BLOCK) {
                setStarts(starts, wanted, next, from);
                values.accumulateDots(starts, x, from, Math.min(COLUMN_BLOCK, columns - from), partialSums, 0);
            }
            for (int i = 0; i < ROW_BLOCK; i++) {
                z[i] = kernels.reducePartialSums(partialSums, i * kernels.partialSumCount());
            }
            ratios.divide(kernels, wanted, next, ROW_BLOCK, z);
            for (int from = 0; from < columns; from += COLUMN_BLOCK) {
                setStarts(starts, wanted, next, from);
                values.addScaled(z, starts, sum, from, Math.min(COLUMN_BLOCK, columns - from));
            }
        }
        execution.release(partialSums);
    }

    private void setStarts(int[] starts, int[] wanted, int next, int from) {
        for (int i = 0; i < ROW_BLOCK; i++) {
            starts[i] = wanted[next + i] * columns + from;
        }
    }

    private static void requireVectors(List<Tensor> vectors, int length) {
        for (Tensor vector : vectors) {
            if (!vector.shape().equals(Shape.of(length))) {
                throw new IllegalArgumentException("wanted a vector of " + length + " elements, got shape "
                        + vector.shape());
            }
        }
    }
}
