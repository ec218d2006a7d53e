package dev.sectional.nn.layer;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.conv.DepthwiseConvolution;
import dev.sectional.core.internal.conv.Epilogue;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.ActivationFusion;
import dev.sectional.nn.Layer;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.WeightedLayer;
import java.util.Arrays;
import java.util.List;

/**
 * Batch normalisation with the statistics of training, as PyTorch's {@code BatchNorm2d} in evaluation mode: per channel
 * {@code y = scale x + shift} with {@code scale = gamma / sqrt(variance + epsilon)} and {@code shift = beta - scale
 * mean}. Accepts feature maps {@code (H, W, C)} and vectors {@code (C)}. Immutable: the methods that set a property
 * return a copy.
 *
 * <pre>{@code
 * BatchNorm2d norm = BatchNorm2d.of(mean, variance).weight(gamma).bias(beta).epsilon(1e-3);
 * }</pre>
 */
public final class BatchNorm2d implements WeightedLayer, ActivationFusion, PureLayer {
    private static final ConvolutionGeometry POINTWISE = ConvolutionGeometry.of(1, 1, 1, 0);
    /** PyTorch's default epsilon, which its files do not contain. */
    public static final double DEFAULT_EPSILON = 1e-5;

    private final float[] gamma;
    private final float[] beta;
    private final float[] mean;
    private final float[] variance;
    private final double epsilon;
    private final double[] scale;
    private final double[] shift;
    private final float[] bias;

    private BatchNorm2d(float[] gamma, float[] beta, float[] mean, float[] variance, double epsilon) {
        int channels = mean.length;
        for (float[] each : new float[][] {variance, gamma, beta}) {
            if (each.length != channels) {
                throw new IllegalArgumentException("a batch norm has as many means, variances, gammas and betas, got "
                        + channels + " and " + each.length);
            }
        }
        this.gamma = gamma;
        this.beta = beta;
        this.mean = mean;
        this.variance = variance;
        this.epsilon = epsilon;
        scale = new double[channels];
        shift = new double[channels];
        bias = new float[channels];
        for (int c = 0; c < channels; c++) {
            scale[c] = gamma[c] / Math.sqrt(variance[c] + epsilon);
            shift[c] = beta[c] - scale[c] * mean[c];
            bias[c] = (float) shift[c];
        }
    }

    /**
     * {@return a batch norm with gamma 1, beta 0 and {@link #DEFAULT_EPSILON}}
     *
     * @param mean one value per channel; copied
     * @param variance one value per channel; copied
     * @throws IllegalArgumentException if the sizes differ or a value is not finite
     */
    public static BatchNorm2d of(TensorSource mean, TensorSource variance) {
        float[] ones = new float[mean.shape().size()];
        Arrays.fill(ones, 1f);
        float[] zeros = new float[ones.length];
        return new BatchNorm2d(ones, zeros, GivenWeights.copied("a batch norm's mean", mean),
                GivenWeights.copied("a batch norm's variance", variance), DEFAULT_EPSILON);
    }

    /**
     * {@return this batch norm with another gamma, PyTorch's weight: one value per channel; copied}
     *
     * @param values {@code (C)}
     */
    public BatchNorm2d weight(TensorSource values) {
        return new BatchNorm2d(GivenWeights.copied("a batch norm's gamma", values), beta, mean, variance, epsilon);
    }

    /**
     * {@return this batch norm with another beta, PyTorch's bias: one value per channel; copied}
     *
     * @param values {@code (C)}
     */
    public BatchNorm2d bias(TensorSource values) {
        return new BatchNorm2d(gamma, GivenWeights.copied("a batch norm's beta", values), mean, variance, epsilon);
    }

    /**
     * {@return this batch norm with another number that is added to the variance, at least 0}
     *
     * @param value at least 0
     */
    public BatchNorm2d epsilon(double value) {
        return new BatchNorm2d(gamma, beta, mean, variance, value);
    }

    /**
     * {@return the convolution and this batch norm after it as one convolution, with weights {@code w scale} and bias
     * {@code b scale + shift}} The weights are scaled when they are read.
     *
     * @param convolution its input
     * @param weight of the convolution, {@code (O, C / groups, kernel height, kernel width)}
     */
    public Conv2d after(Conv2d convolution, TensorSource weight) {
        if (weight.shape().dim(0) != scale.length) {
            throw new IllegalArgumentException("a batch norm of " + scale.length
                    + " channels does not fit a convolution of weight " + weight.shape());
        }
        Tensor b = Tensor.zeros(Shape.of(scale.length));
        for (int o = 0; o < scale.length; o++) {
            double before = convolution.bias() == null ? 0 : convolution.bias()[o];
            b.data()[o] = (float) (before * scale[o] + shift[o]);
        }
        return convolution.weight(new Scaled(weight, scale)).bias(b);
    }

    /** The filters of a convolution, each multiplied by its scale. */
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
            throw new IllegalArgumentException("a batch norm of " + scale.length + " channels takes (H, W, "
                    + scale.length + "), got " + input);
        }
        return input;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return scaled(engine, x, weights(), Epilogue.of(bias));
    }

    /** Computes the depthwise convolution that this layer is: one kernel offset, a filter for each channel. */
    private Tensor scaled(Engine engine, Tensor x, Tensor scales, Epilogue epilogue) {
        int channels = scale.length;
        Tensor map = x.shape().rank() == 1 ? x.reshape(Shape.of(1, 1, channels)) : x;
        return new DepthwiseConvolution(Execution.of(engine), POINTWISE, channels)
                .forward(map, scales.reshape(Shape.of(1, 1, 1, channels)), epilogue).reshape(x.shape());
    }

    @Override
    public boolean canFuse(Layer next) {
        return Clip.limits(next);
    }

    /** Returns the bias, and the interval of the layer after this one if there is such a layer. */
    Epilogue epilogue(List<Layer> next) {
        return next.isEmpty() ? Epilogue.of(bias) : Clip.epilogue(bias, next.get(0));
    }

    /** {@return true: rules and methods read the normalised values} */
    @Override
    public boolean keepsOutput() {
        return true;
    }

    @Override
    public List<Tensor> forwardFused(Engine engine, List<Tensor> xs, Layer next) {
        Tensor scales = weights();
        Epilogue epilogue = epilogue(List.of(next));
        return xs.stream().map(x -> scaled(engine, x, scales, epilogue)).toList();
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return forward(engine, outputGradient, weights());
    }

    /** {@return one scale per channel, {@code (C)}} */
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
        return scaled(engine, x, weights.tensor(), Epilogue.NONE);
    }

    @Override
    public Tensor inputGradient(Engine engine, Tensor outputGradient, TensorSource weights, Shape input) {
        return forward(engine, outputGradient, weights);
    }
}
