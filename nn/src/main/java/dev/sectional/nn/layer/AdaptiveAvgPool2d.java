package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;

/**
 * Averages over a grid of given size, whatever the size of the map: cell i of n along a side of s places covers places
 * {@code floor(i s / n)} up to {@code ceil((i + 1) s / n)}, so neighbouring cells may overlap by one place.
 */
public final class AdaptiveAvgPool2d extends AveragePooling {
    private final int height;
    private final int width;

    /** @param height,width cells of the grid, at least 1 each */
    public AdaptiveAvgPool2d(int height, int width) {
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException("a grid has at least 1x1 cells, got " + height + "x" + width);
        }
        this.height = height;
        this.width = width;
    }

    @Override
    Shape cells(Shape input) {
        return Shape.of(height, width);
    }

    @Override
    Cell cell(Shape input, int row, int column) {
        int rows = input.dim(0);
        int columns = input.dim(1);
        return new Cell(row * rows / height, ((row + 1) * rows + height - 1) / height,
                column * columns / width, ((column + 1) * columns + width - 1) / width);
    }

    /** The map itself where the grid has its size. */
    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return outputShape(x.shape()).equals(x.shape()) ? x : super.forward(engine, x);
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return y.shape().equals(x.shape()) ? outputGradient : super.gradient(engine, x, y, outputGradient);
    }
}
