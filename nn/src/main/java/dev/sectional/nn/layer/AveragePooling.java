package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.PureLayer;

/** A pooling whose outputs are averages over rectangles of the map, per channel. */
public abstract sealed class AveragePooling implements PureLayer permits AvgPool2d, AdaptiveAvgPool2d {
    /**
     * The places that one output averages.
     *
     * @param count what their sum is divided by
     */
    record Cell(int top, int bottom, int left, int right, int count) {
        Cell(int top, int bottom, int left, int right) {
            this(top, bottom, left, right, (bottom - top) * (right - left));
        }

        Cell of(int other) {
            return new Cell(top, bottom, left, right, other);
        }
    }

    /** {@code (rows, columns)} of the outputs. */
    abstract Shape cells(Shape input);

    /** What the output at a row and column averages. */
    abstract Cell cell(Shape input, int row, int column);

    @Override
    public final boolean isPoolingOrDropout() {
        return true;
    }

    @Override
    public final Shape outputShape(Shape input) {
        if (input.rank() != 3 || input.size() == 0) {
            throw new IllegalArgumentException("average pooling takes (H, W, C), got " + input);
        }
        Shape cells = cells(input);
        return Shape.of(cells.dim(0), cells.dim(1), input.dim(2));
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = Tensor.zeros(outputShape(x.shape()));
        int channels = x.shape().dim(2);
        forEachPlace(x.shape(), y.shape(), (cell, place, share) ->
                Execution.of(engine).addScaled(share, x.data(), place * channels, y.data(), cell * channels, channels));
        return y;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Tensor gradient = Tensor.zeros(x.shape());
        int channels = x.shape().dim(2);
        forEachPlace(x.shape(), y.shape(), (cell, place, share) ->
                Execution.of(engine).addScaled(share, outputGradient.data(), cell * channels, gradient.data(), place * channels, channels));
        return gradient;
    }

    private interface Visitor {
        void visit(int cell, int place, float share);
    }

    private void forEachPlace(Shape input, Shape output, Visitor visitor) {
        int columns = input.dim(1);
        for (int i = 0; i < output.dim(0) * output.dim(1); i++) {
            Cell cell = cell(input, i / output.dim(1), i % output.dim(1));
            for (int row = cell.top(); row < cell.bottom(); row++) {
                for (int column = cell.left(); column < cell.right(); column++) {
                    visitor.visit(i, row * columns + column, 1f / cell.count());
                }
            }
        }
    }
}
