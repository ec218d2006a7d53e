package dev.sectional.core.internal.kernel;

/**
 * The part of {@link Kernels} for depthwise convolutions: each channel has filters of its own, so neighbouring channels
 * fill a vector and no element is gathered. The rules of {@link Kernels} for sums, special values and aliasing hold.
 */
public interface DepthwiseKernels {
    /**
     * Computes neighbouring positions of a row of outputs, for {@code p < positions} and {@code c < count}:
     * {@code y[yStart + p * yStep + c] = sum over kernel rows i, columns j and repeats k of
     * x[xStart + p * steps.position + i * steps.row + j * steps.column + k * steps.repeat + c]
     * * w[wStart + i * steps.filterRow + j * steps.filterColumn + k * steps.filterRepeat + c]}, added in this order.
     *
     * @param steps distances; {@code rows}, {@code columns} and {@code steps.repeats} are at least 0
     * @param y receives the sums; none of the other arrays
     */
    default void depthwise(float[] x, int xStart, float[] w, int wStart, DepthwiseSteps steps, int rows, int columns,
                           float[] y, int yStart, int yStep, int positions, int count) {
        for (int p = 0; p < positions; p++) {
            ScalarDepthwise.position(x, xStart + p * steps.position(), w, wStart, steps, rows, columns, y,
                    yStart + p * yStep, count);
        }
    }

    /**
     * Adds the products of a row of output gradients to filter gradients, for each kernel column {@code j < columns}
     * and {@code c < count}: {@code sums[sumStart + j * sumStep + c] += sum over p < positions of
     * x[xStart + p * xStep + j * xColumn + c] * g[gStart + p * gStep + c]}, added after the sum is complete.
     */
    default void depthwiseFilterGradient(float[] x, int xStart, int xStep, int xColumn, float[] g, int gStart,
                                         int gStep, int positions, int columns, float[] sums, int sumStart,
                                         int sumStep, int count) {
        ScalarDepthwise.filterGradient(x, xStart, xStep, xColumn, g, gStart, gStep, positions, columns, sums, sumStart,
                sumStep, count);
    }
}
