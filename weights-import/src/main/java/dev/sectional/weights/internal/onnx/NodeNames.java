package dev.sectional.weights.internal.onnx;

import dev.sectional.nn.Network;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Gives every ONNX node a unique name in the network.
 *
 * <p>PyTorch writes the module of a node into its name, as in {@code /layer1/layer1.0/conv1/Conv}. Such a node gets the
 * name of the module, {@code layer1.0.conv1}, which the model's author and torchvision use. If the module has other
 * nodes too, the operator follows, as in {@code layer1.0.add}. Other nodes keep their name or, without one, take that
 * of their output.
 */
final class NodeNames {
    private static final int LONGEST = 200;

    private final Map<NodeProto, String> names = new IdentityHashMap<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final Set<String> taken = new HashSet<>(Set.of(Network.IMAGE));

    /** @param nodes that depend on the image, in order */
    NodeNames(List<NodeProto> nodes) {
        Map<String, Integer> inModule = new HashMap<>();
        for (NodeProto node : nodes) {
            String module = module(node);
            for (int dot = module.length(); dot > 0; dot = module.lastIndexOf('.', dot - 1)) {
                inModule.merge(module.substring(0, dot), 1, Integer::sum);
            }
        }
        for (NodeProto node : nodes) {
            names.put(node, unique(name(node, inModule)));
        }
    }

    /** Returns the name of one of the nodes; null for others. */
    String of(NodeProto node) {
        return names.get(node);
    }

    /** Returns whether a node has that name or will have it. */
    boolean isKnown(String name) {
        return taken.contains(name);
    }

    /** Returns the name that a node has in the file; without one, that of its output. */
    static String plain(NodeProto node) {
        return node.getName().isEmpty() ? node.getOutput(0) : node.getName();
    }

    /** Returns a name that no node has yet: this one, or this one with a number. */
    String unique(String wanted) {
        String cut = wanted.length() > LONGEST ? wanted.substring(0, LONGEST) : wanted;
        String name = cut;
        while (!taken.add(name)) {
            name = cut + "_" + numbers.merge(cut, 1, Integer::sum);
        }
        return name;
    }

    private static String name(NodeProto node, Map<String, Integer> inModule) {
        if (!scoped(node)) {
            return plain(node);
        }
        String module = module(node);
        String operator = node.getName().substring(node.getName().lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        if (module.isEmpty()) {
            return operator;
        }
        return inModule.get(module) == 1 ? module : module + "." + operator;
    }

    /** Returns whether the name of a node contains a module. */
    private static boolean scoped(NodeProto node) {
        String name = node.getName();
        return name.length() > 1 && name.length() <= LONGEST && name.startsWith("/") && !name.endsWith("/");
    }

    /** Returns the path of a node's module. A part that begins with the part before it replaces that part. */
    private static String module(NodeProto node) {
        if (!scoped(node)) {
            return "";
        }
        String[] parts = node.getName().substring(1).split("/");
        List<String> path = new ArrayList<>();
        for (int i = 0; i < parts.length - 1; i++) {
            if (!path.isEmpty() && parts[i].startsWith(path.get(path.size() - 1) + ".")) {
                path.remove(path.size() - 1);
            }
            path.add(parts[i]);
        }
        return String.join(".", path);
    }
}
