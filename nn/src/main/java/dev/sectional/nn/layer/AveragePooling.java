package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.PureLayer;

/**
 * A pooling whose outputs are averages over rectangles of the feature map, per channel: {@code (H, W, C)} to
 * {@code (H', W', C)}.
 */
public abstract sealed class AveragePooling implements PureLayer permits AvgPool2d, AdaptiveAvgPool2d {
    /** Least and greatest number of channels of a task, which adds up all positions of its channels. */
    private static final int LEAST_CHANNELS = 64;
    private static final int MOST_CHANNELS = Integer.MAX_VALUE;

    /**
     * The rectangle of positions that one output averages.
     *
     * @param top first row
     * @param bottom row after the last
     * @param left first column
     * @param right column after the last
     * @param count divisor of the sum
     */
    record Region(int top, int bottom, int left, int right, int count) {
        Region(int top, int bottom, int left, int right) {
            this(top, bottom, left, right, (bottom - top) * (right - left));
        }

        Region withCount(int other) {
            return new Region(top, bottom, left, right, other);
        }
    }

    /** {@return {@code (H', W')}, rows and columns of the output} */
    abstract Shape outputSize(Shape input);

    /** {@return the positions that the output at a row and column averages} */
    abstract Region window(Shape input, int row, int column);

    @Override
    public final boolean isPoolingOrDropout() {
        return true;
    }

    @Override
    public final Shape outputShape(Shape input) {
        if (input.rank() != 3 || input.size() == 0) {
            throw new IllegalArgumentException("average pooling takes (H, W, C), got " + input);
        }
        Shape size = outputSize(input);
        return Shape.of(size.dim(0), size.dim(1), input.dim(2));
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = Tensor.zeros(outputShape(x.shape()));
        int channels = x.shape().dim(2);
        Execution execution = Execution.of(engine);
        inParts(execution, channels, (first, count) -> forEachPair(x.shape(), y.shape(), (in, out, share) ->
                execution.addScaled(share, x.data(), in * channels + first, y.data(), out * channels + first, count)));
        return y;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Execution execution = Execution.of(engine);
        Tensor gradient = execution.tensor(x.shape());
        execution.clear(gradient.data());
        int channels = x.shape().dim(2);
        float[] received = outputGradient.data();
        inParts(execution, channels, (first, count) -> forEachPair(x.shape(), y.shape(), (in, out, share) ->
                execution.addScaled(share, received, out * channels + first, gradient.data(), in * channels + first,
                        count)));
        return gradient;
    }

    /** Some of the channels. */
    private interface Part {
        void compute(int first, int count);
    }

    /** Divides the channels among the threads, so that each element is added up by one of them. */
    private static void inParts(Execution execution, int channels, Part part) {
        int each = execution.workers().evenPart(channels, LEAST_CHANNELS, MOST_CHANNELS, 1);
        execution.workers().run((channels + each - 1) / each, task ->
                part.compute(task * each, Math.min(each, channels - task * each)));
    }

    /** A position of the input, an output that averages it, and the weight of the position in the average. */
    private interface Pair {
        void visit(int in, int out, float share);
    }

    private void forEachPair(Shape input, Shape output, Pair pair) {
        int columns = input.dim(1);
        for (int out = 0; out < output.dim(0) * output.dim(1); out++) {
            Region window = window(input, out / output.dim(1), out % output.dim(1));
            for (int row = window.top(); row < window.bottom(); row++) {
                for (int column = window.left(); column < window.right(); column++) {
                    pair.visit(row * columns + column, out, 1f / window.count());
                }
            }
        }
    }
}
