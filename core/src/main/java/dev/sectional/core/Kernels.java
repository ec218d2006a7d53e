package dev.sectional.core;

/**
 * The innermost loops, over plain arrays and offsets. A kernel trusts its arguments: the public operations
 * ({@link MatrixProduct}, {@link Convolution}, {@link Pooling}) check them. The order of every sum is fixed, so a
 * provider gives the same bits for the same values wherever they lie and whoever calls.
 */
public interface Kernels {
    /** What this is, for a log: {@code simd, 256-bit vectors}. */
    String description();

    /** Rows of a tile of the matrix product. */
    int tileRows();

    /** Columns of a tile of the matrix product; panels of the right-hand matrix are this wide. */
    int tileColumns();

    /**
     * One tile of a matrix product: {@code c[i][j] = sum over k of a[rows[i] + k] * b[k][j]}, for all
     * {@link #tileRows()} rows and {@link #tileColumns()} columns.
     *
     * @param a left-hand values; row {@code i} of the tile starts at {@code rows[firstRow + i] + shift}
     * @param b a panel: {@code depth} rows of {@link #tileColumns()} values, the first at {@code bStart}
     * @param c receives the tile, row {@code i} at {@code cStart + i * cStride}
     * @param add whether the sums are added to what {@code c} holds
     */
    void tile(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
              float[] c, int cStart, int cStride, boolean add);

    /** {@code x[i] = max(x[i], 0)} for {@code from <= i < to}. */
    default void relu(float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            x[i] = Math.max(x[i], 0f);
        }
    }

    /** {@code y[yStart + i] += x[xStart + i]} for {@code i < count}. */
    default void add(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i++) {
            y[yStart + i] += x[xStart + i];
        }
    }

    /** {@code y[yStart + i] += scale * x[xStart + i]} for {@code i < count}. */
    default void addScaled(float scale, float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i++) {
            y[yStart + i] += scale * x[xStart + i];
        }
    }

    /** {@code y[yStart + i] *= x[xStart + i]} for {@code i < count}. */
    default void multiply(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i++) {
            y[yStart + i] *= x[xStart + i];
        }
    }

    /** {@code y[yStart + i] = max(x[xStart + i], y[yStart + i])} for {@code i < count}. */
    default void max(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i++) {
            y[yStart + i] = Math.max(x[xStart + i], y[yStart + i]);
        }
    }

    /** {@code into[i] = b[i] != 0 ? a[i] / b[i] : 0} for {@code from <= i < to}; {@code into} may be either. */
    default void divide(float[] a, float[] b, float[] into, int from, int to) {
        for (int i = from; i < to; i++) {
            into[i] = b[i] != 0 ? a[i] / b[i] : 0f;
        }
    }

    /** The sum of {@code a[aStart + i] * b[bStart + i]} for {@code i < count}, in several running sums. */
    float dot(float[] a, int aStart, float[] b, int bStart, int count);
}
