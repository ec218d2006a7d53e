package dev.sectional.nn.rule.rsp;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.PackedMatrix;
import dev.sectional.core.internal.conv.SignSplitFilterGradient;
import dev.sectional.core.internal.conv.Winograd;
import dev.sectional.core.internal.conv.WinogradInput;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;
import java.util.List;

/**
 * RSP's rule with all of its products by Winograd's minimal filtering, both signs together. For 3x3 kernels with stride
 * and dilation 1.
 *
 * <p>Winograd's rounding error is relative to the greatest values of a tile, so z at a position far weaker than its
 * neighbours could be wrong, or below 0. A lower bound corrects it: every q adds its own window, so
 * {@code z[o,p] >= q[o,p] * sum over the window of x^2}, and z is 0 exactly where that sum is.
 */
final class WinogradRelevance implements RspAlgorithm {
    /** Keeps the computed bound below the exact one, by more than the rounding error of the bound. */
    private static final float BELOW = 1 - 1e-5f;
    private static final int KERNEL = 3;

    private final Execution execution;
    private final ConvolutionGeometry geometry;
    private final Tensor x;
    /** Lower bound of {@code z / |q|} at each output position. */
    private final float[] floor;

    /** @param x {@code (H, W, C)}, at least 0 */
    WinogradRelevance(Execution execution, ConvolutionGeometry geometry, Tensor x) {
        this.execution = execution;
        this.geometry = geometry;
        this.x = x;
        this.floor = windowSumsOfSquares();
    }

    @Override
    public RelevanceShares shares(Tensor r) {
        SignSplitFilterGradient filters = SignSplitFilterGradient.of(execution, geometry, x, r);
        Tensor z = Winograd.forward(execution, geometry, x, filters.packed(), null, false);
        Tensor s = execution.tensor(r.shape());
        double dead = divide(r, z, filters.negativeStart(), s);
        execution.release(z);
        PackedMatrix rotatedFilters = filters.rotatedFilters();
        List<WinogradInput> parts = List.of(WinogradInput.positivePart(s), WinogradInput.negativePart(s));
        Tensor values = Winograd.inputGradient(execution, geometry, parts, rotatedFilters, x.shape());
        rotatedFilters.release(execution);
        filters.packed().release(execution);
        execution.release(s);
        return new RelevanceShares(values, dead);
    }

    @Override
    public void close() {
        execution.release(floor);
    }

    /**
     * Computes {@code s = r / z}, with z of the sign of r.
     *
     * @param negativeStart channel of z at which the outputs for negative relevance begin
     * @return the sum of r at dead positions
     */
    private double divide(Tensor r, Tensor z, int negativeStart, Tensor s) {
        int outputs = r.shape().dim(2);
        int columns = z.shape().dim(2);
        int width = r.shape().dim(1);
        return ChunkedReduction.sumOfTasks(execution, r.shape().dim(0), row -> {
            double dead = 0;
            for (int position = row * width; position < (row + 1) * width; position++) {
                if (floor[position] > 0) {
                    execution.ratioBySign(r.data(), position * outputs, z.data(), position * columns, z.data(),
                            position * columns + negativeStart, floor[position], s.data(), position * outputs, outputs);
                    continue;
                }
                for (int i = position * outputs; i < (position + 1) * outputs; i++) {
                    dead += r.data()[i];
                    s.data()[i] = 0f;
                }
            }
            return dead;
        });
    }

    /** Returns for each output position the sum of {@code x^2} over its window. */
    private float[] windowSumsOfSquares() {
        int height = x.shape().dim(0);
        int width = x.shape().dim(1);
        float[] squares = squares(height, width);
        int rows = geometry.rows().count(height);
        int columns = geometry.columns().count(width);
        float[] sums = execution.acquire(rows * columns);
        Arrays.fill(sums, 0f);
        for (int i = 0; i < sums.length; i++) {
            int top = i / columns - geometry.rows().before();
            int left = i % columns - geometry.columns().before();
            for (int v = Math.max(0, top); v < Math.min(height, top + KERNEL); v++) {
                for (int u = Math.max(0, left); u < Math.min(width, left + KERNEL); u++) {
                    sums[i] += squares[v * width + u];
                }
            }
            sums[i] *= BELOW;
        }
        execution.release(squares);
        return sums;
    }

    /** Returns for each input position the sum of {@code x^2} over the channels. */
    private float[] squares(int height, int width) {
        int channels = x.shape().dim(2);
        float[] squares = execution.acquire(height * width);
        execution.workers().run(height, row -> {
            for (int position = row * width; position < (row + 1) * width; position++) {
                squares[position] = execution.dot(x.data(), position * channels, x.data(), position * channels,
                        channels);
            }
        });
        return squares;
    }
}
