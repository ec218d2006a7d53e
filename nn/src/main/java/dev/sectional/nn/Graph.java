package dev.sectional.nn;

import java.util.ArrayList;
import java.util.List;

/** Puts the nodes of a network together, one after the other. */
public final class Graph {
    private final List<Node> nodes = new ArrayList<>();
    private String last = Network.IMAGE;

    /**
     * Adds a node.
     *
     * @param inputs names of the nodes that it takes; none for the node added last, the image for the first
     * @return the name, for later nodes to take
     */
    public String add(String name, Layer layer, String... inputs) {
        nodes.add(new Node(name, layer, inputs.length == 0 ? List.of(last) : List.of(inputs)));
        last = name;
        return name;
    }

    /** The name of the node added last, or the image's. */
    public String last() {
        return last;
    }

    /** What was added: a copy. */
    public List<Node> nodes() {
        return List.copyOf(nodes);
    }
}
