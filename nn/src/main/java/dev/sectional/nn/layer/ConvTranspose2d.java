package dev.sectional.nn.layer;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.Window;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.Weights;

/**
 * The transposed operation of a convolution, as PyTorch's {@code ConvTranspose2d}: {@code (H, W, C)} to
 * {@code (H', W', O)} with {@code H' = (H - 1) stride - padding + span + output padding} along each side. Immutable:
 * the methods that set a property return a copy.
 */
public final class ConvTranspose2d implements WeightedLayer, PureLayer {
    /** The convolution from {@code (H', W', O)} to {@code (H, W, C)}. */
    private final Conv2d transposed;
    private final int[] outputPadding;
    private final float[] bias;

    private ConvTranspose2d(Conv2d transposed, int[] outputPadding, float[] bias) {
        this.transposed = transposed;
        this.outputPadding = outputPadding;
        this.bias = bias;
    }

    /**
     * {@return a transposed convolution without bias}
     *
     * @param weight {@code (C, O / groups, kernel height, kernel width)}, PyTorch's layout; read when needed
     * @param geometry stride, padding and dilation; its padding is removed from the output
     * @param groups divides C
     * @param outputPadding rows and columns added below and at the right, smaller than the strides
     */
    public static ConvTranspose2d of(TensorSource weight, ConvolutionGeometry geometry, int groups,
                                     int... outputPadding) {
        if (outputPadding.length != 2 || !fits(outputPadding[0], geometry.rows())
                || !fits(outputPadding[1], geometry.columns())) {
            throw new IllegalArgumentException("the output padding of a transposed convolution is two numbers smaller"
                    + " than its strides");
        }
        return new ConvTranspose2d(Conv2d.of(weight).groups(groups).geometry(geometry), outputPadding.clone(), null);
    }

    private static boolean fits(int outputPadding, Window window) {
        return outputPadding >= 0 && outputPadding < Math.max(window.stride(), window.dilation());
    }

    /**
     * {@return this layer with a bias}
     *
     * @param values {@code (O)}, read now
     */
    public ConvTranspose2d bias(TensorSource values) {
        if (!values.shape().equals(Shape.of(outputs()))) {
            throw new IllegalArgumentException("a transposed convolution of " + outputs()
                    + " outputs has as many biases, got shape " + values.shape());
        }
        return new ConvTranspose2d(transposed, outputPadding, values.tensor().data());
    }

    @Override
    public ConvTranspose2d keeping(Weights form) {
        return new ConvTranspose2d(transposed.keeping(form), outputPadding, bias);
    }

    private int outputs() {
        return transposed.weightShape().dim(1) * transposed.groups();
    }

    @Override
    public int weightCount() {
        return transposed.weightCount();
    }

    @Override
    public Shape outputShape(Shape input) {
        int channels = transposed.weightShape().dim(0);
        if (input.rank() != 3 || input.dim(2) != channels || input.size() == 0) {
            throw new IllegalArgumentException("a transposed convolution of weight " + transposed.weightShape()
                    + " takes (H, W, " + channels + "), got " + input);
        }
        return Shape.of(length(transposed.geometry().rows(), input.dim(0), outputPadding[0]),
                length(transposed.geometry().columns(), input.dim(1), outputPadding[1]), outputs());
    }

    private static int length(Window window, int input, int outputPadding) {
        long length = (input - 1L) * window.stride() + window.span() - window.before() - window.after()
                + outputPadding;
        if (length < 1 || length > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a transposed convolution of a side of " + input + " has length "
                    + length);
        }
        return (int) length;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = forward(engine, x, weights());
        for (int at = 0; bias != null && at < y.data().length; at += bias.length) {
            Execution.of(engine).add(bias, 0, y.data(), at, bias.length);
        }
        return y;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return inputGradient(engine, outputGradient, weights(), x.shape());
    }

    /** {@return a copy of the filters, {@code (kernel height, kernel width, O / groups, C)}} */
    @Override
    public TensorSource weights() {
        return transposed.weights();
    }

    @Override
    public float[] bias() {
        return bias;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x, TensorSource weights) {
        Shape output = outputShape(x.shape());
        int[] reached = transposed.outputShape(output).dims();
        Tensor all = x;
        if (reached[0] != x.shape().dim(0) || reached[1] != x.shape().dim(1)) {   // output padding of a whole stride
            all = new Pad2d(0, 0, reached[0] - x.shape().dim(0), reached[1] - x.shape().dim(1)).forward(engine, x);
        }
        return transposed.inputGradient(engine, all, weights, output);
    }

    @Override
    public Tensor inputGradient(Engine engine, Tensor outputGradient, TensorSource weights, Shape input) {
        Tensor gradient = transposed.forward(engine, outputGradient, weights);
        int[] reached = gradient.shape().dims();
        return gradient.shape().equals(input) ? gradient
                : new Pad2d(0, 0, reached[0] - input.dim(0), reached[1] - input.dim(1)).gradient(engine,
                Tensor.zeros(input), gradient, gradient);
    }
}
