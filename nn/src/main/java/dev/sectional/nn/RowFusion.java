package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.List;

/**
 * A layer that can be computed together with layers after it, some rows at a time, so that the feature maps between
 * them stay in the cache. Passes that keep no tape do so.
 */
public interface RowFusion extends Layer {
    /** The most layers that {@link #fusedRows} looks at. */
    int MOST_FOLLOWING = 6;

    /**
     * {@return how many of the layers after this one {@link #forwardRows} computes along with it; 0 for none}
     *
     * @param engine whose threads share the rows
     * @param input shape of the input
     * @param following layers, each of which is the only reader of the one before it; the first one reads this layer
     */
    int fusedRows(Engine engine, Shape input, List<Layer> following);

    /**
     * Computes this layer and the layers after it.
     *
     * @param engine runs the kernels
     * @param x input of a shape for which {@link #fusedRows} gave the number of layers
     * @param following the layers after it
     * @return the output of the last layer, with the same bits as the layers one after the other
     */
    Tensor forwardRows(Engine engine, Tensor x, List<Layer> following);
}
