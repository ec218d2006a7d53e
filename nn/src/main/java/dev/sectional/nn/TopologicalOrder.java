package dev.sectional.nn;

import dev.sectional.core.InputException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Brings nodes into an order in which each stands behind those that it takes. */
final class TopologicalOrder {
    private TopologicalOrder() {
    }

    /**
     * The nodes, in their given order where that will do; the one that no other takes is the last.
     *
     * @throws InputException if there is no node, a name stands twice, a node takes what is not there, they form a
     *     cycle, or several nodes or none are taken by no other
     */
    static List<Node> of(List<Node> nodes) {
        Map<String, Node> byName = new HashMap<>();
        Set<String> taken = new HashSet<>();
        for (Node node : nodes) {
            if (byName.put(node.name(), node) != null || node.name().equals(Network.IMAGE)) {
                throw new InputException("the name '" + node.name() + "' stands twice in the network: name each node once");
            }
            taken.addAll(node.inputs());
        }
        for (Node node : nodes) {
            for (String input : node.inputs()) {
                if (!byName.containsKey(input) && !input.equals(Network.IMAGE)) {
                    throw new InputException("node '" + node.name() + "' takes '" + input + "', which is not in the network");
                }
            }
        }
        List<Node> sorted = sorted(nodes);
        List<String> ends = nodes.stream().map(Node::name).filter(name -> !taken.contains(name)).toList();
        if (ends.size() != 1) {
            throw new InputException(ends.isEmpty() ? "the network has no nodes"
                    : "the network has several ends, " + String.join(", ", ends) + ": a classifier has one");
        }
        return sorted;
    }

    /** Takes nodes as they become ready, pass by pass; what never does lies on or behind a cycle. */
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

    /** Follows inputs that are not ready until a node comes again. */
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
