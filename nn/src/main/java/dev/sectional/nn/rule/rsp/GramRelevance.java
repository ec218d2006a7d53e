package dev.sectional.nn.rule.rsp;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.conv.SignSplitCsr;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/**
 * The convolution rule of RSP without its filters, for stride 1. The filter gradient G is linear in relevance and input, so
 * both products with it go over to matrices between places, P x P: with {@code X = x x^T} (summed over channels) and
 * {@code K[p',p] = sum over taps k of X[p'+k, p+k]}, {@code z = K q}; and {@code conv^T(s, G)[u] = sum over v of N[v,u] x[v]}
 * with {@code N[v,u] = sum over k of M[v-k, u-k]}, {@code M = q+ s+^T - q- s-^T}. Exact, and far less work where places are
 * few and channels many, as deep in a network. One factor of every product is listed: what is 0 in x or q costs nothing.
 */
final class GramRelevance implements RspRule.Form {
    /** Columns that are transposed together: the values of a row that share a cache line. */
    private static final int TURNED = 16;

    private final Engine engine;
    private final Tensor x;
    private final ConvolutionGeometry convolution;
    private final int height;
    private final int width;
    /** {@code K}: the same for every relevance at this input, as are the inputs of each channel. */
    private float[] patches;
    private SignSplitCsr inputs;

    /** @param x {@code (H, W, C)}, at least 0 */
    GramRelevance(Engine engine, Tensor x, Shape output, ConvolutionGeometry convolution) {
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
        inputs = SignSplitCsr.ofRows(Execution.of(engine), turned, channels, places, false);
        SignSplitCsr byPlace = SignSplitCsr.ofRows(Execution.of(engine), x.data(), places, channels, false);
        float[] gram = Execution.of(engine).acquire(Shape.of(places, places).size());
        byPlace.multiplySymmetric(turned, gram);
        byPlace.release();
        Execution.of(engine).release(turned);
        patches = shifted(gram, x.shape().dim(0), x.shape().dim(1), height, width, 1);
        Execution.of(engine).release(gram);
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
        SignSplitCsr byOutput = SignSplitCsr.ofColumns(Execution.of(engine), r.data(), rows, outputs);
        float[] ratios = Execution.of(engine).acquire(Shape.of(2 * outputs, rows).size());
        byOutput.multiply(patches, rows, ratios);
        dead[0] = byOutput.divide(ratios, rows);
        byOutput.release();
        SignSplitCsr byPlace = SignSplitCsr.ofRows(Execution.of(engine), r.data(), rows, outputs, true);
        float[] between = Execution.of(engine).acquire(Shape.of(rows, rows).size());
        byPlace.multiply(ratios, rows, between);
        byPlace.release();
        Execution.of(engine).release(ratios);
        float[] spread = shifted(between, height, width, x.shape().dim(0), x.shape().dim(1), -1);
        Execution.of(engine).release(between);
        float[] turned = Execution.of(engine).acquire(channels * places);
        inputs.multiply(spread, places, turned);
        Execution.of(engine).release(spread);
        Tensor shares = Tensor.of(x.shape(), transposed(turned, channels, places));
        Execution.of(engine).release(turned);
        return shares;
    }

    @Override
    public void release() {
        if (patches != null) {
            Execution.of(engine).release(patches);
            inputs.release();
        }
    }

    private float[] transposed(float[] from, int rows, int columns) {
        float[] to = Execution.of(engine).acquire(rows * columns);
        Execution.of(engine).workers().run((columns + TURNED - 1) / TURNED, task -> {
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
        Execution.of(engine).release(halfway);
        return to;
    }

    /** One direction of {@link #shifted}. Each row of {@code to} is one task. */
    private float[] summed(float[] from, int fromHeight, int fromWidth, int toHeight, int toWidth, Window window, int sign, boolean vertical) {
        int fromPlaces = fromHeight * fromWidth;
        int toPlaces = toHeight * toWidth;
        float[] to = Execution.of(engine).acquire(Shape.of(toPlaces, toPlaces).size());
        Execution.of(engine).workers().run(toPlaces, a -> {
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
                    Execution.of(engine).add(from, source + (first + d) * fromWidth, to, a * toPlaces + first * toWidth, Math.max(0, count) * toWidth);
                    continue;
                }
                int first = Math.max(0, -d);
                int count = Math.min(toWidth, fromWidth - d) - first;
                for (int row = 0; count > 0 && row < toHeight; row++) {
                    Execution.of(engine).add(from, source + row * fromWidth + first + d, to, a * toPlaces + row * toWidth + first, count);
                }
            }
        });
        return to;
    }
}
