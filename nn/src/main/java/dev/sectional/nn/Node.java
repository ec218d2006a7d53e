package dev.sectional.nn;

import java.util.List;
import java.util.Objects;

/**
 * A layer in a network, with its name and the names of the nodes that it reads.
 *
 * @param name such as {@code features.0}; unique in a network
 * @param layer computes the node
 * @param inputs names of the nodes whose outputs the layer reads, in order; {@link Network#IMAGE} for the image
 */
public record Node(String name, Layer layer, List<String> inputs) {
    /**
     * Creates a node; copies the list. Only a {@link Merge} may have several inputs.
     *
     * @param name the component {@code name}
     * @param layer the component {@code layer}
     * @param inputs the component {@code inputs}
     */
    public Node {
        Objects.requireNonNull(name, "name of the node");
        Objects.requireNonNull(layer, () -> "layer of node '" + name + "'");
        inputs = List.copyOf(inputs);
        if (inputs.isEmpty() || inputs.size() > 1 && !(layer instanceof Merge)) {
            throw new IllegalArgumentException("node '" + name + "', a " + layer.kind() + ", has "
                    + inputs.size() + " inputs: a layer has one, and a Merge one or more");
        }
    }

    /**
     * {@return the same node with another layer}
     *
     * @param other the layer
     */
    public Node with(Layer other) {
        return new Node(name, other, inputs);
    }
}
