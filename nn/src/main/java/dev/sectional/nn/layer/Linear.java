package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.linear.MatrixVectorProduct;
import dev.sectional.core.ops.FilterLayout;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.Weights;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.LayerWork;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A fully connected layer, as PyTorch's {@code Linear}: {@code (..., N)} to {@code (..., M)}. It maps the vectors along
 * the last axis of a value of any rank, such as tokens {@code (T, N)}. For a single vector, weights in a mapped file
 * stay there and are read once per call; for several, they are copied and packed as those of a 1x1 convolution.
 * Immutable: the methods that set a property return a copy.
 */
public final class Linear implements WeightedLayer, PureLayer {
    /** Key of the layer's own weights. */
    private static final Object OWN = "own";

    private final TensorSource source;
    private final float[] bias;
    private final int inputs;
    private final int outputs;
    /** The same map of several vectors {@code (vectors, 1, N)}. */
    private final Conv2d pointwise;

    private Linear(TensorSource source, float[] bias) {
        this.source = source;
        this.bias = bias;
        this.outputs = source.shape().dim(0);
        this.inputs = source.shape().dim(1);
        Shape filters = Shape.of(outputs, inputs, 1, 1);
        Conv2d conv = Conv2d.of(source.reshape(filters));
        this.pointwise = bias == null ? conv : conv.bias(Tensor.of(Shape.of(outputs), bias));
    }

    /**
     * {@return a fully connected layer without bias}
     *
     * @param weight {@code (M, N)}, outputs by inputs, PyTorch's layout; read in every call, so it must not be
     *     changed afterwards
     * @throws IllegalArgumentException if the weight has another number of dimensions, or is in memory and not finite
     */
    public static Linear of(TensorSource weight) {
        Shape shape = weight.shape();
        if (shape.rank() != 2 || shape.size() == 0) {
            throw new IllegalArgumentException("a linear layer's weight has shape (outputs, inputs), got " + shape);
        }
        return new Linear(GivenWeights.finite("a linear layer's weight", weight), null);
    }

    /**
     * {@return this layer with another weight}
     *
     * @param other {@code (M, N)}, of the shape of the present one
     */
    public Linear weight(TensorSource other) {
        if (!other.shape().equals(source.shape())) {
            throw new IllegalArgumentException("wanted weights of shape " + source.shape() + ", got " + other.shape());
        }
        return new Linear(GivenWeights.finite("a linear layer's weight", other), bias);
    }

    /**
     * {@return this layer with a bias}
     *
     * @param values {@code (M)}; copied
     */
    public Linear bias(TensorSource values) {
        if (!values.shape().equals(Shape.of(outputs))) {
            throw new IllegalArgumentException("a linear layer of " + outputs + " outputs has as many biases, got"
                    + " shape " + values.shape());
        }
        return new Linear(source, GivenWeights.copied("a linear layer's bias", values));
    }

    /** {@return {@code (M, N)}, outputs by inputs} */
    public Shape weightShape() {
        return source.shape();
    }

    @Override
    public LayerWork work(AlgorithmPlanner planner, Shape input) {
        return isVector(input) ? LayerWork.ofProduct(weightCount()) : pointwise.work(planner, vectors(input));
    }

    @Override
    public int weightCount() {
        return source.shape().size();
    }

    @Override
    public long keptBytes(Shape input) {
        return isVector(input) ? 0 : pointwise.keptBytes(vectors(input));
    }

    @Override
    public boolean canClassify(int classes) {
        return true;
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() == 0 || input.dim(input.rank() - 1) != inputs || input.size() == 0) {
            throw new IllegalArgumentException("a linear layer of weight " + source.shape() + " takes vectors of "
                    + inputs + " along the last axis, got " + input);
        }
        int[] dims = input.dims();
        dims[dims.length - 1] = outputs;
        return Shape.of(dims);
    }

    private static boolean isVector(Shape input) {
        return input.rank() == 1;
    }

    /** Returns {@code (vectors, 1, N)}. */
    private static Shape vectors(Shape shape) {
        int length = shape.dim(shape.rank() - 1);
        return Shape.of(shape.size() / length, 1, length);
    }

    private static Tensor vectors(Tensor x) {
        return x.reshape(vectors(x.shape()));
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return forwardAll(engine, List.of(x)).get(0);
    }

    @Override
    public List<Tensor> forwardAll(Engine engine, List<Tensor> xs) {
        Shape output = outputShape(xs.get(0).shape());
        if (!isVector(output)) {
            return pointwise.forwardAll(engine, xs.stream().map(Linear::vectors).toList()).stream()
                    .map(y -> y.reshape(output)).toList();
        }
        List<Tensor> ys = productsAll(engine, xs, source);
        if (bias != null) {
            ys.forEach(y -> Execution.of(engine).add(bias, 0, y.data(), 0, outputs));
        }
        return ys;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return inputGradient(engine, outputGradient, weights(OWN, UnaryOperator.identity()), x.shape());
    }

    @Override
    public List<Tensor> gradients(Engine engine, Tensor x, Tensor y, List<Tensor> outputGradients) {
        return isVector(x.shape()) ? inputGradients(engine, outputGradients, source)
                : outputGradients.stream().map(each -> gradient(engine, x, y, each)).toList();
    }

    @Override
    public Linear keeping(Weights form) {
        return form == Weights.AS_GIVEN ? this : new Linear(form.of(source), bias);
    }

    /** {@return the weights, {@code (M, N)}} */
    @Override
    public TensorSource weights() {
        return source;
    }

    /** For several vectors keeps the weights as filters and their packed forms, softly reachable. */
    @Override
    public TensorSource weights(Object key, UnaryOperator<TensorSource> change) {
        return new Changed(source, key, change);
    }

    /** Weights that are changed when they are first needed: as a matrix, or as filters that the convolution keeps. */
    private static final class Changed implements TensorSource {
        private final TensorSource own;
        private final Object key;
        private final UnaryOperator<TensorSource> change;
        private volatile TensorSource changed;

        Changed(TensorSource own, Object key, UnaryOperator<TensorSource> change) {
            this.own = own;
            this.key = key;
            this.change = change;
        }

        TensorSource matrix() {
            if (changed == null) {
                changed = change.apply(own);
            }
            return changed;
        }

        @Override
        public Shape shape() {
            return own.shape();
        }

        @Override
        public void read(int from, float[] into, int at, int count) {
            matrix().read(from, into, at, count);
        }

        @Override
        public Tensor tensor() {
            return matrix().tensor();
        }

        @Override
        public boolean inPlace(Consumer<ByteBuffer> use) {
            return matrix().inPlace(use);
        }
    }

    @Override
    public float[] bias() {
        return bias;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x, TensorSource weights) {
        Shape output = outputShape(x.shape());
        return isVector(output) ? productsAll(engine, List.of(x), matrix(weights)).get(0)
                : pointwise.forward(engine, vectors(x), filters(weights)).reshape(output);
    }

    private static TensorSource matrix(TensorSource weights) {
        return weights instanceof Changed changed ? changed.matrix() : weights;
    }

    /** Returns weights as those of the convolution. */
    private TensorSource filters(TensorSource weights) {
        return weights instanceof Changed changed
                ? pointwise.weights(changed.key, changed.change)
                : FilterLayout.fromOihw(weights.reshape(Shape.of(outputs, inputs, 1, 1)));
    }

    private List<Tensor> productsAll(Engine engine, List<Tensor> xs, TensorSource weights) {
        xs.forEach(x -> outputShape(x.shape()));
        return new MatrixVectorProduct(Execution.of(engine), weights).multiply(xs);
    }

    @Override
    public Tensor inputGradient(Engine engine, Tensor outputGradient, TensorSource weights, Shape input) {
        return isVector(input) ? inputGradients(engine, List.of(outputGradient), matrix(weights)).get(0)
                : pointwise.inputGradient(engine, vectors(outputGradient), filters(weights), vectors(input))
                .reshape(input);
    }

    private List<Tensor> inputGradients(Engine engine, List<Tensor> outputGradients, TensorSource weights) {
        return new MatrixVectorProduct(Execution.of(engine), weights).multiplyTransposed(outputGradients);
    }
}
