package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Activation;
import dev.sectional.nn.PureLayer;

/**
 * {@code x} where x is positive, {@code slope x} elsewhere, with trained slopes, as PyTorch's {@code PReLU}: one slope,
 * or one per channel of a feature map {@code (H, W, C)}; any shape that broadcasts to the input's.
 */
public final class PReLU implements Activation, PureLayer {
    private final Tensor slopes;

    /**
     * Creates the layer; reads the slopes now.
     *
     * @param slopes broadcast to the input
     */
    public PReLU(TensorSource slopes) {
        this.slopes = slopes.tensor();
    }

    @Override
    public Shape outputShape(Shape input) {
        if (!StridedLoop.broadcast("PReLU", input, slopes.shape()).equals(input)) {
            throw new IllegalArgumentException("PReLU with slopes of shape " + slopes.shape()
                    + " takes an input that these broadcast to, got " + input);
        }
        return input;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        outputShape(x.shape());
        return scaled(engine, x, x);
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return scaled(engine, x, outputGradient);
    }

    /** Returns values, multiplied by the slope where x is not positive. */
    private Tensor scaled(Engine engine, Tensor x, Tensor values) {
        Tensor y = Tensor.zeros(x.shape());
        StridedLoop loop = StridedLoop.broadcast(x.shape(), slopes.shape());
        loop.forEachRow(Execution.of(engine), row -> {
            int length = loop.length();
            int p = loop.start(0, row);
            for (int i = row * length; i < (row + 1) * length; i++, p += loop.step(0)) {
                y.data()[i] = x.data()[i] > 0 ? values.data()[i] : slopes.data()[p] * values.data()[i];
            }
        });
        return y;
    }
}
