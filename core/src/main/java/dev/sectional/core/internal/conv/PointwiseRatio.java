package dev.sectional.core.internal.conv;

import dev.sectional.core.Shape;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/**
 * Relevance through a 1x1 convolution in proportion to its products, {@code x conv^T(s, w)} with
 * {@code s = scale r / (conv(x, w) + b + e)}. Positions are processed in blocks, so that products and ratios never
 * leave the cache. Where the weights of positive and negative inputs differ, {@code max(x, 0)} and {@code min(x, 0)}
 * count as inputs of their own, side by side.
 *
 * @param x the positions that windows read
 * @param w {@code (C, O)}, and {@code transposed} its transpose; {@code (2 C, O)} if the weights differ by the sign of
 *     the input, those of positive ones first
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
        int rows = GemmTasks.evenRows(x.positions(), Math.min(ROWS, VALUES / w.columns()), execution.kernels().mr());
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
        int depth = w.depth();
        boolean bySign = depth > channels;
        float[] inputs = bySign ? signs(first, count) : x.values();
        int start = bySign ? 0 : first * channels;
        float[] z = execution.acquire(Shape.of(count, outputs).size());
        Gemm.multiplyRows(execution, inputs, start, count, w, z);
        int some = Math.max(1, SUMMED / outputs);
        for (int row = 0; row < count; row += some) {
            execution.stabilisedRatio(r, (first + row) * outputs, z, bias, scale, epsilon, z, row * outputs,
                    Math.min(some, count - row), outputs, absorbed);
        }
        float[] c = execution.acquire(Shape.of(count, depth).size());
        Gemm.multiplyRows(execution, z, 0, count, transposed, c);
        execution.release(z);
        execution.multiply(inputs, start, c, 0, c.length);
        for (int row = 0; bySign && row < count; row++) {
            execution.add(c, row * depth + channels, c, row * depth, channels);
            System.arraycopy(c, row * depth, shares, (first + row) * channels, channels);
        }
        if (bySign) {
            execution.release(inputs);
        } else {
            System.arraycopy(c, 0, shares, start, c.length);
        }
        execution.release(c);
    }

    /** Returns {@code max(x, 0)} and {@code min(x, 0)} of each position side by side. */
    private float[] signs(int first, int count) {
        int channels = x.channels();
        float[] both = execution.acquire(2 * count * channels);
        for (int row = 0; row < count; row++) {
            int from = (first + row) * channels;
            execution.combineWithAbs(0.5f, 0.5f, x.values(), from, both, 2 * row * channels, channels);
            execution.combineWithAbs(0.5f, -0.5f, x.values(), from, both, (2 * row + 1) * channels, channels);
        }
        return both;
    }
}
