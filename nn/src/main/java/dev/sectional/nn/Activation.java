package dev.sectional.nn;

import dev.sectional.core.Shape;

/**
 * A layer that bends or rescales each value and leaves it in its place. Relevance passes it unchanged (rule {@code
 * pass}): what a value stands for does not move.
 */
public interface Activation extends Layer {
    @Override
    default Shape outputShape(Shape input) {
        return input;
    }
}
