package dev.sectional.nn.rules;

import dev.sectional.core.Convolution;
import dev.sectional.core.Engine;
import dev.sectional.core.MatrixProduct;
import dev.sectional.core.PackedMatrix;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import java.util.Arrays;

/**
 * The convolution rule of RSP without its filters, for stride 1. The filter gradient G is linear in relevance and input, so
 * both products with it go over to matrices between places, P x P: with {@code X = x x^T} (summed over channels) and
 * {@code K[p',p] = sum over taps k of X[p'+k, p+k]}, {@code z = K q}; and {@code conv^T(s, G)[u] = sum over v of N[v,u] x[v]}
 * with {@code N[v,u] = sum over k of M[v-k, u-k]}, {@code M = q+ s+^T - q- s-^T}. Exact, and far less work where places are
 * few and channels many, as deep in a network.
 */
final class GramForm implements RspRule.Form {
    private final Engine engine;
    private final Tensor x;
    private final Convolution convolution;
    private final int height;
    private final int width;
    private float[] patches;

    /** @param x {@code (H, W, C)}, at least 0 */
    GramForm(Engine engine, Tensor x, Shape output, Convolution convolution) {
        this.engine = engine;
        this.x = x;
        this.convolution = convolution;
        this.height = output.dim(0);
        this.width = output.dim(1);
    }

    /** {@code X}, summed over taps: K. The same for every relevance at this input. */
    private float[] patches() {
        int places = x.shape().dim(0) * x.shape().dim(1);
        int channels = x.shape().dim(2);
        float[] gram = product(x.data(), places, PackedMatrix.transposed(engine, x.data(), channels, places));
        float[] patches = shifted(gram, x.shape().dim(0), x.shape().dim(1), height, width, 1);
        engine.buffers().give(gram);
        return patches;
    }

    @Override
    public Tensor shares(Tensor r, double[] dead) {
        int places = x.shape().dim(0) * x.shape().dim(1);
        int outputs = r.shape().dim(2);
        int rows = height * width;
        if (patches == null) {
            patches = patches();
        }
        float[] q = engine.buffers().take(rows * 2 * outputs);
        engine.workers().run(rows, row -> {
            engine.kernels().part(0.5f, 0.5f, r.data(), row * outputs, q, row * 2 * outputs, outputs);
            engine.kernels().part(-0.5f, 0.5f, r.data(), row * outputs, q, row * 2 * outputs + outputs, outputs);
        });
        float[] z = product(patches, rows, PackedMatrix.of(engine, q, rows, 2 * outputs));
        dead[0] = Pieces.of(engine, rows, row -> toRatios(z, q, row * 2 * outputs, outputs));
        float[] between = product(z, rows, PackedMatrix.transposed(engine, q, 2 * outputs, rows));
        engine.buffers().give(q);
        engine.buffers().give(z);
        float[] spread = shifted(between, height, width, x.shape().dim(0), x.shape().dim(1), -1);
        engine.buffers().give(between);
        float[] shares = product(spread, places, PackedMatrix.of(engine, x.data(), places, x.shape().dim(2)));
        engine.buffers().give(spread);
        return Tensor.of(x.shape(), shares);
    }

    @Override
    public void give() {
        if (patches != null) {
            engine.buffers().give(patches);
        }
    }

    /** {@code q+ / z+} and {@code -q- / z-} of one place in the place of z; returns the sum of r where z is 0. */
    private static double toRatios(float[] z, float[] q, int start, int outputs) {
        double dead = 0;
        for (int i = start; i < start + outputs; i++) {
            dead += z[i] == 0 ? q[i] : 0;
            z[i] = z[i] != 0 ? q[i] / z[i] : 0f;
        }
        for (int i = start + outputs; i < start + 2 * outputs; i++) {
            dead -= z[i] == 0 ? q[i] : 0;
            z[i] = z[i] != 0 ? -q[i] / z[i] : 0f;
        }
        return dead;
    }

    private float[] product(float[] a, int rows, PackedMatrix b) {
        float[] c = engine.buffers().take(rows * b.columns());
        MatrixProduct.multiply(engine, a, rows, b, c);
        b.give(engine);
        return c;
    }

    /**
     * {@code to[a, b] = sum over taps of from[a + d, b + d]}, d being the tap's offset times {@code sign} and places outside
     * counting 0: first over the taps of a row, then over the rows.
     */
    private float[] shifted(float[] from, int fromHeight, int fromWidth, int toHeight, int toWidth, int sign) {
        float[] halfway = summed(from, fromHeight, fromWidth, fromHeight, toWidth, convolution.columns(), sign, false);
        float[] to = summed(halfway, fromHeight, toWidth, toHeight, toWidth, convolution.rows(), sign, true);
        engine.buffers().give(halfway);
        return to;
    }

    /** One direction of {@link #shifted}. Each row of {@code to} is one task. */
    private float[] summed(float[] from, int fromHeight, int fromWidth, int toHeight, int toWidth, Window window, int sign, boolean vertical) {
        int fromPlaces = fromHeight * fromWidth;
        int toPlaces = toHeight * toWidth;
        float[] to = engine.buffers().take(Shape.of(toPlaces, toPlaces).size());
        engine.workers().run(toPlaces, a -> {
            Arrays.fill(to, a * toPlaces, (a + 1) * toPlaces, 0f);
            for (int tap = 0; tap < window.size(); tap++) {
                int d = sign * (tap - window.before());
                int y = a / toWidth + (vertical ? d : 0);
                int left = a % toWidth + (vertical ? 0 : d);
                if (y < 0 || left < 0 || y >= fromHeight || left >= fromWidth) {
                    continue;
                }
                int source = (y * fromWidth + left) * fromPlaces;
                if (vertical) {   // of one width: whole rows, one after the other
                    int first = Math.max(0, -d);
                    int count = Math.min(toHeight, fromHeight - d) - first;
                    engine.kernels().add(from, source + (first + d) * fromWidth, to, a * toPlaces + first * toWidth, Math.max(0, count) * toWidth);
                    continue;
                }
                int first = Math.max(0, -d);
                int count = Math.min(toWidth, fromWidth - d) - first;
                for (int row = 0; count > 0 && row < toHeight; row++) {
                    engine.kernels().add(from, source + row * fromWidth + first + d, to, a * toPlaces + row * toWidth + first, count);
                }
            }
        });
        return to;
    }
}
