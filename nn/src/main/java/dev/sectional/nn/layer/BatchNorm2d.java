package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.WeightedLayer;

/**
 * Batch normalisation with the statistics of training: per channel {@code y = scale x + shift} with
 * {@code scale = gamma / sqrt(variance + epsilon)} and {@code shift = beta - scale mean}. Of maps or vectors.
 */
public final class BatchNorm2d implements WeightedLayer, PureLayer {
    /** torchvision's epsilon, which stands in no file. */
    public static final double USUAL_EPSILON = 1e-5;

    private final double[] scale;
    private final double[] shift;
    private final float[] bias;

    /**
     * @param gamma,beta,mean,variance one value per channel each
     * @param epsilon added to the variance, at least 0
     */
    public BatchNorm2d(TensorSource gamma, TensorSource beta, TensorSource mean, TensorSource variance, double epsilon) {
        int channels = gamma.shape().size();
        float[][] values = {gamma.tensor().data(), beta.tensor().data(), mean.tensor().data(), variance.tensor().data()};
        scale = new double[channels];
        shift = new double[channels];
        bias = new float[channels];
        for (float[] each : values) {
            if (each.length != channels) {
                throw new IllegalArgumentException("a batch norm has as many means, variances, gammas and betas, got "
                        + channels + " and " + each.length);
            }
        }
        for (int c = 0; c < channels; c++) {
            scale[c] = values[0][c] / Math.sqrt(values[3][c] + epsilon);
            shift[c] = values[1][c] - scale[c] * values[2][c];
            bias[c] = (float) shift[c];
        }
    }

    /**
     * The convolution followed by this, as one: {@code w scale} and {@code b scale + shift}. The weights are scaled as
     * they are read.
     *
     * @param weight of the convolution
     */
    public Conv2d after(Conv2d convolution, TensorSource weight) {
        if (weight.shape().dim(0) != scale.length) {
            throw new IllegalArgumentException("a batch norm of " + scale.length + " channels does not fit a convolution of weight " + weight.shape());
        }
        Tensor b = Tensor.zeros(Shape.of(scale.length));
        for (int o = 0; o < scale.length; o++) {
            double before = convolution.bias() == null ? 0 : convolution.bias()[o];
            b.data()[o] = (float) (before * scale[o] + shift[o]);
        }
        return convolution.with(new Scaled(weight, scale), b);
    }

    /** Filters, each times its scale. */
    private record Scaled(TensorSource filters, double[] scale) implements TensorSource {
        @Override
        public Shape shape() {
            return filters.shape();
        }

        @Override
        public void read(int from, float[] into, int at, int count) {
            filters.read(from, into, at, count);
            int filter = filters.shape().size() / scale.length;
            for (int i = 0; i < count; i++) {
                into[at + i] = (float) (into[at + i] * scale[(from + i) / filter]);
            }
        }
    }

    @Override
    public int weightCount() {
        return scale.length;
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 1 && input.rank() != 3 || input.dim(input.rank() - 1) != scale.length) {
            throw new IllegalArgumentException("a batch norm of " + scale.length + " channels takes (H, W, " + scale.length + "), got " + input);
        }
        return input;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = forward(engine, x, weights());
        for (int i = 0; i < y.data().length; i++) {
            y.data()[i] += bias[i % bias.length];
        }
        return y;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return forward(engine, outputGradient, weights());
    }

    /** One scale per channel, {@code (C)}. */
    @Override
    public Tensor weights() {
        Tensor weights = Tensor.zeros(Shape.of(scale.length));
        for (int c = 0; c < scale.length; c++) {
            weights.data()[c] = (float) scale[c];
        }
        return weights;
    }

    @Override
    public float[] bias() {
        return bias;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x, TensorSource weights) {
        float[] scales = weights.tensor().data();
        Tensor y = x.copy();
        for (int at = 0; at < y.data().length; at += scales.length) {
            Execution.of(engine).multiply(scales, 0, y.data(), at, scales.length);
        }
        return y;
    }

    @Override
    public Tensor inputGradient(Engine engine, Tensor outputGradient, TensorSource weights, Shape input) {
        return forward(engine, outputGradient, weights);
    }
}
