package dev.sectional.core.internal.conv;

import dev.sectional.core.Shape;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/**
 * Relevance through a 1x1 convolution in proportion to its products, {@code x conv^T(s, w)} with
 * {@code s = scale r / (conv(x, w) + b + e)}. Positions are processed in blocks, so that products and ratios never
 * leave the cache.
 *
 * @param x the positions that windows read
 * @param w {@code (C, O)}, and {@code transposed} its transpose
 * @param bias null for none
 * @param epsilon size of e, which has the sign of the sum that it joins
 */
public record PointwiseRatio(Execution execution, PointwiseInput x, PackedMatrix w, PackedMatrix transposed,
                             float[] bias, float scale, float epsilon) {
    /** Positions below which the maps stay in the cache anyway, and blocks would read the weights more often. */
    private static final int LEAST_POSITIONS = 400;
    /** Greatest number of positions of a block. */
    private static final int ROWS = 120;
    /** Products whose absorbed relevance is added up in float32, before float64. */
    private static final int SUMMED = 1 << 11;
    /** Products of one block, which stay in the second-level cache with the weights. */
    private static final int VALUES = 1 << 16;

    /** Returns whether blocks pay. */
    public static boolean pays(int positions) {
        return positions >= LEAST_POSITIONS;
    }

    /**
     * Writes the shares.
     *
     * @param r {@code (positions, O)}
     * @param shares receives {@code (positions, C)}
     * @return what the bias, the stabiliser and dead positions absorb
     */
    public double[] shares(float[] r, float[] shares) {
        int mr = execution.kernels().mr();
        int rows = Math.max(1, Math.min(ROWS, VALUES / w.columns()) / mr) * mr;
        double[][] absorbed = new double[(x.positions() + rows - 1) / rows][3];
        execution.workers().run(absorbed.length, task -> {
            int first = task * rows;
            block(first, Math.min(rows, x.positions() - first), r, shares, absorbed[task]);
        });
        double[] all = new double[3];
        for (double[] each : absorbed) {
            Arrays.setAll(all, i -> all[i] + each[i]);
        }
        return all;
    }

    private void block(int first, int count, float[] r, float[] shares, double[] absorbed) {
        int outputs = w.columns();
        int channels = x.channels();
        float[] z = execution.acquire(Shape.of(count, outputs).size());
        Gemm.multiplyRows(execution, x.values(), first * channels, count, w, z);
        int some = Math.max(1, SUMMED / outputs);
        for (int row = 0; row < count; row += some) {
            execution.stabilisedRatio(r, (first + row) * outputs, z, bias, scale, epsilon, z, row * outputs,
                    Math.min(some, count - row), outputs, absorbed);
        }
        float[] c = execution.acquire(Shape.of(count, channels).size());
        Gemm.multiplyRows(execution, z, 0, count, transposed, c);
        execution.release(z);
        execution.multiply(x.values(), first * channels, c, 0, c.length);
        System.arraycopy(c, 0, shares, first * channels, c.length);
        execution.release(c);
    }
}
