package dev.sectional.nn.plan;

import dev.sectional.core.Shape;
import java.util.List;

/**
 * The prediction for one forward pass of a network.
 *
 * @param image shape {@code (C, H, W)} of the image
 * @param layers in the order in which the network runs them
 */
public record NetworkPlan(Shape image, List<LayerPlan> layers) {
    /**
     * Copies the list.
     *
     * @param image the component {@code image}
     * @param layers the component {@code layers}
     */
    public NetworkPlan {
        layers = List.copyOf(layers);
    }

    /** {@return the multiply-adds of all layers} */
    public long multiplyAdds() {
        return layers.stream().mapToLong(layer -> layer.work().multiplyAdds()).sum();
    }

    /** {@return the bytes of the weights of all layers} */
    public long weightBytes() {
        return layers.stream().mapToLong(LayerPlan::weightBytes).sum();
    }

    /** {@return the bytes of weights and activations of all layers} */
    public long bytes() {
        return layers.stream().mapToLong(LayerPlan::bytes).sum();
    }
}
