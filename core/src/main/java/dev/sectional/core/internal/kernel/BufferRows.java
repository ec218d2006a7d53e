package dev.sectional.core.internal.kernel;


/**
 * Products with rows of a matrix that stays where it lies, in a buffer such as a mapped file: {@link #COUNT} of them at a time, as
 * {@link Kernels#bufferRows} gives them. Where somebody shortens the file that the buffer is mapped from, {@link InternalError} is thrown.
 */
public interface BufferRows {
    /** Rows that are read side by side. */
    int COUNT = 8;

    /**
     * {@link Kernels#accumulateDot} for rows that are {@code step} apart, the first at {@code start}.
     *
     * @param sums the running sums of all rows, one row's after the other's
     */
    void accumulateDots(int start, int step, float[] x, int xStart, int count, float[] sums, int sumStart);

    /**
     * {@code y[yStart + i] += scales[r] * a[starts[r] + i]}, row r after row, for {@code i < count}: the bits of as many calls of
     * {@link Kernels#addScaled}.
     */
    void addScaled(float[] scales, int[] starts, float[] y, int yStart, int count);
}
