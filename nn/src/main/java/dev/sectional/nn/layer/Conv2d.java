package dev.sectional.nn.layer;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.Window;
import dev.sectional.core.internal.conv.DepthwiseConvolution;
import dev.sectional.core.internal.conv.DirectConvolution;
import dev.sectional.core.internal.conv.Epilogue;
import dev.sectional.core.internal.conv.GradientEpilogue;
import dev.sectional.core.internal.conv.PackedMatrix;
import dev.sectional.core.internal.conv.PreparedFilters;
import dev.sectional.core.internal.conv.RowBands;
import dev.sectional.core.internal.conv.SmallChannelConvolution;
import dev.sectional.core.internal.conv.SplitKernel;
import dev.sectional.core.internal.conv.Winograd;
import dev.sectional.core.internal.conv.WinogradInput;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.ops.FilterLayout;
import dev.sectional.nn.ActivationFusion;
import dev.sectional.nn.GradientFusion;
import dev.sectional.nn.Layer;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.RowFusion;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.Weights;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.ConvolutionAlgorithm;
import dev.sectional.nn.plan.ConvolutionShape;
import dev.sectional.nn.plan.LayerWork;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * A two-dimensional convolution, as PyTorch's {@code Conv2d}: {@code (H, W, C)} to {@code (H', W', O)}. With several
 * groups, each equal part of the channels has filters of its own, which compute an equal part of the outputs.
 * Immutable: the methods that set a property return a copy.
 *
 * <pre>{@code
 * Conv2d conv = Conv2d.of(weight).bias(bias).stride(2).padding(1);
 * }</pre>
 */
public final class Conv2d implements WeightedLayer, ActivationFusion, RowFusion, GradientFusion, PureLayer {
    /** Key of the unmodified filters. */
    private static final Object OWN = "own";
    /** Key of the filters of {@link SplitKernel}. */
    private static final Object SPLIT = "split";

    private final TensorSource source;
    private final float[] bias;
    private final ConvolutionGeometry geometry;
    private final DirectConvolution convolution;
    private final ChannelGroups groups;
    private final AutoPadding autoPadding;
    private final ConvolutionFilters filters;
    /** This convolution with other paddings that have occurred, by geometry. */
    private final Map<ConvolutionGeometry, Conv2d> resolved = new ConcurrentHashMap<>();

    private Conv2d(TensorSource source, float[] bias, ConvolutionGeometry geometry, int groups, AutoPadding autoPadding,
                   ConvolutionFilters filters) {
        autoPadding.requireOnly(geometry.rows(), geometry.columns());
        this.autoPadding = autoPadding;
        this.filters = filters;
        this.source = source;
        this.bias = bias;
        this.geometry = geometry;
        this.convolution = new DirectConvolution(geometry);
        this.groups = new ChannelGroups(groups);
    }

    /**
     * {@return a convolution with stride 1 and one group, without bias and padding}
     *
     * @param weight {@code (O, C / groups, kernel height, kernel width)}, PyTorch's layout; read when first needed,
     *     so it must not be changed afterwards
     * @throws IllegalArgumentException if the weight has another number of dimensions, or is in memory and not finite
     */
    public static Conv2d of(TensorSource weight) {
        Shape shape = weight.shape();
        if (shape.rank() != 4 || shape.size() == 0) {
            throw new IllegalArgumentException("a convolution's weight has shape (O, C, kernel height, kernel width),"
                    + " got " + shape);
        }
        return new Conv2d(GivenWeights.finite("a convolution's weight", weight), null,
                ConvolutionGeometry.of(shape.dim(2), shape.dim(3), 1, 0), 1, AutoPadding.NONE,
                        new ConvolutionFilters());
    }

    /**
     * {@return this convolution with another weight}
     *
     * @param other {@code (O, C / groups, kernel height, kernel width)}, of the shape of the present one
     */
    public Conv2d weight(TensorSource other) {
        if (!other.shape().equals(source.shape())) {
            throw new IllegalArgumentException("wanted weights of shape " + source.shape() + ", got " + other.shape());
        }
        return new Conv2d(GivenWeights.finite("a convolution's weight", other), bias, geometry, groups.count(),
                autoPadding, new ConvolutionFilters());
    }

    /**
     * {@return this convolution with a bias}
     *
     * @param values {@code (O)}; copied
     */
    public Conv2d bias(TensorSource values) {
        int filters = source.shape().dim(0);
        if (!values.shape().equals(Shape.of(filters))) {
            throw new IllegalArgumentException("a convolution of " + filters + " filters has as many biases, got shape "
                    + values.shape());
        }
        return new Conv2d(source, GivenWeights.copied("a convolution's bias", values), geometry, groups.count(),
                autoPadding, new ConvolutionFilters());
    }

    /**
     * {@return this convolution with one stride in both directions, at least 1}
     *
     * @param both positions from one window to the next, down and to the right
     */
    public Conv2d stride(int both) {
        return stride(both, both);
    }

    /**
     * {@return this convolution with the given strides, at least 1 each}
     *
     * @param down rows from one window to the next
     * @param right columns from one window to the next
     */
    public Conv2d stride(int down, int right) {
        return windows(windows().stride(down, right));
    }

    /**
     * {@return this convolution with the same number of rows and columns of zeros on each side, at least 0}
     *
     * @param all positions on each of the four sides
     */
    public Conv2d padding(int all) {
        return padding(all, all, all, all);
    }

    /**
     * {@return this convolution with rows and columns of zeros on each side, at least 0 each}
     *
     * @param top rows above
     * @param left columns on the left
     * @param bottom rows below
     * @param right columns on the right
     */
    public Conv2d padding(int top, int left, int bottom, int right) {
        return windows(windows().padding(top, left, bottom, right));
    }

    /**
     * {@return this convolution with one distance between kernel offsets in both directions, at least 1}
     *
     * @param both positions from one offset to the next, down and to the right
     */
    public Conv2d dilation(int both) {
        return dilation(both, both);
    }

    /**
     * {@return this convolution with the given distances between kernel offsets, at least 1 each}
     *
     * @param down rows from one offset to the next
     * @param right columns from one offset to the next
     */
    public Conv2d dilation(int down, int right) {
        return windows(windows().dilation(down, right));
    }

    /**
     * {@return this convolution with another number of groups}
     *
     * @param count at least 1, divides the number of filters
     */
    public Conv2d groups(int count) {
        int filters = source.shape().dim(0);
        if (count < 1 || filters % count != 0) {
            throw new IllegalArgumentException("a convolution of " + filters + " filters cannot be split into " + count
                    + " groups");
        }
        return new Conv2d(source, bias, geometry, count, autoPadding,
                new ConvolutionFilters());
    }

    /**
     * {@return this convolution with another stride, padding and dilation}
     *
     * @param other of the size of the kernel
     */
    public Conv2d geometry(ConvolutionGeometry other) {
        Shape shape = source.shape();
        if (shape.dim(2) != other.rows().size() || shape.dim(3) != other.columns().size()) {
            throw new IllegalArgumentException("a convolution's weight " + shape + " does not fit its kernel of "
                    + other.rows().size() + "x" + other.columns().size());
        }
        return new Conv2d(source, bias, other, groups.count(), autoPadding,
                new ConvolutionFilters());
    }

    /**
     * {@return this convolution with padding by the size of the input; a given padding must be 0}
     *
     * @param value how padding follows from the input
     */
    public Conv2d autoPadding(AutoPadding value) {
        return new Conv2d(source, bias, geometry, groups.count(), value, new ConvolutionFilters());
    }

    /**
     * {@return the convolution with the padding for an input {@code (H, W, C)}: this one if its padding is given}
     *
     * @param input {@code (H, W, C)}
     */
    public Conv2d at(Shape input) {
        if (autoPadding == AutoPadding.NONE) {
            return this;
        }
        Windows windows = autoPadding.at(windows(), input.dim(0), input.dim(1));
        return with(new ConvolutionGeometry(windows.rows(), windows.columns()));
    }

    private Windows windows() {
        return new Windows(geometry.rows(), geometry.columns());
    }

    private Conv2d windows(Windows other) {
        return geometry(new ConvolutionGeometry(other.rows(), other.columns()));
    }

    /** {@return kernel size, stride, padding and dilation; no padding if it depends on the input: see {@link #at}} */
    public ConvolutionGeometry geometry() {
        return geometry;
    }

    /** {@return {@code (O, C / groups, kernel height, kernel width)}} */
    public Shape weightShape() {
        return source.shape();
    }

    /** {@return the number of groups that channels and filters are split into} */
    public int groups() {
        return groups.count();
    }

    @Override
    public int weightCount() {
        return source.shape().size();
    }

    @Override
    public long keptBytes(Shape input) {
        return ConvolutionFilters.keptBytes(source);
    }

    @Override
    public boolean canClassify(int classes) {
        return weightShape().dim(0) == classes;
    }

    @Override
    public Shape outputShape(Shape input) {
        int channels = source.shape().dim(1) * groups.count();
        if (input.rank() != 3 || input.dim(2) != channels) {
            String split = groups.count() > 1 ? " in " + groups.count() + " groups" : "";
            throw new IllegalArgumentException("a convolution of weight " + source.shape() + split + " takes (H, W, "
                    + channels + "), got " + input);
        }
        return at(input).geometry.outputShape(input, source.shape().dim(0));
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return forwardAll(engine, List.of(x)).get(0);
    }

    /**
     * {@return the sizes of this convolution at an input {@code (H, W, C)}, as the planner takes them}
     *
     * @param input {@code (H, W, C)}
     */
    public ConvolutionShape shapeAt(Shape input) {
        return new ConvolutionShape(at(input).geometry, input, source.shape().dim(0), groups.count());
    }

    @Override
    public LayerWork work(AlgorithmPlanner planner, Shape input) {
        return planner.predict(shapeAt(input));
    }

    @Override
    public List<Tensor> forwardAll(Engine engine, List<Tensor> xs) {
        return forwardAll(engine, xs, Epilogue.of(bias));
    }

    @Override
    public boolean canFuse(Layer next) {
        return Clip.limits(next);
    }

    @Override
    public List<Tensor> forwardFused(Engine engine, List<Tensor> xs, Layer next) {
        return forwardAll(engine, xs, Clip.epilogue(bias, next));
    }

    @Override
    public int fusedRows(Engine engine, Shape input, List<Layer> following) {
        return ConvolutionRows.fused(engine, this, input, following);
    }

    @Override
    public Tensor forwardRows(Engine engine, Tensor x, List<Layer> following) {
        return ConvolutionRows.forward(engine, this, x, following);
    }

    /**
     * Adds this convolution, 1x1, depthwise or of few channels, and an activation or null to others that run in bands
     * of rows.
     */
    void addTo(RowBands bands, Execution execution, Shape input, Layer activation) {
        Epilogue epilogue = activation == null ? Epilogue.of(bias) : Clip.epilogue(bias, activation);
        if (groups.count() > 1) {
            bands.depthwise(at(input).geometry, filters.plain(source), epilogue);
            return;
        }
        PackedMatrix packed = filters.packed(execution, source, groups)[0];
        if (geometry.kernelArea() > 1) {
            bands.smallChannel(at(input).geometry, packed, epilogue);
        } else {
            bands.pointwise(packed, epilogue);
        }
    }

    /** Computes this convolution and an activation, or null for none. */
    List<Tensor> forwardAll(Engine engine, List<Tensor> xs, Layer activation) {
        return activation == null ? forwardAll(engine, xs) : forwardFused(engine, xs, activation);
    }

    /** Returns whether zeros before this convolution can become part of its padding. */
    boolean takesZeros() {
        return autoPadding == AutoPadding.NONE;
    }

    /** Returns this convolution with zeros before it as part of its padding. */
    Conv2d padded(Pad2d zeros) {
        Window rows = geometry.rows();
        Window columns = geometry.columns();
        ConvolutionGeometry more = new ConvolutionGeometry(
                new Window(rows.size(), rows.stride(), rows.before() + zeros.top(), rows.after() + zeros.bottom(),
                        rows.dilation()),
                new Window(columns.size(), columns.stride(), columns.before() + zeros.left(),
                        columns.after() + zeros.right(), columns.dilation()));
        return with(more);
    }

    private Conv2d with(ConvolutionGeometry other) {
        return resolved.computeIfAbsent(other, padded ->
                new Conv2d(source, bias, padded, groups.count(), AutoPadding.NONE, filters));
    }

    private List<Tensor> forwardAll(Engine engine, List<Tensor> xs, Epilogue epilogue) {
        Shape input = xs.get(0).shape();
        Shape output = outputShape(input);
        if (autoPadding != AutoPadding.NONE) {
            return at(input).forwardAll(engine, xs, epilogue);
        }
        Execution execution = Execution.of(engine);
        ConvolutionAlgorithm algorithm = AlgorithmPlanner.of(engine).forward(shapeAt(input));
        if (algorithm == ConvolutionAlgorithm.DEPTHWISE) {
            Tensor own = filters.plain(source);
            return xs.stream().map(x -> depthwise(execution).forward(x, own, epilogue)).toList();
        }
        if (algorithm == ConvolutionAlgorithm.WINOGRAD) {
            List<Tensor> ys = Winograd.forward(execution, geometry, xs, winogradFilters(execution), bias,
                    epilogue.isRelu());
            if (!epilogue.isRelu()) {
                ys.forEach(y -> epilogue.clamp(execution, y));
            }
            return ys;
        }
        PackedMatrix[] matrices = filters.packed(execution, source, groups);
        return xs.stream().map(x -> groups.joined(output, group -> forward(execution, groups.part(x, group),
                matrices[group], epilogue.withBias(groups.part(bias, group)), algorithm))).toList();
    }

    private PackedMatrix winogradFilters(Execution execution) {
        return SplitKernel.parts(geometry) == 1 ? filters.packed(execution, source, groups)[0]
                : filters.modified(SPLIT, () -> SplitKernel.filters(weights())).packed(execution);
    }

    /** Computes one group. */
    private Tensor forward(Execution execution, Tensor x, PackedMatrix filters, Epilogue epilogue,
                           ConvolutionAlgorithm algorithm) {
        return algorithm == ConvolutionAlgorithm.SMALL_CHANNEL
                ? new SmallChannelConvolution(execution, geometry, x.shape().dim(2)).forward(x, filters, epilogue)
                : convolution.forward(execution, x, filters, epilogue);
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return gradient(engine, x.shape(), outputGradient, GradientEpilogue.NONE);
    }

    @Override
    public int fusedGradients(Engine engine, List<Layer> before, List<Tensor> inputs, boolean adds) {
        return ConvolutionGradients.fused(engine, this, before, inputs, adds);
    }

    @Override
    public Tensor gradientFused(Engine engine, Tensor output, Tensor outputGradient, Tensor addend,
                                List<Layer> before, List<Tensor> inputs) {
        return ConvolutionGradients.compute(engine, this, outputGradient, addend, before, inputs);
    }

    /** Computes the input gradient, then an epilogue. */
    Tensor gradient(Engine engine, Shape input, Tensor outputGradient, GradientEpilogue epilogue) {
        if (autoPadding != AutoPadding.NONE) {
            return at(input).gradient(engine, input, outputGradient, epilogue);
        }
        Execution execution = Execution.of(engine);
        PreparedFilters ready = ready();
        ConvolutionAlgorithm algorithm = AlgorithmPlanner.of(engine).inputGradient(shapeAt(input));
        if (algorithm == ConvolutionAlgorithm.DEPTHWISE) {
            return depthwise(execution).inputGradient(outputGradient, ready.tensor(), input, epilogue);
        }
        if (algorithm == ConvolutionAlgorithm.DIRECT && groups.count() == 1 && geometry.hasUnitSteps()) {
            int[] used = ConvolutionGradients.usedChannels(outputGradient);
            return used == null
                    ? convolution.inputGradient(execution, outputGradient, ready.rotated(execution), input, epilogue)
                    : ConvolutionGradients.ofChannels(execution, convolution, outputGradient, ready.tensor(), used,
                            input, epilogue);
        }
        Tensor gradient = algorithm != ConvolutionAlgorithm.WINOGRAD
                ? inputGradient(engine, outputGradient, ready, input)
                : Winograd.inputGradient(execution, geometry, List.of(WinogradInput.of(outputGradient)),
                        ready.rotated(execution), input);
        epilogue.apply(execution, gradient);
        return gradient;
    }

    private PreparedFilters ready() {
        return (PreparedFilters) weights(OWN, UnaryOperator.identity());
    }

    /** Adds the input gradient of this convolution, 1x1 or depthwise, to others that run in bands of rows. */
    void addGradientTo(RowBands bands, Execution execution, Shape input) {
        if (groups.count() > 1) {
            bands.depthwiseGradient(at(input).geometry, ready().tensor(), input);
        } else {
            bands.pointwise(ready().rotated(execution), Epilogue.NONE);
        }
    }

    /** Of filters kept as half-precision numbers, packed forms in float32 stay only while memory suffices. */
    @Override
    public Conv2d keeping(Weights form) {
        return form == Weights.AS_GIVEN ? this : weight(form.of(source));
    }

    /** {@return a copy of the filters, {@code (kernel height, kernel width, C / groups, O)}} */
    @Override
    public Tensor weights() {
        return FilterLayout.fromOihw(source);
    }

    /** Keeps the filters and their packed forms, softly reachable. */
    @Override
    public TensorSource weights(Object key, UnaryOperator<TensorSource> change) {
        return filters.modified(key, () -> change.apply(weights()));
    }

    @Override
    public float[] bias() {
        return bias;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x, TensorSource weights) {
        Shape output = outputShape(x.shape());
        if (autoPadding != AutoPadding.NONE) {
            return at(x.shape()).forward(engine, x, weights);
        }
        Tensor filters = weights.tensor();
        Execution execution = Execution.of(engine);
        return switch (AlgorithmPlanner.of(engine).exactForward(shapeAt(x.shape()))) {
            case DEPTHWISE -> depthwise(execution).forward(x, filters, Epilogue.NONE);
            case SMALL_CHANNEL -> new SmallChannelConvolution(execution, geometry, x.shape().dim(2))
                    .forward(x, filters);
            default -> weights instanceof PreparedFilters ready && groups.count() == 1
                    ? convolution.forward(execution, x, ready.packed(execution))
                    : groups.joined(output, group ->
                            convolution.forward(execution, groups.part(x, group), groups.part(filters, group)));
        };
    }

    @Override
    public Tensor inputGradient(Engine engine, Tensor outputGradient, TensorSource weights, Shape input) {
        if (autoPadding != AutoPadding.NONE) {
            return at(input).inputGradient(engine, outputGradient, weights, input);
        }
        Tensor filters = weights.tensor();
        Execution execution = Execution.of(engine);
        Shape part = Shape.of(input.dim(0), input.dim(1), input.dim(2) / groups.count());
        return switch (AlgorithmPlanner.of(engine).exactInputGradient(shapeAt(input))) {
            case DEPTHWISE -> depthwise(execution).inputGradient(outputGradient, filters, input);
            case SMALL_CHANNEL -> new SmallChannelConvolution(execution, geometry, input.dim(2))
                    .inputGradient(outputGradient, filters, input);
            default -> weights instanceof PreparedFilters ready && groups.count() == 1 && isUndilated()
                    ? inputGradient(execution, outputGradient, ready, input)
                    : groups.joined(input, group -> convolution.inputGradient(execution,
                            groups.part(outputGradient, group), groups.part(filters, group), part));
        };
    }

    private boolean isUndilated() {
        return geometry.rows().dilation() == 1 && geometry.columns().dilation() == 1;
    }

    private Tensor inputGradient(Execution execution, Tensor outputGradient, PreparedFilters ready, Shape input) {
        return geometry.hasUnitSteps()
                ? convolution.inputGradient(execution, outputGradient, ready.rotated(execution), input)
                : convolution.inputGradient(execution, outputGradient, ready.rotatedPhases(execution, geometry), input);
    }

    private DepthwiseConvolution depthwise(Execution execution) {
        return new DepthwiseConvolution(execution, geometry, groups.count());
    }

    /**
     * Computes the gradient of {@code sum(forward(x, weights) * outputGradient)} with respect to the weights. It does
     * not depend on the weights.
     *
     * @param engine runs the kernels
     * @param x {@code (H, W, C)}
     * @param outputGradient {@code (H', W', O)}
     * @return {@code (kernel height, kernel width, C / groups, O)}
     */
    public Tensor filterGradient(Engine engine, Tensor x, Tensor outputGradient) {
        if (autoPadding != AutoPadding.NONE) {
            return at(x.shape()).filterGradient(engine, x, outputGradient);
        }
        Execution execution = Execution.of(engine);
        if (AlgorithmPlanner.of(engine).filterGradient(shapeAt(x.shape())) == ConvolutionAlgorithm.DEPTHWISE) {
            return depthwise(execution).filterGradient(x, outputGradient);
        }
        Shape oihw = source.shape();
        Shape shape = Shape.of(oihw.dim(2), oihw.dim(3), oihw.dim(1), oihw.dim(0));
        return groups.joined(shape, group -> convolution.filterGradient(execution, groups.part(x, group),
                groups.part(outputGradient, group)));
    }
}
