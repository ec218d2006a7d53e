package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.List;

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

    /** The outputs for several inputs of one shape: the bits of {@link #forward}, but large weights are read once for all. */
    default List<Tensor> forwardAll(Engine engine, List<Tensor> xs) {
        return xs.stream().map(x -> forward(engine, x)).toList();
    }

    /** The {@link #gradient} for each of several upstream gradients at one input: the same bits, but large weights are read once for all. */
    default List<Tensor> gradients(Engine engine, Tensor x, Tensor y, List<Tensor> upstreams) {
        return upstreams.stream().map(upstream -> gradient(engine, x, y, upstream)).toList();
    }
}
