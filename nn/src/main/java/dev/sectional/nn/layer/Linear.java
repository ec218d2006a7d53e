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
 * A fully connected layer: {@code (N)} to {@code (M)}. The weights may stay in a mapped file: they are streamed through
 * a small buffer per thread, one read of the weights per call.
 */
public final class Linear implements WeightedLayer, PureLayer {
    private final TensorSource source;
    private final float[] bias;
    private final int inputs;
    private final int outputs;

    /**
     * @param weight {@code (M, N)}
     * @param bias {@code (M)}, or null for none
     */
    public Linear(TensorSource weight, TensorSource bias) {
        Shape shape = weight.shape();
        if (shape.rank() != 2 || shape.size() == 0) {
            throw new IllegalArgumentException("a linear layer's weight has shape (outputs, inputs), got " + shape);
        }
        if (bias != null && !bias.shape().equals(Shape.of(shape.dim(0)))) {
            throw new IllegalArgumentException("a linear layer of " + shape.dim(0) + " outputs has as many biases, got shape " + bias.shape());
        }
        this.source = weight;
        this.bias = bias == null ? null : bias.tensor().data();
        this.outputs = shape.dim(0);
        this.inputs = shape.dim(1);
    }

    /** {@code (M, N)}. */
    public Shape weightShape() {
        return source.shape();
    }

    /** A layer with other weights of the same shape and another bias. */
    public Linear with(TensorSource weight, TensorSource otherBias) {
        if (!weight.shape().equals(source.shape())) {
            throw new IllegalArgumentException("wanted weights of shape " + source.shape() + ", got " + weight.shape());
        }
        return new Linear(weight, otherBias);
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
            throw new IllegalArgumentException("a linear layer of weight " + source.shape() + " takes a vector of " + inputs + ", got " + input);
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

    /** {@code (M, N)}. */
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
