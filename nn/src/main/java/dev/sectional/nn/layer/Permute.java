package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.Rearrangement;

import java.util.Arrays;

/** The axes of a value in another order, of any rank: output axis i is input axis {@code axes[i]}. */
public final class Permute implements Rearrangement, PureLayer {
    private final int[] axes;

    /**
     * Creates the layer.
     *
     * @param axes each of 0 to rank - 1 once
     */
    public Permute(int... axes) {
        this.axes = axes.clone();
        int[] sorted = axes.clone();
        Arrays.sort(sorted);
        for (int i = 0; i < sorted.length; i++) {
            if (sorted[i] != i) {
                throw new IllegalArgumentException("the axes of a permutation are each of 0 to " + (axes.length - 1)
                        + " once, got " + Arrays.toString(axes));
            }
        }
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != axes.length) {
            throw new IllegalArgumentException("permuting " + axes.length + " axes takes as many, got shape " + input);
        }
        return Shape.of(Arrays.stream(axes).map(input::dim).toArray());
    }

    private StridedLoop loop(Shape input) {
        int[] strides = StridedLoop.rowMajor(input);
        return new StridedLoop(outputShape(input), new int[1], Arrays.stream(axes).map(i -> strides[i]).toArray());
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
