package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;

/**
 * Average pooling to an output of fixed size, as PyTorch's {@code AdaptiveAvgPool2d}: output i of n along a side of s
 * positions averages the positions from {@code floor(i s / n)} up to, not including, {@code ceil((i + 1) s / n)}, so
 * neighbouring windows may overlap by one position.
 */
public final class AdaptiveAvgPool2d extends AveragePooling {
    private final int height;
    private final int width;

    /**
     * Creates a pooling.
     *
     * @param height rows of the output, at least 1
     * @param width columns of the output, at least 1
     */
    public AdaptiveAvgPool2d(int height, int width) {
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException("the output of a pooling has at least 1x1 positions, got " + height
                    + "x" + width);
        }
        this.height = height;
        this.width = width;
    }

    @Override
    Shape outputSize(Shape input) {
        return Shape.of(height, width);
    }

    @Override
    Region window(Shape input, int row, int column) {
        int rows = input.dim(0);
        int columns = input.dim(1);
        return new Region(row * rows / height, ((row + 1) * rows + height - 1) / height,
                column * columns / width, ((column + 1) * columns + width - 1) / width);
    }

    /** {@return {@code x} itself if it has the output's size} */
    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return outputShape(x.shape()).equals(x.shape()) ? x : super.forward(engine, x);
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return y.shape().equals(x.shape()) ? outputGradient : super.gradient(engine, x, y, outputGradient);
    }
}
