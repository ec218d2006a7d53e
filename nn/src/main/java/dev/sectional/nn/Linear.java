package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A fully connected layer: {@code (N)} to {@code (M)}. The weights may stay in a mapped file: they are streamed through
 * a small buffer per thread, one read of the weights per call.
 */
public final class Linear implements LinearMap {
    /** Values read at once: of shorter pieces more time goes by between two reads, in which the processor does not read ahead. */
    private static final int PIECE = 1 << 13;
    /** Rows that are read side by side, so that a piece of x is used twice. */
    private static final int ROWS = 2;
    /** Rows whose sum one task makes, whatever the number of threads. */
    private static final int RANGE = 256;

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
        return forwardAll(engine, List.of(x)).get(0);
    }

    @Override
    public List<Tensor> forwardAll(Engine engine, List<Tensor> xs) {
        List<Tensor> ys = applyAll(engine, xs, source);
        if (bias != null) {
            ys.forEach(y -> engine.kernels().add(bias, 0, y.data(), 0, outputs));
        }
        return ys;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor upstream) {
        return transposed(engine, upstream, source, x.shape());
    }

    @Override
    public List<Tensor> gradients(Engine engine, Tensor x, Tensor y, List<Tensor> upstreams) {
        return transposedAll(engine, upstreams, source, x.shape());
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
    public Tensor apply(Engine engine, Tensor x, TensorSource weights) {
        return applyAll(engine, List.of(x), weights).get(0);
    }

    /** Each output is one dot product per piece of its row. A piece of x serves all rows of a task, a piece of the weights every x. */
    private List<Tensor> applyAll(Engine engine, List<Tensor> xs, TensorSource weights) {
        xs.forEach(x -> outputShape(x.shape()));
        List<Tensor> ys = xs.stream().map(x -> Tensor.zeros(Shape.of(outputs))).toList();
        engine.workers().run((outputs + ROWS - 1) / ROWS, task -> {
            float[] buffer = engine.buffers().take(PIECE);
            for (int from = 0; from < inputs; from += PIECE) {
                int width = Math.min(PIECE, inputs - from);
                for (int row = task * ROWS; row < Math.min(outputs, (task + 1) * ROWS); row++) {
                    weights.read(row * inputs + from, buffer, 0, width);
                    for (int i = 0; i < ys.size(); i++) {
                        ys.get(i).data()[row] += engine.kernels().dot(buffer, 0, xs.get(i).data(), from, width);
                    }
                }
            }
            engine.buffers().give(buffer);
        });
        return ys;
    }

    @Override
    public Tensor transposed(Engine engine, Tensor s, TensorSource weights, Shape input) {
        return transposedAll(engine, List.of(s), weights, input).get(0);
    }

    /**
     * Each task adds up a range of rows, in their order, and the sums of all ranges are added up in theirs: so the weights are
     * read from beginning to end. Rows of weight 0 are left out.
     */
    private List<Tensor> transposedAll(Engine engine, List<Tensor> ss, TensorSource weights, Shape input) {
        for (Tensor s : ss) {
            if (!s.shape().equals(Shape.of(outputs))) {
                throw new IllegalArgumentException("wanted one value for each of " + outputs + " outputs, got shape " + s.shape());
            }
        }
        int ranges = (outputs + RANGE - 1) / RANGE;
        float[][] sums = new float[ranges * ss.size()][];
        engine.workers().run(ranges, range -> {
            for (int i = 0; i < ss.size(); i++) {
                sums[range * ss.size() + i] = engine.buffers().take(inputs);
                Arrays.fill(sums[range * ss.size() + i], 0f);
            }
            float[] buffer = engine.buffers().take(PIECE);
            for (int row = range * RANGE; row < Math.min(outputs, (range + 1) * RANGE); row += ROWS) {
                addRows(engine, ss, weights, row, Math.min(outputs, row + ROWS), buffer, sums, range * ss.size());
            }
            engine.buffers().give(buffer);
        });
        List<Tensor> xs = new ArrayList<>();
        for (int i = 0; i < ss.size(); i++) {
            Tensor x = Tensor.zeros(input);
            for (int range = 0; range < ranges; range++) {
                engine.kernels().add(sums[range * ss.size() + i], 0, x.data(), 0, inputs);
                engine.buffers().give(sums[range * ss.size() + i]);
            }
            xs.add(x);
        }
        return xs;
    }

    /** Adds rows times their weights to the sums, from the index {@code first} on. */
    private void addRows(Engine engine, List<Tensor> ss, TensorSource weights, int fromRow, int toRow, float[] buffer, float[][] sums, int first) {
        for (int from = 0; from < inputs; from += PIECE) {
            int width = Math.min(PIECE, inputs - from);
            for (int row = fromRow; row < toRow; row++) {
                boolean read = false;
                for (int i = 0; i < ss.size(); i++) {
                    float weight = ss.get(i).data()[row];
                    if (weight == 0) {
                        continue;
                    }
                    if (!read) {
                        weights.read(row * inputs + from, buffer, 0, width);
                        read = true;
                    }
                    engine.kernels().addScaled(weight, buffer, 0, sums[first + i], from, width);
                }
            }
        }
    }
}
