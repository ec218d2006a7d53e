package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.Rearrangement;

/**
 * A feature map {@code (H, W, C)} to a vector in the order channel, row, column, as PyTorch's {@code Flatten}: the
 * order that the weights of linear layers expect.
 */
public final class Flatten implements Rearrangement, PureLayer {
    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 3) {
            throw new IllegalArgumentException("flatten takes (H, W, C), got " + input);
        }
        return Shape.of(input.size());
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return x.toChannelsFirst().reshape(outputShape(x.shape()));
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Shape shape = x.shape();
        return outputGradient.reshape(Shape.of(shape.dim(2), shape.dim(0), shape.dim(1))).toChannelsLast();
    }
}
