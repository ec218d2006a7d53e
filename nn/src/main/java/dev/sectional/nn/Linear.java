package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;

/**
 * A fully connected layer: {@code (N)} to {@code (M)}. The weights may stay in a mapped file: they are streamed through
 * a small buffer per thread, one read of the weights per call.
 */
public final class Linear implements LinearMap {
    /** Values read at once, one page of memory: from longer pieces the processor reads ahead no better, and they leave its first-level cache. */
    private static final int PIECE = 1 << 10;
    /** Values of one task. */
    private static final int TASK = 1 << 15;

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
    public Shape outputShape(Shape input) {
        if (!input.equals(Shape.of(inputs))) {
            throw new IllegalArgumentException("a linear layer of weight " + source.shape() + " takes a vector of " + inputs + ", got " + input);
        }
        return Shape.of(outputs);
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = apply(engine, x, source);
        if (bias != null) {
            engine.kernels().add(bias, 0, y.data(), 0, outputs);
        }
        return y;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor upstream) {
        return transposed(engine, upstream, source, x.shape());
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

    /** Rows are dealt out in blocks; each output is one dot product per piece of its row. */
    @Override
    public Tensor apply(Engine engine, Tensor x, TensorSource weights) {
        outputShape(x.shape());
        Tensor y = Tensor.zeros(Shape.of(outputs));
        int rows = Math.max(1, TASK / inputs);
        engine.workers().run((outputs + rows - 1) / rows, task -> {
            int firstRow = task * rows;
            int count = Math.min(rows, outputs - firstRow);
            float[] buffer = engine.buffers().take(PIECE);
            for (int row = firstRow; row < firstRow + count; row++) {
                for (int from = 0; from < inputs; from += PIECE) {
                    int width = Math.min(PIECE, inputs - from);
                    weights.read(row * inputs + from, buffer, 0, width);
                    y.data()[row] += engine.kernels().dot(buffer, 0, x.data(), from, width);
                }
            }
            engine.buffers().give(buffer);
        });
        return y;
    }

    /** Each task owns a range of inputs and adds the rows to it in their order; rows of weight 0 are left out. */
    @Override
    public Tensor transposed(Engine engine, Tensor s, TensorSource weights, Shape input) {
        if (!s.shape().equals(Shape.of(outputs))) {
            throw new IllegalArgumentException("wanted one value for each of " + outputs + " outputs, got shape " + s.shape());
        }
        Tensor x = Tensor.zeros(input);
        int columns = Math.max(256, (inputs + 31) / 32);   // whatever the number of threads: few enough seeks, enough tasks
        engine.workers().run((inputs + columns - 1) / columns, task -> {
            int from = task * columns;
            int width = Math.min(columns, inputs - from);
            float[] buffer = engine.buffers().take(width);
            for (int row = 0; row < outputs; row++) {
                if (s.data()[row] != 0) {
                    weights.read(row * inputs + from, buffer, 0, width);
                    engine.kernels().addScaled(s.data()[row], buffer, 0, x.data(), from, width);
                }
            }
            engine.buffers().give(buffer);
        });
        return x;
    }
}
