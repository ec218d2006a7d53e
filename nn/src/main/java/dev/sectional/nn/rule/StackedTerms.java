package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.conv.SmallChannelShares;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.ConvolutionAlgorithm;
import java.util.List;

/**
 * The sum of two modified convolutions, {@code z = conv(a, first(w)) + conv(b, second(w))}, as one convolution of twice
 * the channels: one product of twice the depth takes less time than two products and their sum. For convolutions of
 * one group.
 *
 * <p>Holds pooled tensors until {@link #release}.
 */
final class StackedTerms {
    private static final int FEW_CHANNELS = 8;

    private final Engine engine;
    private final Execution execution;
    /** The convolution of twice the channels; its own weights are never read. */
    private final Conv2d wide;
    private final Shape input;
    /** a and b side by side, {@code (H, W, 2 C)}. */
    private final Tensor inputs;
    private final TensorSource weights;
    /** The products; null before they are computed. */
    private Tensor z;

    /** The shape of weights that are given with each call. */
    private record ShapeOnly(Shape shape) implements TensorSource {
        @Override
        public void read(int from, float[] into, int at, int count) {
            throw new UnsupportedOperationException("the weights are given with each call");
        }
    }

    /**
     * @param a {@code (H, W, C)}
     * @param b of the shape of a
     * @param first modifier of the weights that a meets
     * @param second modifier of the weights that b meets
     */
    StackedTerms(Engine engine, Conv2d conv, Tensor a, Tensor b, Modifier first, Modifier second) {
        this.engine = engine;
        execution = Execution.of(engine);
        input = a.shape();
        Shape own = conv.weightShape();
        wide = Conv2d.of(new ShapeOnly(Shape.of(own.dim(0), 2 * own.dim(1), own.dim(2), own.dim(3))))
                .geometry(conv.at(input).geometry());
        inputs = execution.tensor(Shape.of(input.dim(0), input.dim(1), 2 * input.dim(2)));
        execution.workers().run(input.dim(0), row -> {
            interleave(a.data(), row, 0);
            interleave(b.data(), row, input.dim(2));
        });
        weights = weights(engine, conv, first, second);
    }

    /** Copies one row of a or b. */
    private void interleave(float[] x, int row, int first) {
        int channels = input.dim(2);
        int end = (row + 1) * input.dim(1);
        if (channels > FEW_CHANNELS) {
            for (int position = row * input.dim(1); position < end; position++) {
                System.arraycopy(x, position * channels, inputs.data(), 2 * position * channels + first, channels);
            }
            return;
        }
        for (int c = 0; c < channels; c++) {   // a call would take longer than the copy of so few elements
            int from = row * input.dim(1) * channels + c;
            int to = 2 * row * input.dim(1) * channels + first + c;
            for (; from < end * channels; from += channels, to += 2 * channels) {
                inputs.data()[to] = x[from];
            }
        }
    }

    /** Returns {@code first(w)} and {@code second(w)} as filters of twice the channels, prepared for the engine. */
    static TensorSource weights(Engine engine, Conv2d conv, Modifier first, Modifier second) {
        return conv.weights(List.of(first, second), filters -> stacked(engine, filters.tensor(), first, second));
    }

    static boolean fits(Object layer) {
        return layer instanceof Conv2d conv && conv.groups() == 1;
    }

    private static Tensor stacked(Engine engine, Tensor filters, Modifier first, Modifier second) {
        Shape shape = filters.shape();
        int matrix = shape.dim(2) * shape.dim(3);
        Tensor all = Tensor.zeros(Shape.of(shape.dim(0), shape.dim(1), 2 * shape.dim(2), shape.dim(3)));
        float[] a = first.apply(engine, filters).tensor().data();
        float[] b = second.apply(engine, filters).tensor().data();
        for (int offset = 0; offset < shape.dim(0) * shape.dim(1); offset++) {
            System.arraycopy(a, offset * matrix, all.data(), 2 * offset * matrix, matrix);
            System.arraycopy(b, offset * matrix, all.data(), (2 * offset + 1) * matrix, matrix);
        }
        return all;
    }

    /** Returns z, which later calls return again. */
    Tensor forward() {
        z = z == null ? wide.forward(engine, inputs, weights) : z;
        return z;
    }

    /** Returns {@code a conv^T(s, first(w)) + b conv^T(s, second(w))}, a tensor that belongs to the caller. */
    Tensor shares(Tensor s) {
        Tensor shares = execution.tensor(input);
        if (AlgorithmPlanner.of(engine).exactInputGradient(wide.shapeAt(inputs.shape()))
                == ConvolutionAlgorithm.SMALL_CHANNEL) {
            SmallChannelShares.write(execution, wide.geometry(), s, weights.tensor(), inputs, shares);
            return shares;
        }
        Tensor gradient = wide.inputGradient(engine, s, weights, inputs.shape());
        int channels = input.dim(2);
        float[] g = gradient.data();
        float[] x = inputs.data();
        float[] sums = shares.data();
        execution.workers().run(input.dim(0), row -> {
            for (int position = row * input.dim(1); position < (row + 1) * input.dim(1); position++) {
                int from = 2 * position * channels;
                int to = position * channels;
                for (int c = 0; c < channels; c++) {
                    sums[to + c] = g[from + c] * x[from + c] + g[from + channels + c] * x[from + channels + c];
                }
            }
        });
        execution.release(gradient);
        return shares;
    }

    /** Returns the memory to the pool. Nobody may use the terms afterwards. */
    void release() {
        execution.release(inputs);
        if (z != null) {
            execution.release(z);
        }
    }
}
