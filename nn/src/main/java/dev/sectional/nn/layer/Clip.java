package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.Epilogue;
import dev.sectional.core.internal.conv.GradientEpilogue;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Activation;
import dev.sectional.nn.Layer;
import dev.sectional.nn.PureLayer;

/**
 * {@code min(max(x, least), greatest)}, for any shape: PyTorch's {@code Hardtanh}, and ReLU6 with the bounds 0 and 6.
 *
 * @param least lower bound, finite
 * @param greatest upper bound, finite and at least {@code least}
 */
public record Clip(float least, float greatest) implements Activation, PureLayer {
    /**
     * Creates the layer; checks the bounds.
     *
     * @param least the component {@code least}
     * @param greatest the component {@code greatest}
     */
    public Clip {
        if (!(least <= greatest) || Float.isInfinite(least) || Float.isInfinite(greatest)) {
            throw new IllegalArgumentException("clipping takes two finite bounds in order, got " + least + " and "
                    + greatest);
        }
    }

    /** Returns whether a layer limits each value to an interval, as {@link #epilogue} takes it. */
    static boolean limits(Layer layer) {
        return layer instanceof ReLU || layer instanceof Clip;
    }

    /** Returns a bias and then the interval of a layer that {@link #limits}. */
    static Epilogue epilogue(float[] bias, Layer layer) {
        return layer instanceof Clip clip ? new Epilogue(bias, clip.least, clip.greatest) : Epilogue.ofRelu(bias);
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Execution execution = Execution.of(engine);
        Tensor y = execution.tensor(x.shape());
        execution.workers().parallelChunks(y.data().length, (from, to) -> {
            System.arraycopy(x.data(), from, y.data(), from, to - from);
            epilogue(null, this).add(execution, null, y.data(), from, to - from);
        });
        return y;
    }

    /** Computes the gradient, which is 0 at the bounds. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return epilogue(null, this, x, null).applied(Execution.of(engine), outputGradient);
    }

    @Override
    public boolean gradientInPlace(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        epilogue(null, this, x, null).apply(Execution.of(engine), outputGradient);
        return true;
    }

    /**
     * Returns what a gradient goes through below a convolution.
     *
     * @param addend null for none
     * @param layer one that {@link #limits}, or null for none
     * @param limited its output, or input
     * @param scales of a batch norm; null for none
     */
    static GradientEpilogue epilogue(float[] addend, Layer layer, Tensor limited, float[] scales) {
        Clip clip = layer instanceof Clip each ? each : new Clip(0, 0);
        return new GradientEpilogue(addend, layer == null ? null : limited.data(), clip.least,
                layer instanceof Clip ? clip.greatest : Float.NaN, scales);
    }
}
