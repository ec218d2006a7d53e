package dev.sectional.core.internal.conv;

import dev.sectional.core.Shape;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.SparseKernels;
import java.util.Arrays;

/**
 * The nonzeros of a matrix {@code q (P, O)} in compressed sparse rows (CSR), with products in which positive and
 * negative values may be separate. Rows hold pairs of an index and a value, as {@link SparseKernels} read them. If
 * half of q is 0 and a quarter has each sign, products take a quarter of the multiply-adds of dense products with
 * {@code max(q, 0)} and {@code max(-q, 0)}.
 *
 * <p>A CSR row is one column of q and one sign ({@link #ofColumns}) or one row of q ({@link #ofRows}). Rows are
 * divided at every 128 indices into chunks, so that the rows of the dense factor which a chunk refers to stay in the
 * cache while other rows use them.
 *
 * <p>Holds pooled memory until {@link #release}.
 */
public final class SignSplitCsr {
    /** Indices of one chunk. */
    private static final int CHUNK_INDICES = 128;
    /** Columns of q gathered together: the values of a row that share a cache line. */
    private static final int COLUMN_BLOCK = 16;
    /** Vectors of a row of the dense factor multiplied at once. */
    private static final int VECTORS = 8;
    /** CSR rows of one task. */
    private static final int TASK_ROWS = 64;

    private final Execution execution;
    private final int csrRows;
    /** Chunks of each CSR row. */
    private final int chunks;
    /** Room of one CSR row in {@link #pairs}. */
    private final int room;
    private final float[] pairs;
    /** Index of the first pair of each chunk of each CSR row, as the bits of an int, and the end of each CSR row. */
    private final float[] bounds;

    private SignSplitCsr(Execution execution, int csrRows, int maxNonzeros, int indices) {
        this.execution = execution;
        this.csrRows = csrRows;
        chunks = (indices + CHUNK_INDICES - 1) / CHUNK_INDICES;
        room = 2 * maxNonzeros;
        pairs = execution.acquire(Shape.of(csrRows, room).size());
        bounds = execution.acquire(csrRows * (chunks + 1));
    }

    /**
     * Returns a matrix of two CSR rows for each column o of q: row {@code 2 o} holds the positive values, row
     * {@code 2 o + 1} the absolute values of the negative ones. Indices are rows of q.
     *
     * @param q {@code (rows, columns)}, row-major
     */
    public static SignSplitCsr ofColumns(Execution execution, float[] q, int rows, int columns) {
        SignSplitCsr csr = new SignSplitCsr(execution, 2 * columns, rows, rows);
        execution.workers().run((columns + COLUMN_BLOCK - 1) / COLUMN_BLOCK, task ->
                csr.gatherColumns(q, rows, columns, task * COLUMN_BLOCK, Math.min(columns, (task + 1) * COLUMN_BLOCK)));
        return csr;
    }

    /**
     * Returns a matrix of one CSR row for each row of q. Indices are columns of q, or with separate signs twice the
     * column, plus 1 for a negative value.
     *
     * @param q {@code (rows, columns)}, row-major
     * @param separateSigns whether indices tell the signs apart
     */
    public static SignSplitCsr ofRows(Execution execution, float[] q, int rows, int columns, boolean separateSigns) {
        int signs = separateSigns ? 2 : 1;
        SignSplitCsr csr = new SignSplitCsr(execution, rows, columns, signs * columns);
        execution.workers().run(rows, row -> csr.gatherRow(q, row, columns, signs));
        return csr;
    }

    /**
     * Gathers without branches: every value is written to the ends of both CSR rows, and only the end of its sign
     * moves.
     */
    private void gatherColumns(float[] q, int rows, int columns, int first, int end) {
        int[] ends = new int[2 * COLUMN_BLOCK];
        Arrays.setAll(ends, i -> (2 * first + i) * room);
        for (int row = 0; row < rows; row++) {
            if (row % CHUNK_INDICES == 0) {
                startChunk(2 * first, 2 * end, row / CHUNK_INDICES, ends);
            }
            float index = Float.intBitsToFloat(row);
            for (int i = 0; i < end - first; i++) {
                float value = q[row * columns + first + i];
                int positive = ends[2 * i];
                int negative = ends[2 * i + 1];
                pairs[positive] = index;
                pairs[positive + 1] = value;
                pairs[negative] = index;
                pairs[negative + 1] = -value;
                ends[2 * i] = positive + (value <= 0 ? 0 : 2);   // NaN counts as positive
                ends[2 * i + 1] = negative + (value < 0 ? 2 : 0);
            }
        }
        startChunk(2 * first, 2 * end, chunks, ends);
    }

    private void startChunk(int firstRow, int endRow, int chunk, int[] ends) {
        for (int row = firstRow; row < endRow; row++) {
            bounds[row * (chunks + 1) + chunk] = Float.intBitsToFloat(ends[row - firstRow]);
        }
    }

    private void gatherRow(float[] q, int row, int columns, int signs) {
        int next = row * room;
        int bound = row * (chunks + 1);
        for (int column = 0; column < columns; column++) {
            if (column * signs % CHUNK_INDICES == 0) {
                bounds[bound++] = Float.intBitsToFloat(next);
            }
            float value = q[row * columns + column];
            pairs[next] = Float.intBitsToFloat(column * signs + (value < 0 ? signs - 1 : 0));
            pairs[next + 1] = value;
            next += value != 0 ? 2 : 0;
        }
        bounds[bound] = Float.intBitsToFloat(next);
    }

    private int from(int row, int chunk) {
        return Float.floatToRawIntBits(bounds[row * (chunks + 1) + chunk]);
    }

    /**
     * Writes the product with a dense matrix: {@code y[row, j] = sum over the nonzeros of the CSR row of value *
     * b[index, j]}.
     *
     * @param b row-major, {@code width} columns
     * @param y receives {@code width} elements for each CSR row
     */
    public void multiply(float[] b, int width, float[] y) {
        multiply(b, width, y, false);
    }

    /**
     * Writes a product that is known to be symmetric, as of {@link #ofRows} with the columns of the same matrix. Only
     * the elements on and above the diagonal are computed; the others are copied.
     *
     * @param b row-major, one column for each CSR row
     * @param y receives the square product, row-major
     */
    public void multiplySymmetric(float[] b, float[] y) {
        multiply(b, csrRows, y, true);
        execution.workers().run((csrRows + COLUMN_BLOCK - 1) / COLUMN_BLOCK, task -> {
            int first = task * COLUMN_BLOCK;
            int end = Math.min(csrRows, first + COLUMN_BLOCK);
            for (int column = 0; column < end; column++) {
                for (int row = Math.max(first, column + 1); row < end; row++) {
                    y[row * csrRows + column] = y[column * csrRows + row];
                }
            }
        });
    }

    private void multiply(float[] b, int width, float[] y, boolean upper) {
        int lanes = execution.kernels().lanes();
        int whole = width / lanes * lanes;
        int segment = VECTORS * lanes;
        int segments = (whole + segment - 1) / segment;
        int rowTasks = (csrRows + TASK_ROWS - 1) / TASK_ROWS;
        execution.workers().run(segments * rowTasks, task -> {
            int start = task / rowTasks * segment;
            int end = Math.min(whole, start + segment);
            int first = task % rowTasks * TASK_ROWS;
            if (!upper || first < end) {
                multiply(b, start, width, y, end - start, first, Math.min(csrRows, first + TASK_ROWS));
            }
        });
        if (whole < width) {   // one more vector, which overlaps the previous one
            int start = Math.max(0, width - lanes);
            execution.workers().run(csrRows, row ->
                    execution.kernels().csrRowTimesDense(pairs, from(row, 0), from(row, chunks),
                            b, start, width, y, row * width + start, width - start, false));
        }
    }

    private void multiply(float[] b, int start, int width, float[] y, int count, int first, int end) {
        for (int chunk = 0; chunk < chunks; chunk++) {
            for (int row = first; row < end; row++) {
                execution.kernels().csrRowTimesDense(pairs, from(row, chunk), from(row, chunk + 1),
                        b, start, width, y, row * width + start, count, chunk > 0);
            }
        }
    }

    /**
     * Divides every value of a matrix from {@link #ofColumns} by the element of z at its CSR row and index, and
     * replaces z by the ratios. Elements of z without a value become 0.
     *
     * @param z {@code width} elements for each CSR row; receives the ratios
     * @return the sum of the values of q where z is 0, whose ratio is 0
     */
    public double divide(float[] z, int width) {
        double[] dead = new double[(csrRows + TASK_ROWS - 1) / TASK_ROWS];
        execution.workers().run(dead.length, task -> {
            for (int row = task * TASK_ROWS; row < Math.min(csrRows, (task + 1) * TASK_ROWS); row++) {
                double sum = divide(row, z, row * width, width);
                dead[task] += row % 2 == 0 ? sum : -sum;
            }
        });
        return Arrays.stream(dead).sum();
    }

    private double divide(int row, float[] z, int start, int width) {
        int end = from(row, chunks);
        double dead = 0;
        for (int i = from(row, 0); i < end; i += 2) {
            float divisor = z[start + Float.floatToRawIntBits(pairs[i])];
            dead += divisor == 0 ? pairs[i + 1] : 0;
            pairs[i + 1] = divisor != 0 ? pairs[i + 1] / divisor : 0f;
        }
        Arrays.fill(z, start, start + width, 0f);
        for (int i = from(row, 0); i < end; i += 2) {
            z[start + Float.floatToRawIntBits(pairs[i])] = pairs[i + 1];
        }
        return dead;
    }

    /** Releases the memory to the engine's pool. Nobody may use the matrix afterwards. */
    public void release() {
        execution.release(pairs);
        execution.release(bounds);
    }
}
