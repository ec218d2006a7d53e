package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;

/**
 * One step of a network. Layers are immutable: what a call computes lives on its {@link Tape}, so one layer serves
 * any number of threads. Maps are channels last, {@code (H, W, C)}; vectors are {@code (N)}.
 */
public interface Layer {
    /**
     * The shape of the output for an input of the given shape.
     *
     * @throws IllegalArgumentException if the layer does not take it
     */
    Shape outputShape(Shape input);

    /** The output; a new tensor, or {@code x} itself where nothing changes. */
    Tensor forward(Engine engine, Tensor x);

    /**
     * The gradient of {@code sum(forward(x) * upstream)} against x.
     *
     * @param y the output that {@link #forward} gave for x
     */
    Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor upstream);
}
