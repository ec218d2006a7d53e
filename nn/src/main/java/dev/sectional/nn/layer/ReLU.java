package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Layer;

/** {@code max(x, 0)}, of any shape. */
public final class ReLU implements Layer {
    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = x.copy();
        Execution.of(engine).workers().parallelChunks(y.data().length, (from, to) -> Execution.of(engine).kernels().relu(y.data(), from, to));
        return y;
    }

    /** The gradient at 0 is 0. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor upstream) {
        Tensor gradient = upstream.copy();
        Execution.of(engine).workers().parallelChunks(y.data().length, (from, to) -> Execution.of(engine).kernels().reluBackward(y.data(), gradient.data(), from, to));
        return gradient;
    }
}
