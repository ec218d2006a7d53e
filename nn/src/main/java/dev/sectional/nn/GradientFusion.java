package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import java.util.List;

/**
 * A layer whose input gradient can be computed together with those of the layers before it, while each part of it is in
 * the cache.
 */
public interface GradientFusion extends Layer {
    /** The most layers that {@link #fusedGradients} looks at. */
    int MOST_BEFORE = 6;

    /**
     * {@return how many of the layers before this one {@link #gradientFused} computes along with it; 0 for none}
     *
     * @param engine whose threads share the work
     * @param before the layer whose output this one reads, the layer whose output that one reads, and so on: each has
     *     one input, and each but the first one reader
     * @param inputs input of this layer and of each layer before it, as the tape records them
     * @param adds whether a gradient is added to that at the input of this layer
     */
    int fusedGradients(Engine engine, List<Layer> before, List<Tensor> inputs, boolean adds);

    /**
     * Computes the gradient at the input of the last of several layers, with the same bits as one after the other.
     *
     * @param engine runs the kernels
     * @param output of this layer
     * @param outputGradient with respect to the output of this layer
     * @param addend gradient that is added to the one at the input of this layer; null for none
     * @param before as many layers as {@link #fusedGradients} gave
     * @param inputs input of this layer and of each layer before it
     * @return a new tensor
     */
    Tensor gradientFused(Engine engine, Tensor output, Tensor outputGradient, Tensor addend, List<Layer> before,
                         List<Tensor> inputs);
}
