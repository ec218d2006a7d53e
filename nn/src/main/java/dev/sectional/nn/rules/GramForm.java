package dev.sectional.nn.rules;

import dev.sectional.core.Convolution;
import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.SignedLists;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import java.util.Arrays;

/**
 * The convolution rule of RSP without its filters, for stride 1. The filter gradient G is linear in relevance and input, so
 * both products with it go over to matrices between places, P x P: with {@code X = x x^T} (summed over channels) and
 * {@code K[p',p] = sum over taps k of X[p'+k, p+k]}, {@code z = K q}; and {@code conv^T(s, G)[u] = sum over v of N[v,u] x[v]}
 * with {@code N[v,u] = sum over k of M[v-k, u-k]}, {@code M = q+ s+^T - q- s-^T}. Exact, and far less work where places are
 * few and channels many, as deep in a network. One factor of every product is listed: what is 0 in x or q costs nothing.
 */
final class GramForm implements RspRule.Form {
    /** Columns that are transposed together: the values of a row that share a cache line. */
    private static final int TURNED = 16;

    private final Engine engine;
    private final Tensor x;
    private final Convolution convolution;
    private final int height;
    private final int width;
    /** {@code K}: the same for every relevance at this input, as are the inputs of each channel. */
    private float[] patches;
    private SignedLists inputs;

    /** @param x {@code (H, W, C)}, at least 0 */
    GramForm(Engine engine, Tensor x, Shape output, Convolution convolution) {
        this.engine = engine;
        this.x = x;
        this.convolution = convolution;
        this.height = output.dim(0);
        this.width = output.dim(1);
    }

    private void prepare() {
        int places = x.shape().dim(0) * x.shape().dim(1);
        int channels = x.shape().dim(2);
        float[] turned = transposed(x.data(), places, channels);
        inputs = SignedLists.ofRows(engine, turned, channels, places, false);
        SignedLists byPlace = SignedLists.ofRows(engine, x.data(), places, channels, false);
        float[] gram = engine.buffers().take(Shape.of(places, places).size());
        byPlace.multiplySymmetric(turned, gram);
        byPlace.give();
        engine.buffers().give(turned);
        patches = shifted(gram, x.shape().dim(0), x.shape().dim(1), height, width, 1);
        engine.buffers().give(gram);
    }

    @Override
    public Tensor shares(Tensor r, double[] dead) {
        int places = x.shape().dim(0) * x.shape().dim(1);
        int channels = x.shape().dim(2);
        int outputs = r.shape().dim(2);
        int rows = height * width;
        if (patches == null) {
            prepare();
        }
        SignedLists byOutput = SignedLists.ofColumns(engine, r.data(), rows, outputs);
        float[] ratios = engine.buffers().take(Shape.of(2 * outputs, rows).size());
        byOutput.multiply(patches, rows, ratios);
        dead[0] = byOutput.divide(ratios, rows);
        byOutput.give();
        SignedLists byPlace = SignedLists.ofRows(engine, r.data(), rows, outputs, true);
        float[] between = engine.buffers().take(Shape.of(rows, rows).size());
        byPlace.multiply(ratios, rows, between);
        byPlace.give();
        engine.buffers().give(ratios);
        float[] spread = shifted(between, height, width, x.shape().dim(0), x.shape().dim(1), -1);
        engine.buffers().give(between);
        float[] turned = engine.buffers().take(channels * places);
        inputs.multiply(spread, places, turned);
        engine.buffers().give(spread);
        Tensor shares = Tensor.of(x.shape(), transposed(turned, channels, places));
        engine.buffers().give(turned);
        return shares;
    }

    @Override
    public void give() {
        if (patches != null) {
            engine.buffers().give(patches);
            inputs.give();
        }
    }

    private float[] transposed(float[] from, int rows, int columns) {
        float[] to = engine.buffers().take(rows * columns);
        engine.workers().run((columns + TURNED - 1) / TURNED, task -> {
            for (int row = 0; row < rows; row++) {
                for (int column = task * TURNED; column < Math.min(columns, (task + 1) * TURNED); column++) {
                    to[column * rows + row] = from[row * columns + column];
                }
            }
        });
        return to;
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
