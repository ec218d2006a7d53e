package dev.sectional.nn.layer;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.conv.DirectConvolution;
import dev.sectional.core.internal.conv.PackedMatrix;
import dev.sectional.core.internal.conv.SmallChannelConvolution;
import dev.sectional.core.internal.conv.Winograd;
import dev.sectional.core.internal.conv.WinogradInput;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.ops.FilterLayout;
import dev.sectional.nn.ActivationFusion;
import dev.sectional.nn.Layer;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.ConvolutionAlgorithm;
import dev.sectional.nn.plan.ConvolutionShape;
import dev.sectional.nn.plan.LayerWork;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * A two-dimensional convolution: {@code (H, W, C)} to {@code (H', W', O)}. With several groups, each equal part of the
 * channels has filters of its own, which give an equal part of the outputs.
 */
public final class Conv2d implements WeightedLayer, ActivationFusion, PureLayer {
    private final TensorSource source;
    private final float[] bias;
    private final ConvolutionGeometry geometry;
    private final DirectConvolution convolution;
    private final int groups;
    private volatile PackedMatrix[] packed;

    /**
     * @param weight {@code (O, C, kernel height, kernel width)}, as other frameworks store it; read when first needed
     * @param bias {@code (O)}, or null for none
     * @param stride at least 1
     * @param padding rows and columns of zeros on each side, at least 0
     */
    public Conv2d(TensorSource weight, TensorSource bias, int stride, int padding) {
        this(weight, bias, ConvolutionGeometry.of(kernel(weight, 2), kernel(weight, 3), stride, padding), 1);
    }

    /**
     * @param weight {@code (O, C / groups, kernel height, kernel width)}; read when first needed
     * @param bias {@code (O)}, or null for none
     * @param convolution of the same kernel
     * @param groups at least 1, divides C and O
     */
    public Conv2d(TensorSource weight, TensorSource bias, ConvolutionGeometry geometry, int groups) {
        Shape shape = weight.shape();
        if (kernel(weight, 2) != geometry.rows().size() || kernel(weight, 3) != geometry.columns().size()) {
            throw new IllegalArgumentException("a convolution's weight " + shape + " does not fit its kernel of "
                    + geometry.rows().size() + "x" + geometry.columns().size());
        }
        if (groups < 1 || shape.dim(0) % groups != 0) {
            throw new IllegalArgumentException("a convolution of " + shape.dim(0) + " filters cannot be split into " + groups + " groups");
        }
        if (bias != null && !bias.shape().equals(Shape.of(shape.dim(0)))) {
            throw new IllegalArgumentException("a convolution of " + shape.dim(0) + " filters has as many biases, got shape " + bias.shape());
        }
        this.source = weight;
        this.bias = bias == null ? null : bias.tensor().data();
        this.geometry = geometry;
        this.convolution = new DirectConvolution(geometry);
        this.groups = groups;
    }

    private static int kernel(TensorSource weight, int dimension) {
        Shape shape = weight.shape();
        if (shape.rank() != 4 || shape.size() == 0) {
            throw new IllegalArgumentException("a convolution's weight has shape (O, C, kernel height, kernel width), got " + shape);
        }
        return shape.dim(dimension);
    }

    /** Kernel, stride, padding and dilation. */
    public ConvolutionGeometry geometry() {
        return geometry;
    }

    /** {@code (O, C / groups, kernel height, kernel width)}. */
    public Shape weightShape() {
        return source.shape();
    }

    /** In how many parts channels and filters are split. */
    public int groups() {
        return groups;
    }

    /** The same convolution with other weights of the same shape and another bias. */
    public Conv2d with(TensorSource weight, TensorSource otherBias) {
        return new Conv2d(weight, otherBias, geometry, groups);
    }

    @Override
    public int weightCount() {
        return source.shape().size();
    }

    @Override
    public boolean canClassify(int classes) {
        return weightShape().dim(0) == classes;
    }

    @Override
    public Shape outputShape(Shape input) {
        int channels = source.shape().dim(1) * groups;
        if (input.rank() != 3 || input.dim(2) != channels) {
            throw new IllegalArgumentException("a convolution of weight " + source.shape() + (groups > 1 ? " in " + groups + " groups" : "")
                    + " takes (H, W, " + channels + "), got " + input);
        }
        return geometry.outputShape(input, source.shape().dim(0));
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return forwardAll(engine, List.of(x), false).get(0);
    }

    /** Returns the sizes of this convolution at an input {@code (H, W, C)}, as the planner takes them. */
    public ConvolutionShape shapeAt(Shape input) {
        return new ConvolutionShape(geometry, input, source.shape().dim(0), groups);
    }

    @Override
    public LayerWork work(AlgorithmPlanner planner, Shape input) {
        return planner.predict(shapeAt(input));
    }

    @Override
    public List<Tensor> forwardAll(Engine engine, List<Tensor> xs) {
        return forwardAll(engine, xs, false);
    }

    @Override
    public boolean canFuse(Layer next) {
        return next instanceof ReLU;
    }

    @Override
    public List<Tensor> forwardFused(Engine engine, List<Tensor> xs) {
        return forwardAll(engine, xs, true);
    }

    private List<Tensor> forwardAll(Engine engine, List<Tensor> xs, boolean relu) {
        PackedMatrix[] filters = packed(engine);
        Shape output = outputShape(xs.get(0).shape());
        ConvolutionAlgorithm algorithm = AlgorithmPlanner.of(engine).forward(shapeAt(xs.get(0).shape()));
        if (algorithm == ConvolutionAlgorithm.WINOGRAD) {
            return Winograd.forward(Execution.of(engine), geometry, xs, filters[0], bias, relu);
        }
        return xs.stream().map(x -> joined(output, group ->
                forward(engine, part(x, group), filters[group], bias(group), relu, algorithm))).toList();
    }

    /** The product of one group. */
    private Tensor forward(Engine engine, Tensor x, PackedMatrix filters, float[] biases, boolean relu, ConvolutionAlgorithm algorithm) {
        Execution execution = Execution.of(engine);
        return algorithm.isSmallChannel()
                ? new SmallChannelConvolution(execution, geometry, x.shape().dim(2)).forward(x, filters, biases, relu)
                : convolution.forward(execution, x, filters, biases, relu);
    }

    /** One group's equal part; null if there is none. */
    private float[] bias(int group) {
        return bias == null || groups == 1 ? bias : Arrays.copyOfRange(bias, group * bias.length / groups, (group + 1) * bias.length / groups);
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        if (AlgorithmPlanner.of(engine).inputGradient(shapeAt(x.shape())) == ConvolutionAlgorithm.WINOGRAD) {
            return Winograd.inputGradient(Execution.of(engine), geometry, List.of(WinogradInput.of(outputGradient)),
                    DirectConvolution.packRotated(Execution.of(engine), weights()), x.shape());
        }
        return inputGradient(engine, outputGradient, weights(), x.shape());
    }

    /** {@code (kernel height, kernel width, C / groups, O)}. */
    @Override
    public Tensor weights() {
        return FilterLayout.fromOihw(source);
    }

    @Override
    public float[] bias() {
        return bias;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x, TensorSource weights) {
        Tensor filters = weights.tensor();
        Shape output = outputShape(x.shape());
        Execution execution = Execution.of(engine);
        if (AlgorithmPlanner.of(engine).exactForward(shapeAt(x.shape())).isSmallChannel()) {
            SmallChannelConvolution smallChannel = new SmallChannelConvolution(execution, geometry, source.shape().dim(1));
            return joined(output, group -> smallChannel.forward(part(x, group), part(filters, group)));
        }
        return joined(output, group -> convolution.forward(execution, part(x, group), part(filters, group)));
    }

    @Override
    public Tensor inputGradient(Engine engine, Tensor outputGradient, TensorSource weights, Shape input) {
        Tensor filters = weights.tensor();
        Shape own = Shape.of(input.dim(0), input.dim(1), input.dim(2) / groups);
        Execution execution = Execution.of(engine);
        if (AlgorithmPlanner.of(engine).exactInputGradient(shapeAt(input)).isSmallChannel()) {
            SmallChannelConvolution smallChannel = new SmallChannelConvolution(execution, geometry, own.dim(2));
            return joined(input, group -> smallChannel.inputGradient(part(outputGradient, group), part(filters, group), own));
        }
        return joined(input, group -> convolution.inputGradient(execution, part(outputGradient, group), part(filters, group), own));
    }

    /** The gradient of {@code sum(forward(x, weights) * outputGradient)} against the weights, in their layout. */
    public Tensor filterGradient(Engine engine, Tensor x, Tensor outputGradient) {
        Shape shape = Shape.of(geometry.rows().size(), geometry.columns().size(), source.shape().dim(1), source.shape().dim(0));
        return joined(shape, group -> convolution.filterGradient(Execution.of(engine), part(x, group), part(outputGradient, group)));
    }

    /** One group's equal part of the last dimension; the tensor itself when there is one group. */
    private Tensor part(Tensor whole, int group) {
        if (groups == 1) {
            return whole;
        }
        int[] dims = whole.shape().dims();
        int width = dims[dims.length - 1];
        int own = width / groups;
        dims[dims.length - 1] = own;
        Tensor part = Tensor.zeros(Shape.of(dims));
        for (int from = group * own, to = 0; to < part.data().length; from += width, to += own) {
            System.arraycopy(whole.data(), from, part.data(), to, own);
        }
        return part;
    }

    /** The groups' parts side by side along the last dimension. */
    private Tensor joined(Shape shape, IntFunction<Tensor> parts) {
        if (groups == 1) {
            return parts.apply(0);
        }
        Tensor whole = Tensor.zeros(shape);
        int width = shape.dim(shape.rank() - 1);
        int own = width / groups;
        for (int group = 0; group < groups; group++) {
            float[] part = parts.apply(group).data();
            for (int to = group * own, from = 0; from < part.length; from += own, to += width) {
                System.arraycopy(part, from, whole.data(), to, own);
            }
        }
        return whole;
    }

    /** The filters as the engine's kernels read them, packed once per provider. */
    private PackedMatrix[] packed(Engine engine) {
        Execution execution = Execution.of(engine);
        PackedMatrix[] current = packed;
        if (current == null || !current[0].fits(execution)) {
            Tensor weights = weights();
            current = new PackedMatrix[groups];
            Arrays.setAll(current, group -> DirectConvolution.pack(execution, part(weights, group)));
            packed = current;
        }
        return current;
    }
}
