package dev.sectional.core.internal.kernel;

/**
 * Kernels that read {@link #COUNT} rows of a matrix in a buffer, such as a mapped file, without copying them. If
 * someone shortens the mapped file, they throw an {@link InternalError}. See {@link Kernels#bufferRows}.
 */
public interface BufferRows {
    /** Rows that are read side by side. */
    int COUNT = 8;

    /**
     * Does the work of {@link Kernels#accumulateDot} for several rows, with the same bits.
     *
     * @param starts index of the first element of each row in the buffer
     * @param sums contains the partial sums of all rows from {@code sumStart} on, row after row
     */
    void accumulateDots(int[] starts, float[] x, int xStart, int count, float[] sums, int sumStart);

    /**
     * Computes {@code y[yStart + i] += scales[r] * a[starts[r] + i]} for {@code i < count} and row after row r,
     * with the bits of as many calls of {@link Kernels#addScaled}.
     */
    void addScaled(float[] scales, int[] starts, float[] y, int yStart, int count);
}
