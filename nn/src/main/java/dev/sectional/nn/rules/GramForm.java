package dev.sectional.nn.rules;

import dev.sectional.core.Convolution;
import dev.sectional.core.Engine;
import dev.sectional.core.MatrixProduct;
import dev.sectional.core.PackedMatrix;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;

/**
 * The convolution rule of RSP without its filters, for stride 1. The filter gradient G is linear in relevance and input, so
 * both products with it go over to matrices between places, P x P: with {@code X = x x^T} (summed over channels) and
 * {@code K[p',p] = sum over taps k of X[p'+k, p+k]}, {@code z = K q}; and {@code conv^T(s, G)[u] = sum over v of N[v,u] x[v]}
 * with {@code N[v,u] = sum over k of M[v-k, u-k]}, {@code M = q+ s+^T - q- s-^T}. Exact, and far less work where places are
 * few and channels many, as deep in a network.
 */
final class GramForm {
    private final Engine engine;
    private final Tensor x;
    private final Convolution convolution;
    private final int height;
    private final int width;

    /** @param x {@code (H, W, C)}, at least 0 */
    GramForm(Engine engine, Tensor x, Shape output, Convolution convolution) {
        this.engine = engine;
        this.x = x;
        this.convolution = convolution;
        this.height = output.dim(0);
        this.width = output.dim(1);
    }

    /** Whether this form takes fewer multiply-adds than the one with filters. */
    static boolean pays(Convolution convolution, Shape input, Shape output) {
        long in = (long) input.dim(0) * input.dim(1);
        long out = (long) output.dim(0) * output.dim(1);
        long gram = 2 * in * in * input.dim(2) + 4 * out * out * output.dim(2);
        return convolution.isDense() && gram < 6L * convolution.taps() * out * input.dim(2) * output.dim(2);
    }

    /** {@code conv^T(q+ / z+, G+) - conv^T(q- / z-, G-)}; both q are at least 0 and become {@code q / z}. */
    Tensor shares(Tensor positive, Tensor negative, double[] dead) {
        int places = x.shape().dim(0) * x.shape().dim(1);
        int channels = x.shape().dim(2);
        float[] gram = product(x.data(), places, channels, x.toChannelsFirst().data(), places);
        float[] patches = shifted(gram, x.shape().dim(0), x.shape().dim(1), height, width, 1);
        int outputs = positive.shape().dim(2);
        int rows = height * width;
        Tensor q = Tensor.zeros(Shape.of(height, width, 2 * outputs));
        for (int row = 0; row < rows; row++) {
            System.arraycopy(positive.data(), row * outputs, q.data(), row * 2 * outputs, outputs);
            System.arraycopy(negative.data(), row * outputs, q.data(), row * 2 * outputs + outputs, outputs);
        }
        float[] z = product(patches, rows, rows, q.data(), 2 * outputs);
        float[] s = new float[z.length];
        for (int i = 0; i < s.length; i++) {
            boolean hostile = i % (2 * outputs) >= outputs;
            dead[hostile ? 1 : 0] += z[i] == 0 ? q.data()[i] : 0;
            float ratio = z[i] != 0 ? q.data()[i] / z[i] : 0f;
            s[i] = hostile ? -ratio : ratio;
        }
        float[] between = product(s, rows, 2 * outputs, q.toChannelsFirst().data(), rows);
        float[] spread = shifted(between, height, width, x.shape().dim(0), x.shape().dim(1), -1);
        return Tensor.of(x.shape(), product(spread, places, places, x.data(), channels));
    }

    private float[] product(float[] a, int rows, int depth, float[] b, int columns) {
        return MatrixProduct.multiply(engine, Tensor.of(Shape.of(rows, depth), a), PackedMatrix.of(engine, b, depth, columns)).data();
    }

    /**
     * {@code to[a, b] = sum over taps of from[a + d, b + d]}, d being the tap's offset times {@code sign} and places outside
     * counting 0. Each row of {@code to} is one task.
     */
    private float[] shifted(float[] from, int fromHeight, int fromWidth, int toHeight, int toWidth, int sign) {
        int fromPlaces = fromHeight * fromWidth;
        int toPlaces = toHeight * toWidth;
        float[] to = new float[Shape.of(toPlaces, toPlaces).size()];
        engine.workers().run(toPlaces, a -> {
            for (int tap = 0; tap < convolution.taps(); tap++) {
                int dy = sign * (tap / convolution.columns().size() - convolution.rows().before());
                int dx = sign * (tap % convolution.columns().size() - convolution.columns().before());
                int y = a / toWidth + dy;
                int left = a % toWidth + dx;
                if (y < 0 || left < 0 || y >= fromHeight || left >= fromWidth) {
                    continue;
                }
                int first = Math.max(0, -dx);
                int count = Math.min(toWidth, fromWidth - dx) - first;
                for (int row = Math.max(0, -dy); count > 0 && row < Math.min(toHeight, fromHeight - dy); row++) {
                    engine.kernels().add(from, (y * fromWidth + left) * fromPlaces + (row + dy) * fromWidth + first + dx,
                            to, a * toPlaces + row * toWidth + first, count);
                }
            }
        });
        return to;
    }
}
