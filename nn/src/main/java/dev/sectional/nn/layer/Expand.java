package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.Rearrangement;

/** A value broadcast to a larger shape by NumPy's rule. */
public final class Expand implements Rearrangement, PureLayer {
    private final Shape shape;

    /**
     * Creates the layer.
     *
     * @param shape of the output
     */
    public Expand(Shape shape) {
        this.shape = shape;
    }

    @Override
    public Shape outputShape(Shape input) {
        return StridedLoop.broadcast("expanding to " + shape, input, shape);
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = Tensor.zeros(outputShape(x.shape()));
        StridedLoop.broadcast(y.shape(), x.shape()).gather(Execution.of(engine), x.data(), y.data());
        return y;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return StridedLoop.sumTo(outputGradient, x.shape());
    }
}
