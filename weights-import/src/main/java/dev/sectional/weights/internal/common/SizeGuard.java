package dev.sectional.weights.internal.common;

import dev.sectional.nn.Network;
import dev.sectional.nn.model.NodeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Puts a node before an imported graph that refuses images of any size but that of the import. */
public final class SizeGuard {
    private SizeGuard() {}

    /**
     * Returns the nodes with a guard between the image and its readers.
     *
     * @param only whether the file cannot be imported for another size
     */
    public static List<NodeSpec> before(List<NodeSpec> nodes, int rows, int columns, boolean only) {
        String name = "image_size";
        while (isNode(name, nodes)) {
            name += "_";
        }
        String guard = name;
        List<NodeSpec> guarded = new ArrayList<>();
        guarded.add(new NodeSpec(guard, "FixedSize", only ? NodeSpec.settings("size", new int[] {rows, columns},
                "only", true) : NodeSpec.settings("size", new int[] {rows, columns}), Map.of(),
                List.of(Network.IMAGE)));
        nodes.forEach(node -> guarded.add(new NodeSpec(node.name(), node.kind(), node.settings(), node.tensors(),
                node.inputs().stream().map(from -> from.equals(Network.IMAGE) ? guard : from).toList())));
        return guarded;
    }

    private static boolean isNode(String name, List<NodeSpec> nodes) {
        return nodes.stream().anyMatch(node -> node.name().equals(name));
    }
}
