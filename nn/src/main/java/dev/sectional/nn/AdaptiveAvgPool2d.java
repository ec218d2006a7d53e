package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;

/**
 * Averages over a grid of given size, whatever the size of the map: cell i of n along a side of s places covers places
 * {@code floor(i s / n)} up to {@code ceil((i + 1) s / n)}, so neighbouring cells may overlap by one place.
 */
public final class AdaptiveAvgPool2d implements Layer {
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
    public Shape outputShape(Shape input) {
        if (input.rank() != 3 || input.size() == 0) {
            throw new IllegalArgumentException("average pooling takes (H, W, C), got " + input);
        }
        return Shape.of(height, width, input.dim(2));
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Shape shape = outputShape(x.shape());
        if (shape.equals(x.shape())) {
            return x;
        }
        Tensor y = Tensor.zeros(shape);
        int channels = shape.dim(2);
        forEachPlace(x.shape(), (cell, place, share) ->
                engine.kernels().addScaled(share, x.data(), place * channels, y.data(), cell * channels, channels));
        return y;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor upstream) {
        if (y.shape().equals(x.shape())) {
            return upstream;
        }
        Tensor gradient = Tensor.zeros(x.shape());
        int channels = x.shape().dim(2);
        forEachPlace(x.shape(), (cell, place, share) ->
                engine.kernels().addScaled(share, upstream.data(), cell * channels, gradient.data(), place * channels, channels));
        return gradient;
    }

    private interface Visitor {
        void visit(int cell, int place, float share);
    }

    private void forEachPlace(Shape input, Visitor visitor) {
        int rows = input.dim(0);
        int columns = input.dim(1);
        for (int cell = 0; cell < height * width; cell++) {
            int top = cell / width * rows / height;
            int bottom = ((cell / width + 1) * rows + height - 1) / height;
            int left = cell % width * columns / width;
            int right = ((cell % width + 1) * columns + width - 1) / width;
            float share = 1f / ((bottom - top) * (right - left));
            for (int place = top * columns; place < bottom * columns; place += columns) {
                for (int column = left; column < right; column++) {
                    visitor.visit(cell, place + column, share);
                }
            }
        }
    }
}
