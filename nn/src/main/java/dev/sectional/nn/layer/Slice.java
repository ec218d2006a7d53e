package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.Rearrangement;

/**
 * Equally distant indices of one axis of a value: index i of the output is index {@code start + i step} of the input.
 *
 * @param axis from 0
 * @param start first index, from 0
 * @param step distance of neighbouring indices, not 0; negative to reverse
 * @param count number of indices, at least 1
 */
public record Slice(int axis, int start, int step, int count) implements Rearrangement, PureLayer {
    /**
     * Creates the layer; checks the numbers.
     *
     * @param axis the component {@code axis}
     * @param start the component {@code start}
     * @param step the component {@code step}
     * @param count the component {@code count}
     */
    public Slice {
        if (axis < 0 || start < 0 || step == 0 || count < 1) {
            throw new IllegalArgumentException("a slice takes axis and start of at least 0, a step other than 0 and a"
                    + " count of at least 1, got " + axis + ", " + start + ", " + step + " and " + count);
        }
    }

    @Override
    public Shape outputShape(Shape input) {
        long last = start + (count - 1L) * step;
        if (axis >= input.rank() || last < 0 || Math.max(start, last) >= input.dim(axis)) {
            throw new IllegalArgumentException("a slice of axis " + axis + " from " + start + " to " + last
                    + " does not fit shape " + input);
        }
        int[] dims = input.dims();
        dims[axis] = count;
        return Shape.of(dims);
    }

    private StridedLoop loop(Shape input) {
        int[] strides = StridedLoop.rowMajor(input);
        int base = start * strides[axis];
        strides[axis] *= step;
        return new StridedLoop(outputShape(input), new int[] {base}, strides);
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = Tensor.zeros(outputShape(x.shape()));
        loop(x.shape()).gather(Execution.of(engine), x.data(), y.data());
        return y;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Tensor gradient = Tensor.zeros(x.shape());
        loop(x.shape()).scatter(Execution.of(engine), outputGradient.data(), gradient.data());
        return gradient;
    }
}
