package dev.sectional.evaluation.metric.randomisation;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.evaluation.internal.CounterRandom;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Linear;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Variants of a network with some convolutions and linear layers untrained: weights {@link HeUniform}, biases 0. Layers
 * count from the logits down. A layer has the same weights in every variant, on every machine. Normalisation layers
 * keep their statistics.
 */
public final class RandomisedNetworks {
    private final Network network;
    private final List<String> layers = new ArrayList<>();
    private final Map<String, Layer> redrawn = new HashMap<>();

    /**
     * Draws the weights.
     *
     * @param network must stay open as long as its variants are used
     * @param seed seed of all weights
     */
    public RandomisedNetworks(Network network, long seed) {
        this.network = network;
        CounterRandom draws = new CounterRandom(seed).part("randomisation");
        for (int i = network.nodes().size() - 1; i >= 0; i--) {
            Node node = network.nodes().get(i);
            Layer layer = redraw(node.layer(), draws.part(node.name()));
            if (layer != null) {
                layers.add(node.name());
                redrawn.put(node.name(), layer);
            }
        }
    }

    /** {@return the names of the layers with weights, from the logits down} */
    public List<String> layers() {
        return List.copyOf(layers);
    }

    /**
     * {@return the network with the first {@code count} of the {@link #layers} untrained}
     *
     * @param count number of layers, from 0
     */
    public Network cascading(int count) {
        Map<String, Layer> changed = new HashMap<>(redrawn);
        changed.keySet().retainAll(layers.subList(0, count));
        return network.replacing(changed);
    }

    /**
     * {@return the network with one of the {@link #layers} untrained}
     *
     * @param layer index in {@link #layers}
     */
    public Network independent(int layer) {
        String name = layers.get(layer);
        return network.replacing(Map.of(name, redrawn.get(name)));
    }

    private static Layer redraw(Layer layer, CounterRandom draws) {
        if (layer instanceof Conv2d convolution) {
            Conv2d drawn = convolution.weight(new HeUniform(convolution.weightShape(), draws));
            return drawn.bias() == null ? drawn : drawn.bias(zeros(drawn.bias()));
        }
        if (layer instanceof Linear linear) {
            Linear drawn = linear.weight(new HeUniform(linear.weightShape(), draws));
            return drawn.bias() == null ? drawn : drawn.bias(zeros(drawn.bias()));
        }
        return null;
    }

    private static Tensor zeros(float[] bias) {
        return Tensor.zeros(Shape.of(bias.length));
    }
}
