package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Activation;
import dev.sectional.nn.PureLayer;

/**
 * Normalisation across neighbouring channels (Krizhevsky et al. 2012), as PyTorch's {@code LocalResponseNorm}:
 * {@code y = x / d^beta} with {@code d = k + alpha / size * sum of x^2} over the {@code size} channels around. Channels
 * before the first and after the last count as 0. A window of even size contains one channel more after its centre than
 * before.
 *
 * @param size channels of the window, at least 1
 * @param alpha factor of the mean square, at least 0
 * @param beta exponent, finite
 * @param k positive
 */
public record LocalResponseNorm(int size, float alpha, float beta, float k) implements Activation, PureLayer {
    /**
     * Creates the layer; checks the numbers.
     *
     * @param size the component {@code size}
     * @param alpha the component {@code alpha}
     * @param beta the component {@code beta}
     * @param k the component {@code k}
     */
    public LocalResponseNorm {
        if (size < 1 || !(alpha >= 0) || !(k > 0) || !Float.isFinite(alpha + beta + k)) {
            throw new IllegalArgumentException("local response normalisation wants size >= 1, alpha >= 0 and k > 0,"
                    + " got " + size + ", " + alpha + " and " + k);
        }
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 3) {
            throw new IllegalArgumentException("local response normalisation takes (H, W, C), got " + input);
        }
        return input;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = Tensor.zeros(outputShape(x.shape()));
        int channels = x.shape().dim(2);
        overRows(engine, x, at -> {
            for (int c = 0; c < channels; c++) {
                y.data()[at + c] = (float) (x.data()[at + c] * Math.pow(denominator(x.data(), at, channels, c), -beta));
            }
        });
        return y;
    }

    /**
     * Computes the gradient {@code g_c d_c^-beta - 2 alpha beta / size x_c sum of g_j x_j d_j^(-beta - 1)}, g being the
     * output gradient and j every channel whose window contains c.
     */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Tensor gradient = Tensor.zeros(x.shape());
        int channels = x.shape().dim(2);
        overRows(engine, x, at -> {
            for (int j = 0; j < channels; j++) {
                double d = denominator(x.data(), at, channels, j);
                double direct = outputGradient.data()[at + j] * Math.pow(d, -beta);
                gradient.data()[at + j] += (float) direct;
                double shared = 2.0 * alpha * beta / size * direct / d * x.data()[at + j];
                for (int c = first(j); c < end(j, channels); c++) {
                    gradient.data()[at + c] -= (float) (shared * x.data()[at + c]);
                }
            }
        });
        return gradient;
    }

    /** A position of the feature map, by the index of its first channel. */
    private interface Position {
        void run(int at);
    }

    private static void overRows(Engine engine, Tensor x, Position position) {
        int columns = x.shape().dim(1);
        int channels = x.shape().dim(2);
        Execution.of(engine).workers().run(x.shape().dim(0), row -> {
            for (int column = 0; column < columns; column++) {
                position.run((row * columns + column) * channels);
            }
        });
    }

    private double denominator(float[] x, int at, int channels, int channel) {
        double squares = 0;
        for (int c = first(channel); c < end(channel, channels); c++) {
            squares += (double) x[at + c] * x[at + c];
        }
        return k + alpha / size * squares;
    }

    private int first(int channel) {
        return Math.max(0, channel - (size - 1) / 2);
    }

    private int end(int channel, int channels) {
        return Math.min(channels, channel + size / 2 + 1);
    }
}
