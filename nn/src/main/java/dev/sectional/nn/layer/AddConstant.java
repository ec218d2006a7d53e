package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.PureLayer;

/** Adds a constant of a shape that broadcasts to or with the input's, such as a position embedding. */
public final class AddConstant implements PureLayer {
    private final Tensor value;

    /**
     * Creates the layer; reads the constant now.
     *
     * @param value broadcasts to the input
     */
    public AddConstant(TensorSource value) {
        this.value = value.tensor();
    }

    /** {@return the constant itself, which must not be changed} */
    public Tensor value() {
        return value;
    }

    @Override
    public Shape outputShape(Shape input) {
        return StridedLoop.broadcast("adding a constant", input, value.shape());
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = Tensor.zeros(outputShape(x.shape()));
        StridedLoop loop = StridedLoop.broadcast(y.shape(), x.shape(), value.shape());
        loop.forEachRow(Execution.of(engine), row -> {
            int length = loop.length();
            int p = loop.start(0, row);
            int q = loop.start(1, row);
            for (int i = row * length; i < (row + 1) * length; i++, p += loop.step(0), q += loop.step(1)) {
                y.data()[i] = x.data()[p] + value.data()[q];
            }
        });
        return y;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return StridedLoop.sumTo(outputGradient, x.shape());
    }
}
