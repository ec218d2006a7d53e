package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.Rearrangement;

/**
 * A vector in the order channel, row, column to a feature map {@code (H, W, C)}, as PyTorch's {@code Unflatten}: the
 * inverse of {@link Flatten}.
 *
 * @param channels of the feature map, at least 1
 * @param height rows of the feature map, at least 1
 * @param width columns of the feature map, at least 1
 */
public record Unflatten(int channels, int height, int width) implements Rearrangement, PureLayer {
    /**
     * Creates the layer; checks the sizes.
     *
     * @param channels the component {@code channels}
     * @param height the component {@code height}
     * @param width the component {@code width}
     */
    public Unflatten {
        if (Math.min(channels, Math.min(height, width)) < 1) {
            throw new IllegalArgumentException("a feature map has at least 1 channel, row and column, got " + channels
                    + ", " + height + " and " + width);
        }
    }

    @Override
    public Shape outputShape(Shape input) {
        Shape map = Shape.of(height, width, channels);
        if (!input.equals(Shape.of(map.size()))) {
            throw new IllegalArgumentException("a vector of " + map.size() + " becomes " + channels + " channels of "
                    + height + "x" + width + ", got " + input);
        }
        return map;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        outputShape(x.shape());
        return x.reshape(Shape.of(channels, height, width)).toChannelsLast();
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return outputGradient.toChannelsFirst().reshape(x.shape());
    }
}
