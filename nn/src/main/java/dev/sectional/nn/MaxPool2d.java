package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Pooling;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;

/** The greatest value of each window, per channel. */
public final class MaxPool2d implements Layer {
    private final Pooling pooling;

    /**
     * @param kernel side of the window, at least 1
     * @param stride step of the window, at least 1
     * @param padding places around the map that never win, at most half the kernel
     * @param ceil whether a last window that leaves the map counts too
     */
    public MaxPool2d(int kernel, int stride, int padding, boolean ceil) {
        this(Pooling.of(kernel, stride, padding, ceil));
    }

    /** @param pooling any window */
    public MaxPool2d(Pooling pooling) {
        this.pooling = pooling;
    }

    /** The window. */
    public Pooling pooling() {
        return pooling;
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 3) {
            throw new IllegalArgumentException("max pooling takes (H, W, C), got " + input);
        }
        return pooling.outputShape(input);
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return pooling.max(engine, x);
    }

    /** To the first greatest unit of each window. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor upstream) {
        return pooling.toWinners(engine, x, upstream);
    }
}
