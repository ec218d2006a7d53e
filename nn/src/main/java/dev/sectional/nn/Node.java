package dev.sectional.nn;

import java.util.List;

/**
 * A layer in a network, its name there, and where its inputs come from.
 *
 * @param name such as {@code features.0}; each name stands once in a network
 * @param layer what is computed
 * @param inputs names of the nodes whose outputs it takes, in order; {@link Network#IMAGE} for the image
 */
public record Node(String name, Layer layer, List<String> inputs) {
    /** Copies the list. */
    public Node {
        inputs = List.copyOf(inputs);
        if (inputs.isEmpty() || inputs.size() > 1 && !(layer instanceof Merge)) {
            throw new IllegalArgumentException("node '" + name + "', a " + layer.getClass().getSimpleName() + ", has "
                    + inputs.size() + " inputs: a layer has one, and a Merge any number");
        }
    }

    /** The same node with another layer in it. */
    public Node with(Layer other) {
        return new Node(name, other, inputs);
    }
}
