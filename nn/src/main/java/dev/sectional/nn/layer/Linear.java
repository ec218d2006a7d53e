package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.linear.MatrixVectorProduct;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.LayerWork;
import java.util.List;

/**
 * A fully connected layer, as PyTorch's {@code Linear}: {@code (N)} to {@code (M)}. Weights in a mapped file stay there
 * and are read once per call. Immutable: the methods that set a property return a copy.
 */
public final class Linear implements WeightedLayer, PureLayer {
    private final TensorSource source;
    private final float[] bias;
    private final int inputs;
    private final int outputs;

    private Linear(TensorSource source, float[] bias) {
        this.source = source;
        this.bias = bias;
        this.outputs = source.shape().dim(0);
        this.inputs = source.shape().dim(1);
    }

    /**
     * Returns a fully connected layer without bias.
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
     * Returns this layer with another weight.
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
     * Returns this layer with a bias.
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

    /** Returns {@code (M, N)}, outputs by inputs. */
    public Shape weightShape() {
        return source.shape();
    }

    @Override
    public LayerWork work(AlgorithmPlanner planner, Shape input) {
        return LayerWork.ofProduct(weightCount());
    }

    @Override
    public int weightCount() {
        return source.shape().size();
    }

    @Override
    public boolean canClassify(int classes) {
        return true;
    }

    @Override
    public Shape outputShape(Shape input) {
        if (!input.equals(Shape.of(inputs))) {
            throw new IllegalArgumentException("a linear layer of weight " + source.shape() + " takes a vector of "
                    + inputs + ", got " + input);
        }
        return Shape.of(outputs);
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return forwardAll(engine, List.of(x)).get(0);
    }

    @Override
    public List<Tensor> forwardAll(Engine engine, List<Tensor> xs) {
        List<Tensor> ys = productsAll(engine, xs, source);
        if (bias != null) {
            ys.forEach(y -> Execution.of(engine).add(bias, 0, y.data(), 0, outputs));
        }
        return ys;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return inputGradient(engine, outputGradient, source, x.shape());
    }

    @Override
    public List<Tensor> gradients(Engine engine, Tensor x, Tensor y, List<Tensor> outputGradients) {
        return inputGradients(engine, outputGradients, source);
    }

    /** Returns the weights, {@code (M, N)}. */
    @Override
    public TensorSource weights() {
        return source;
    }

    @Override
    public float[] bias() {
        return bias;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x, TensorSource weights) {
        return productsAll(engine, List.of(x), weights).get(0);
    }

    private List<Tensor> productsAll(Engine engine, List<Tensor> xs, TensorSource weights) {
        xs.forEach(x -> outputShape(x.shape()));
        return new MatrixVectorProduct(Execution.of(engine), weights).multiply(xs);
    }

    @Override
    public Tensor inputGradient(Engine engine, Tensor outputGradient, TensorSource weights, Shape input) {
        return inputGradients(engine, List.of(outputGradient), weights).get(0);
    }

    private List<Tensor> inputGradients(Engine engine, List<Tensor> outputGradients, TensorSource weights) {
        return new MatrixVectorProduct(Execution.of(engine), weights).multiplyTransposed(outputGradients);
    }
}
