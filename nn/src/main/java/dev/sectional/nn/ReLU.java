package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;

/** {@code max(x, 0)}, of any shape. */
public final class ReLU implements Layer {
    private static final int BLOCK = 1 << 15;

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = x.copy();
        forEachBlock(engine, y, (from, to) -> engine.kernels().relu(y.data(), from, to));
        return y;
    }

    /** The gradient at 0 is 0. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor upstream) {
        Tensor gradient = upstream.copy();
        forEachBlock(engine, y, (from, to) -> engine.kernels().clearUnlessPositive(y.data(), gradient.data(), from, to));
        return gradient;
    }

    private interface Block {
        void on(int from, int to);
    }

    private static void forEachBlock(Engine engine, Tensor tensor, Block block) {
        int size = tensor.shape().size();
        engine.workers().run((size + BLOCK - 1) / BLOCK, task -> block.on(task * BLOCK, Math.min(size, (task + 1) * BLOCK)));
    }
}
