package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;

/**
 * A layer that is linear in its input and its weights, plus a bias: what relevance rules take apart. The weights are
 * passed to each call, so that a rule may use others than the layer's own.
 */
public interface LinearMap extends Layer {
    /** The weights in the layout that {@link #apply} and {@link #transposed} take. Large ones may stay in their file. */
    TensorSource weights();

    /** One value per output channel, or null. Not a copy: not to be changed. */
    float[] bias();

    /** The map with the given weights, without bias. */
    Tensor apply(Engine engine, Tensor x, TensorSource weights);

    /** The gradient of {@code sum(apply(x, weights) * s)} against x, an input of the given shape. */
    Tensor transposed(Engine engine, Tensor s, TensorSource weights, Shape input);
}
