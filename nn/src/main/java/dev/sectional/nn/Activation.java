package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;

/**
 * A layer that computes each output from the input at the same position, or from the channels there, and keeps the
 * shape: ReLU, clipping, local response normalisation. Relevance passes it unchanged (rule {@code pass}), because no
 * value moves.
 */
public interface Activation extends Layer {
    @Override
    default Shape outputShape(Shape input) {
        return input;
    }

    /**
     * Turns an output gradient into the {@link #gradient}, in its own memory, with the same bits.
     *
     * @param engine runs the kernels
     * @param x input
     * @param y its output
     * @param outputGradient is changed
     * @return whether it did; false, the default, if this layer has no loop that works in place
     */
    default boolean gradientInPlace(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return false;
    }
}
