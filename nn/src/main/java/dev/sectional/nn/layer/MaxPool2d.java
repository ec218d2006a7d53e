package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.PoolingGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.MaxPooling;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.PureLayer;

/** The greatest value of each window, per channel. */
public final class MaxPool2d implements PureLayer {
    private final PoolingGeometry geometry;
    private final MaxPooling pooling;

    /**
     * @param kernel side of the window, at least 1
     * @param stride step of the window, at least 1
     * @param padding places around the map that never win, at most half the kernel
     * @param ceil whether a last window that leaves the map counts too
     */
    public MaxPool2d(int kernel, int stride, int padding, boolean ceil) {
        this(PoolingGeometry.of(kernel, stride, padding, ceil));
    }

    /** @param geometry any window */
    public MaxPool2d(PoolingGeometry geometry) {
        this.geometry = geometry;
        this.pooling = new MaxPooling(geometry);
    }

    /** The window. */
    public PoolingGeometry geometry() {
        return geometry;
    }

    @Override
    public boolean isPoolingOrDropout() {
        return true;
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 3) {
            throw new IllegalArgumentException("max pooling takes (H, W, C), got " + input);
        }
        return geometry.outputShape(input);
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return pooling.max(Execution.of(engine), x);
    }

    /** To the first greatest unit of each window. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return pooling.routeToFirstMax(Execution.of(engine), x, outputGradient);
    }

    /**
     * Routes each value of the pooled shape whole to the first greatest unit of its window, in scan order; overlaps add
     * up.
     */
    public Tensor routeToFirstMax(Engine engine, Tensor x, Tensor values) {
        return pooling.routeToFirstMax(Execution.of(engine), x, values);
    }
}
