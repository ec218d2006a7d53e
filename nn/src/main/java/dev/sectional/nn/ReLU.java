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
        int size = x.shape().size();
        engine.workers().run((size + BLOCK - 1) / BLOCK,
                task -> engine.kernels().relu(y.data(), task * BLOCK, Math.min(size, (task + 1) * BLOCK)));
        return y;
    }

    /** The gradient at 0 is 0. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor upstream) {
        Tensor gradient = Tensor.zeros(x.shape());
        for (int i = 0; i < gradient.data().length; i++) {
            gradient.data()[i] = y.data()[i] > 0 ? upstream.data()[i] : 0f;
        }
        return gradient;
    }
}
