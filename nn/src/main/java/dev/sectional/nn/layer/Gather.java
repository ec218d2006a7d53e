package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.Rearrangement;

import java.util.Arrays;

/** Chosen indices of one axis of a value, in any order and also repeatedly, as NumPy's {@code take}. */
public final class Gather implements Rearrangement, PureLayer {
    private final int axis;
    private final int[] indices;
    private final boolean drop;

    /**
     * Creates the layer.
     *
     * @param axis from 0
     * @param indices from 0, at least one
     * @param drop whether the axis is removed; only with one index
     */
    public Gather(int axis, int[] indices, boolean drop) {
        if (axis < 0 || indices.length == 0 || drop && indices.length > 1) {
            throw new IllegalArgumentException("gathering takes an axis of at least 0 and at least one index, and drops"
                    + " an axis only with one, got axis " + axis + " and " + indices.length + " indices");
        }
        this.axis = axis;
        this.indices = indices.clone();
        this.drop = drop;
    }

    /** {@return whether the layer keeps one index and drops the axis, as the selection of a class token does} */
    public boolean selectsOne() {
        return drop;
    }

    @Override
    public Shape outputShape(Shape input) {
        if (axis >= input.rank() || Arrays.stream(indices).anyMatch(i -> i < 0 || i >= input.dim(axis))) {
            throw new IllegalArgumentException("gathering of axis " + axis + ", greatest index "
                    + Arrays.stream(indices).max().getAsInt() + ", does not fit shape " + input);
        }
        int[] dims = input.dims();
        dims[axis] = indices.length;
        if (!drop) {
            return Shape.of(dims);
        }
        int[] rest = new int[dims.length - 1];
        System.arraycopy(dims, 0, rest, 0, axis);
        System.arraycopy(dims, axis + 1, rest, axis, rest.length - axis);
        return Shape.of(rest);
    }

    /** Returns the number of values of one index. */
    private int inner(Shape input) {
        int inner = 1;
        for (int i = axis + 1; i < input.rank(); i++) {
            inner *= input.dim(i);
        }
        return inner;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = Tensor.zeros(outputShape(x.shape()));
        int inner = inner(x.shape());
        int all = x.shape().dim(axis);
        for (int block = 0; block * inner < y.data().length; block++) {
            int outer = block / indices.length;
            int from = (outer * all + indices[block % indices.length]) * inner;
            System.arraycopy(x.data(), from, y.data(), block * inner, inner);
        }
        return y;
    }

    /** Computes the gradient; the output gradients of an index that was taken repeatedly are added. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Tensor gradient = Tensor.zeros(x.shape());
        Execution execution = Execution.of(engine);
        int inner = inner(x.shape());
        int all = x.shape().dim(axis);
        for (int block = 0; block * inner < outputGradient.data().length; block++) {
            int outer = block / indices.length;
            int to = (outer * all + indices[block % indices.length]) * inner;
            execution.add(outputGradient.data(), block * inner, gradient.data(), to, inner);
        }
        return gradient;
    }
}
