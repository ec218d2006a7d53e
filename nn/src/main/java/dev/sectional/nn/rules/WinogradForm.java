package dev.sectional.nn.rules;

import dev.sectional.core.Convolution;
import dev.sectional.core.Engine;
import dev.sectional.core.Kernels;
import dev.sectional.core.PackedMatrix;
import dev.sectional.core.SignedFilters;
import dev.sectional.core.Tensor;
import dev.sectional.core.Winograd;
import java.util.Arrays;
import java.util.List;

/**
 * The convolution rule of RSP with all of its products by Winograd's minimal filtering, both signs together.
 *
 * <p>Rounding there is relative to the greatest values of a tile, so z of a place far weaker than its neighbours could come
 * out wrong, or below 0. What is known of z holds it up: every q adds its own window, so
 * {@code z[o,p] >= q[o,p] * sum over the window of x^2}, and z is 0 exactly where that sum is.
 */
final class WinogradForm implements RspRule.Form {
    /** The floor stays below the exact one by more than its own rounding. */
    private static final float BELOW = 1 - 1e-5f;

    private final Engine engine;
    private final Convolution convolution;
    private final Tensor x;
    private final float[] floor;

    /** @param x {@code (H, W, C)}, at least 0 */
    WinogradForm(Engine engine, Convolution convolution, Tensor x) {
        this.engine = engine;
        this.convolution = convolution;
        this.x = x;
        this.floor = floor();
    }

    @Override
    public Tensor shares(Tensor r, double[] dead) {
        SignedFilters filters = SignedFilters.of(engine, convolution, x, r);
        Tensor z = Winograd.forward(engine, convolution, x, filters.packed(), null, false);
        Tensor s = ratios(r, z, filters.negativeStart(), dead);
        engine.buffers().give(z.data());
        PackedMatrix mirrored = filters.mirrored();
        Tensor shares = Winograd.inputGradient(engine, convolution, List.of(new Winograd.Source(s, 1), new Winograd.Source(s, -1)), mirrored, x.shape());
        mirrored.give(engine);
        filters.packed().give(engine);
        engine.buffers().give(s.data());
        return shares;
    }

    @Override
    public void give() {
        engine.buffers().give(floor);
    }

    /** {@code r / z}, with the sign of r, z being that of its sign. */
    private Tensor ratios(Tensor r, Tensor z, int negativeStart, double[] dead) {
        int outputs = r.shape().dim(2);
        int columns = z.shape().dim(2);
        int width = r.shape().dim(1);
        Tensor s = engine.buffers().tensor(r.shape());
        Kernels kernels = engine.kernels();
        dead[0] = Pieces.of(engine, r.shape().dim(0), row -> {
            double lost = 0;
            for (int place = row * width; place < (row + 1) * width; place++) {
                if (floor[place] > 0) {
                    kernels.share(r.data(), place * outputs, z.data(), place * columns, z.data(), place * columns + negativeStart,
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
        float[] squares = engine.buffers().take(height * width);
        engine.workers().run(height, row -> {
            for (int place = row * width; place < (row + 1) * width; place++) {
                squares[place] = engine.kernels().dot(x.data(), place * channels, x.data(), place * channels, channels);
            }
        });
        int rows = convolution.rows().count(height);
        int columns = convolution.columns().count(width);
        float[] sums = engine.buffers().take(rows * columns);
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
        engine.buffers().give(squares);
        return sums;
    }
}
