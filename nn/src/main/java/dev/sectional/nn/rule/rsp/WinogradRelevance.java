package dev.sectional.nn.rule.rsp;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
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
 * The convolution rule of RSP with all of its products by Winograd's minimal filtering, both signs together.
 *
 * <p>Rounding there is relative to the greatest values of a tile, so z of a place far weaker than its neighbours could come
 * out wrong, or below 0. What is known of z holds it up: every q adds its own window, so
 * {@code z[o,p] >= q[o,p] * sum over the window of x^2}, and z is 0 exactly where that sum is.
 */
final class WinogradRelevance implements RspRule.Form {
    /** The floor stays below the exact one by more than its own rounding. */
    private static final float BELOW = 1 - 1e-5f;

    private final Engine engine;
    private final ConvolutionGeometry convolution;
    private final Tensor x;
    private final float[] floor;

    /** @param x {@code (H, W, C)}, at least 0 */
    WinogradRelevance(Engine engine, ConvolutionGeometry convolution, Tensor x) {
        this.engine = engine;
        this.convolution = convolution;
        this.x = x;
        this.floor = floor();
    }

    @Override
    public Tensor shares(Tensor r, double[] dead) {
        SignSplitFilterGradient filters = SignSplitFilterGradient.of(Execution.of(engine), convolution, x, r);
        Tensor z = Winograd.forward(Execution.of(engine), convolution, x, filters.packed(), null, false);
        Tensor s = ratios(r, z, filters.negativeStart(), dead);
        Execution.of(engine).release(z.data());
        PackedMatrix rotatedFilters = filters.rotatedFilters();
        Tensor shares = Winograd.inputGradient(Execution.of(engine), convolution, List.of(WinogradInput.positivePart(s), WinogradInput.negativePart(s)), rotatedFilters, x.shape());
        rotatedFilters.release(Execution.of(engine));
        filters.packed().release(Execution.of(engine));
        Execution.of(engine).release(s.data());
        return shares;
    }

    @Override
    public void release() {
        Execution.of(engine).release(floor);
    }

    /** {@code r / z}, with the sign of r, z being that of its sign. */
    private Tensor ratios(Tensor r, Tensor z, int negativeStart, double[] dead) {
        int outputs = r.shape().dim(2);
        int columns = z.shape().dim(2);
        int width = r.shape().dim(1);
        Tensor s = Execution.of(engine).tensor(r.shape());
        Execution execution = Execution.of(engine);
        dead[0] = ChunkedReduction.sumOfTasks(Execution.of(engine), r.shape().dim(0), row -> {
            double lost = 0;
            for (int place = row * width; place < (row + 1) * width; place++) {
                if (floor[place] > 0) {
                    execution.ratioBySign(r.data(), place * outputs, z.data(), place * columns, z.data(), place * columns + negativeStart,
                            floor[place], s.data(), place * outputs, outputs);
                    continue;
                }
                for (int i = place * outputs; i < (place + 1) * outputs; i++) {
                    lost += r.data()[i];
                    s.data()[i] = 0f;
                }
            }
            return lost;
        });
        return s;
    }

    /** For each output place the sum of {@code x^2} over its window. */
    private float[] floor() {
        int height = x.shape().dim(0);
        int width = x.shape().dim(1);
        int channels = x.shape().dim(2);
        float[] squares = Execution.of(engine).acquire(height * width);
        Execution.of(engine).workers().run(height, row -> {
            for (int place = row * width; place < (row + 1) * width; place++) {
                squares[place] = Execution.of(engine).dot(x.data(), place * channels, x.data(), place * channels, channels);
            }
        });
        int rows = convolution.rows().count(height);
        int columns = convolution.columns().count(width);
        float[] sums = Execution.of(engine).acquire(rows * columns);
        Arrays.fill(sums, 0f);
        for (int i = 0; i < sums.length; i++) {
            int top = i / columns - convolution.rows().before();
            int left = i % columns - convolution.columns().before();
            for (int v = Math.max(0, top); v < Math.min(height, top + 3); v++) {
                for (int u = Math.max(0, left); u < Math.min(width, left + 3); u++) {
                    sums[i] += squares[v * width + u];
                }
            }
            sums[i] *= BELOW;
        }
        Execution.of(engine).release(squares);
        return sums;
    }
}
