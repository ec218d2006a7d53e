package dev.sectional.nn.plan;

import dev.sectional.core.Shape;

/**
 * The prediction for one layer of a network.
 *
 * @param name of the layer
 * @param kind of the layer, such as {@code Conv2d}
 * @param output shape of its output, {@code (H, W, C)} for feature maps
 * @param work algorithm and multiply-adds
 * @param activationBytes bytes of its inputs and its output; workspace is not counted
 */
public record LayerPlan(String name, String kind, Shape output, LayerWork work, long activationBytes) {
    /** {@return the bytes of the weights that the forward pass reads} */
    public long weightBytes() {
        return Float.BYTES * work.weights();
    }

    /** {@return the bytes of weights and activations, each moved once} */
    public long bytes() {
        return weightBytes() + activationBytes;
    }
}
