package dev.sectional.nn;

import dev.sectional.core.InputException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Sorts the nodes of a network so that each one follows the nodes that it reads. */
final class TopologicalOrder {
    private TopologicalOrder() {
    }

    /**
     * Returns the sorted nodes. Nodes keep their given order where it is valid; the node that no other reads is the
     * last.
     *
     * @throws InputException if there is no node, a name occurs twice, an input does not exist, the nodes form a cycle,
     *     or more than one node has no reader
     */
    static List<Node> of(List<Node> nodes) {
        Map<String, Node> byName = new HashMap<>();
        Set<String> read = new HashSet<>();
        for (Node node : nodes) {
            if (byName.put(node.name(), node) != null || node.name().equals(Network.IMAGE)) {
                throw new InputException("the name '" + node.name() + "' occurs twice in the network: give each node a"
                        + " name of its own");
            }
            read.addAll(node.inputs());
        }
        for (Node node : nodes) {
            for (String input : node.inputs()) {
                if (!byName.containsKey(input) && !input.equals(Network.IMAGE)) {
                    throw new InputException("node '" + node.name() + "' reads '" + input
                            + "', which is not in the network");
                }
            }
        }
        List<Node> sorted = sorted(nodes);
        List<String> outputs = nodes.stream().map(Node::name).filter(name -> !read.contains(name)).toList();
        if (outputs.size() != 1) {
            throw new InputException(outputs.isEmpty() ? "the network has no nodes"
                    : "the network has several outputs, " + String.join(", ", outputs) + ": a classifier has one");
        }
        return sorted;
    }

    /** Appends nodes whose inputs are sorted, pass by pass. Nodes that remain lie on a cycle or depend on one. */
    private static List<Node> sorted(List<Node> nodes) {
        Set<String> ready = new HashSet<>(Set.of(Network.IMAGE));
        List<Node> sorted = new ArrayList<>();
        List<Node> waiting = new ArrayList<>(nodes);
        while (!waiting.isEmpty()) {
            List<Node> later = new ArrayList<>();
            for (Node node : waiting) {
                if (ready.containsAll(node.inputs())) {
                    sorted.add(node);
                    ready.add(node.name());
                } else {
                    later.add(node);
                }
            }
            if (later.size() == waiting.size()) {
                throw new InputException("the network has a cycle: " + String.join(" -> ", cycle(waiting, ready)));
            }
            waiting = later;
        }
        return sorted;
    }

    /** Returns the names along a cycle: follows unsorted inputs until a node occurs again. */
    private static List<String> cycle(List<Node> waiting, Set<String> ready) {
        Map<String, Node> byName = new HashMap<>();
        waiting.forEach(node -> byName.put(node.name(), node));
        List<String> path = new ArrayList<>();
        String name = waiting.get(0).name();
        while (!path.contains(name)) {
            path.add(0, name);
            name = byName.get(name).inputs().stream().filter(input -> !ready.contains(input)).findFirst().orElseThrow();
        }
        List<String> cycle = new ArrayList<>(path.subList(0, path.indexOf(name) + 1));
        cycle.add(0, name);
        return cycle;
    }
}
