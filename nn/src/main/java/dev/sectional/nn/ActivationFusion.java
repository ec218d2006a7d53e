package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import java.util.List;

/** A layer that can apply the activation that follows it in the same pass, as a convolution does with its ReLU. */
public interface ActivationFusion extends Layer {
    /**
     * {@return whether {@link #forwardFused} computes this layer and then {@code next}}
     *
     * @param next the only reader of the output
     */
    boolean canFuse(Layer next);

    /**
     * {@return whether a {@link Tape} records this layer's own output} Then only passes that keep no tape compute both
     * in one; by default both have the second layer's output.
     */
    default boolean keepsOutput() {
        return false;
    }

    /**
     * Computes this layer and the layer after it in one pass.
     *
     * @param engine runs the kernels
     * @param xs inputs of one shape
     * @param next a layer that {@link #canFuse} accepts
     * @return the outputs of the second layer, with the same bits as the two layers one after the other
     */
    List<Tensor> forwardFused(Engine engine, List<Tensor> xs, Layer next);
}
