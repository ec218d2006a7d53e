package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.BufferRows;
import dev.sectional.core.internal.kernel.Kernels;
import dev.sectional.nn.WeightedLayer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A fully connected layer: {@code (N)} to {@code (M)}. The weights may stay in a mapped file: they are streamed through
 * a small buffer per thread, one read of the weights per call.
 */
public final class Linear implements WeightedLayer {
    /** Values copied at once: of shorter pieces more time goes by between two reads, in which the processor does not read ahead. */
    private static final int READ = 1 << 13;
    /** Columns worked on at once: for the next vector the weights still lie in the first-level cache. */
    private static final int PIECE = 1 << 9;
    /** Rows worked on at once. */
    private static final int ROWS = BufferRows.COUNT;
    /** Rows of one task: a multiple. */
    private static final int TASK = 4 * ROWS;
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
            ys.forEach(y -> Execution.of(engine).kernels().add(bias, 0, y.data(), 0, outputs));
        }
        return ys;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return inputGradient(engine, outputGradient, source, x.shape());
    }

    @Override
    public List<Tensor> gradients(Engine engine, Tensor x, Tensor y, List<Tensor> outputGradients) {
        return inputGradients(engine, outputGradients, source, x.shape());
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

    /** A piece of the weights serves every x. */
    private List<Tensor> productsAll(Engine engine, List<Tensor> xs, TensorSource weights) {
        xs.forEach(x -> outputShape(x.shape()));
        List<Tensor> ys = xs.stream().map(x -> Tensor.zeros(Shape.of(outputs))).toList();
        Kernels kernels = Execution.of(engine).kernels();
        int running = kernels.partialSumCount();
        Execution.of(engine).workers().run((outputs + TASK - 1) / TASK, task -> {
            int first = task * TASK;
            int rows = Math.min(TASK, outputs - first);
            float[] sums = Execution.of(engine).acquire(xs.size() * TASK * running);
            Arrays.fill(sums, 0f);
            if (rows % ROWS > 0 || !kernels.readsBuffers() || !weights.inPlace(values -> addPieces(kernels, kernels.bufferRows(values), first, rows, xs, sums))) {
                for (int row = 0; row < rows; row++) {
                    addPieces(engine, weights, first + row, xs, sums, row * running);
                }
            }
            for (int i = 0; i < ys.size(); i++) {
                for (int row = 0; row < rows; row++) {
                    ys.get(i).data()[first + row] = kernels.reducePartialSums(sums, (i * TASK + row) * running);
                }
            }
            Execution.of(engine).release(sums);
        });
        return ys;
    }

    /** The products of several rows, where they lie. */
    private void addPieces(Kernels kernels, BufferRows values, int first, int rows, List<Tensor> xs, float[] sums) {
        for (int row = 0; row < rows; row += ROWS) {
            for (int from = 0; from < inputs; from += PIECE) {
                int width = Math.min(PIECE, inputs - from);
                for (int i = 0; i < xs.size(); i++) {
                    values.accumulateDots((first + row) * inputs + from, inputs, xs.get(i).data(), from, width, sums, (i * TASK + row) * kernels.partialSumCount());
                }
            }
        }
    }

    /** The products of one row, copied piece by piece: the same bits. */
    private void addPieces(Engine engine, TensorSource weights, int row, List<Tensor> xs, float[] sums, int sumStart) {
        Kernels kernels = Execution.of(engine).kernels();
        float[] buffer = Execution.of(engine).acquire(READ);
        for (int from = 0; from < inputs; from += READ) {
            int width = Math.min(READ, inputs - from);
            weights.read(row * inputs + from, buffer, 0, width);
            for (int i = 0; i < xs.size(); i++) {
                kernels.accumulateDot(buffer, 0, xs.get(i).data(), from, width, sums, sumStart + i * TASK * kernels.partialSumCount());
            }
        }
        Execution.of(engine).release(buffer);
    }

    @Override
    public Tensor inputGradient(Engine engine, Tensor outputGradient, TensorSource weights, Shape input) {
        return inputGradients(engine, List.of(outputGradient), weights, input).get(0);
    }

    /**
     * Each task adds up a range of rows, in their order, and the sums of all ranges are added up in theirs: so the weights are
     * read from beginning to end. Rows of weight 0 are left out.
     */
    private List<Tensor> inputGradients(Engine engine, List<Tensor> ss, TensorSource weights, Shape input) {
        for (Tensor s : ss) {
            if (!s.shape().equals(Shape.of(outputs))) {
                throw new IllegalArgumentException("wanted one value for each of " + outputs + " outputs, got shape " + s.shape());
            }
        }
        int ranges = (outputs + RANGE - 1) / RANGE;
        float[][] sums = new float[ranges * ss.size()][];
        Execution.of(engine).workers().run(ranges, range -> {
            for (int i = 0; i < ss.size(); i++) {
                sums[range * ss.size() + i] = Execution.of(engine).acquire(inputs);
                Arrays.fill(sums[range * ss.size() + i], 0f);
            }
            int[] rows = IntStream.range(range * RANGE, Math.min(outputs, (range + 1) * RANGE)).filter(row -> isWanted(ss, row)).toArray();
            float[][] own = Arrays.copyOfRange(sums, range * ss.size(), (range + 1) * ss.size());
            addRows(engine, ss, weights, rows, own);
        });
        List<Tensor> xs = new ArrayList<>();
        for (int i = 0; i < ss.size(); i++) {
            Tensor x = Tensor.zeros(input);
            for (int range = 0; range < ranges; range++) {
                Execution.of(engine).kernels().add(sums[range * ss.size() + i], 0, x.data(), 0, inputs);
                Execution.of(engine).release(sums[range * ss.size() + i]);
            }
            xs.add(x);
        }
        return xs;
    }

    /** Whether a row has a weight other than 0. A loop: a stream for each row would be a third of what an explanation allocates. */
    private static boolean isWanted(List<Tensor> ss, int row) {
        for (int i = 0; i < ss.size(); i++) {
            if (ss.get(i).data()[row] != 0) {
                return true;
            }
        }
        return false;
    }

    /** Adds rows times their weights to the sums. */
    private void addRows(Engine engine, List<Tensor> ss, TensorSource weights, int[] rows, float[][] sums) {
        Kernels kernels = Execution.of(engine).kernels();
        int whole = rows.length - rows.length % ROWS;
        boolean added = whole > 0 && kernels.readsBuffers() && weights.inPlace(values -> addRows(ss, kernels.bufferRows(values), rows, whole, sums));
        float[] buffer = Execution.of(engine).acquire(READ);
        for (int next = added ? whole : 0; next < rows.length; next++) {
            for (int from = 0; from < inputs; from += READ) {
                int width = Math.min(READ, inputs - from);
                weights.read(rows[next] * inputs + from, buffer, 0, width);
                for (int i = 0; i < sums.length; i++) {
                    kernels.addScaled(ss.get(i).data()[rows[next]], buffer, 0, sums[i], from, width);
                }
            }
        }
        Execution.of(engine).release(buffer);
    }

    /** The same for the first {@code count}, where they lie. */
    private void addRows(List<Tensor> ss, BufferRows values, int[] rows, int count, float[][] sums) {
        float[] scales = new float[ROWS];
        int[] starts = new int[ROWS];
        for (int next = 0; next < count; next += ROWS) {
            for (int from = 0; from < inputs; from += PIECE) {
                for (int i = 0; i < sums.length; i++) {
                    for (int row = 0; row < ROWS; row++) {
                        scales[row] = ss.get(i).data()[rows[next + row]];
                        starts[row] = rows[next + row] * inputs + from;
                    }
                    values.addScaled(scales, starts, sums[i], from, Math.min(PIECE, inputs - from));
                }
            }
        }
    }
}
