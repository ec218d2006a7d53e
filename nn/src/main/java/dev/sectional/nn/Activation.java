package dev.sectional.nn;

import dev.sectional.core.Shape;

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
}
