package dev.sectional.core.internal.kernel;

/**
 * The part of {@link Kernels} for depthwise convolutions: each channel has filters of its own, so neighbouring channels
 * fill a vector and no element is gathered. The rules of {@link Kernels} for sums, special values and aliasing hold.
 */
public interface DepthwiseKernels {
    /**
     * Computes neighbouring positions of a row of outputs, for {@code p < positions} and {@code c < count}: with
     * {@code v = bias[c] + (sum over i of x[xStart + p * xStep + offsets.x[i] + c] * w[offsets.w[i] + c])}, added in
     * the order of the list, {@code y[yStart + p * yStep + c]} becomes {@code least} if {@code v <= least},
     * {@code greatest} if {@code v > greatest}, else v. The bias is added after the sum is complete.
     *
     * @param bias null for none
     * @param least negative infinity for no bound
     * @param greatest infinity for no bound; not below {@code least}
     * @param y receives the sums; none of the other arrays
     */
    default void depthwise(float[] x, int xStart, int xStep, float[] w, DepthwiseOffsets offsets, float[] bias,
                           float least, float greatest, float[] y, int yStart, int yStep, int positions, int count) {
        for (int p = 0; p < positions; p++) {
            ScalarDepthwise.position(x, xStart + p * xStep, w, offsets, bias, least, greatest, y, yStart + p * yStep,
                    count);
        }
    }

    /**
     * Computes the greatest element of a window, for {@code c < count}: {@code y[yStart + c]} becomes the maximum over
     * i of {@code x[xStart + offsets[i] + c]}, as {@code Math.max} takes it; negative infinity for no offset.
     */
    default void maxOfWindow(float[] x, int xStart, int[] offsets, float[] y, int yStart, int count) {
        for (int c = 0; c < count; c++) {
            float greatest = Float.NEGATIVE_INFINITY;
            for (int offset : offsets) {
                greatest = Math.max(greatest, x[xStart + offset + c]);
            }
            y[yStart + c] = greatest;
        }
    }

    /**
     * Adds values to the winners of a window of max pooling, for {@code c < count}: with
     * {@code at = start + offsets[i] + c}, {@code y[at] += values[valueStart + c]} for the first i whose {@code x[at]}
     * equals the maximum over all i, as {@code Math.max} takes it, and {@code y[at] += 0} for the others. A NaN never
     * wins.
     *
     * @param offsets in scan order, apart by at least {@code count}
     * @param y receives the values, indexed as x; none of the other arrays
     */
    default void routeToFirstMax(float[] x, int start, int[] offsets, float[] values, int valueStart, float[] y,
                                 int count) {
        for (int c = 0; c < count; c++) {
            float greatest = Float.NEGATIVE_INFINITY;
            for (int offset : offsets) {
                greatest = Math.max(greatest, x[start + offset + c]);
            }
            float rest = values[valueStart + c];
            for (int offset : offsets) {
                boolean winner = x[start + offset + c] == greatest;
                y[start + offset + c] += winner ? rest : 0f;
                rest = winner ? 0f : rest;
            }
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

    /**
     * Computes {@link #depthwise} without bias and bounds, each output with filters of its own sign: those of w where
     * {@code signs} is above 0 at the index of the output, and those that follow {@code negative} elements later
     * elsewhere.
     *
     * @param signs indexed as y
     * @param y receives the sums; none of the other arrays
     */
    default void depthwiseByOutput(float[] x, int xStart, int xStep, float[] signs, float[] w, int negative,
                                   DepthwiseOffsets offsets, float[] y, int yStart, int yStep, int positions,
                                   int count) {
        for (int p = 0; p < positions; p++) {
            ScalarDepthwise.byOutput(x, xStart + p * xStep, signs, w, negative, offsets, y, yStart + p * yStep, count);
        }
    }

    /**
     * Computes {@link #depthwise} without bias and bounds, each input with filters of its own sign: those of w for
     * inputs above 0, and those that follow {@code negative} elements later for the others.
     *
     * @param y receives the sums; none of the other arrays
     */
    default void depthwiseByInput(float[] x, int xStart, int xStep, float[] w, int negative, DepthwiseOffsets offsets,
                                  float[] y, int yStart, int yStep, int positions, int count) {
        for (int p = 0; p < positions; p++) {
            ScalarDepthwise.byInput(x, xStart + p * xStep, w, negative, offsets, y, yStart + p * yStep, count);
        }
    }

    /**
     * Computes {@link #depthwiseFilterGradient} of the two signs of g: of {@code g < 0 ? 0 : g} in {@code sums}, and
     * of {@code g < 0 ? -g : 0}, {@code negative} elements later.
     */
    default void depthwiseFilterGradients(float[] x, int xStart, int xStep, int xColumn, float[] g, int gStart,
                                          int gStep, int positions, int columns, float[] sums, int sumStart,
                                          int sumStep, int negative, int count) {
        ScalarDepthwise.filterGradients(x, xStart, xStep, xColumn, g, gStart, gStep, positions, columns, sums, sumStart,
                sumStep, negative, count);
    }
}
