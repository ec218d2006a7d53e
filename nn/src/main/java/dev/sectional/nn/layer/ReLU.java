package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Activation;
import dev.sectional.nn.PureLayer;

/** {@code max(x, 0)}, for any shape. */
public final class ReLU implements Activation, PureLayer {
    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = x.copy();
        Execution execution = Execution.of(engine);
        execution.workers().parallelChunks(y.data().length, (from, to) -> execution.relu(y.data(), from, to));
        return y;
    }

    /** Computes the gradient, which is 0 at 0. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Tensor gradient = outputGradient.copy();
        Execution execution = Execution.of(engine);
        execution.workers().parallelChunks(y.data().length, (from, to) ->
                execution.reluBackward(y.data(), gradient.data(), from, to));
        return gradient;
    }
}
