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
 * Names of a network's nodes from those of ONNX's. Each stands once.
 *
 * <p>PyTorch writes the module that a node comes from into its name, as {@code /layer1/layer1.0/conv1/Conv}. Such a node gets
 * the module's own name, {@code layer1.0.conv1}, which is what the model's author and torchvision call it; if the module
 * has other nodes too, the operator follows, as in {@code layer1.0.add}. Others keep their name, or take that of their output.
 */
final class NodeNames {
    private static final int LONGEST = 200;

    private final Map<NodeProto, String> names = new IdentityHashMap<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final Set<String> taken = new HashSet<>(Set.of(Network.IMAGE));

    /** @param nodes those that compute something from the image, in order */
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

    String of(NodeProto node) {
        return names.get(node);
    }

    /** A name that no node has yet: this one, or this one with a number. */
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
            return node.getName().isEmpty() ? node.getOutput(0) : node.getName();
        }
        String module = module(node);
        String operator = node.getName().substring(node.getName().lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        if (module.isEmpty()) {
            return operator;
        }
        return inModule.get(module) == 1 ? module : module + "." + operator;
    }

    private static boolean scoped(NodeProto node) {
        return node.getName().length() > 1 && node.getName().length() <= LONGEST && node.getName().startsWith("/") && !node.getName().endsWith("/");
    }

    /** The module's path: a part that begins with the part before it stands for both. */
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
