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
        Execution execution = Execution.of(engine);
        Tensor y = execution.tensor(x.shape());
        execution.workers().parallelChunks(y.data().length, (from, to) -> {
            System.arraycopy(x.data(), from, y.data(), from, to - from);
            execution.relu(y.data(), from, to);
        });
        return y;
    }

    /** Computes the gradient, which is 0 at 0. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return Clip.epilogue(null, this, y, null).applied(Execution.of(engine), outputGradient);
    }

    @Override
    public boolean gradientInPlace(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Clip.epilogue(null, this, y, null).apply(Execution.of(engine), outputGradient);
        return true;
    }
}
