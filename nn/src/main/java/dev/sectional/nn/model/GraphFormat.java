package dev.sectional.nn.model;

import dev.sectional.core.InputException;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.json.Json;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.Node;
import dev.sectional.nn.model.named.FiniteTensorSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads and writes networks of any topology in a safetensors file. The metadata holds a JSON object under {@link #KEY},
 * whose list {@code nodes} states the {@code name}, {@code kind}, {@code inputs} and {@code settings} of each node, as
 * {@link NodeSpec} has them. The weights of a node are the tensors named after it, such as {@code conv1.weight}.
 * {@link ModelCard#architecture} is {@link #ARCHITECTURE}.
 *
 * <p>The object's {@code version} is {@link #VERSION}. Version 2 added kinds for values of any rank. A file without a
 * version has version 1; its kinds mean the same, so it loads as it is. A greater version is refused by name.
 */
public final class GraphFormat {
    static final String FAMILY = "network described as a graph";
    /** The architecture on the card of such a file. */
    public static final String ARCHITECTURE = "graph";
    /** The metadata key of the description. */
    public static final String KEY = "sectional.graph";
    /** The version of the description that {@link #describe} writes. */
    public static final int VERSION = 2;
    private static final String[] WEIGHTS = {"weight", "bias", "running_mean", "running_var", "value", "scale", "zero"};
    private static final int MAX_CHARACTERS = 4 << 20;
    private static final int MAX_NODES = 20_000;

    private final String file;
    private final Map<String, ? extends TensorSource> tensors;
    private final Set<String> unused;

    private GraphFormat(String file, Map<String, ? extends TensorSource> tensors) {
        this.file = file;
        this.tensors = tensors;
        this.unused = new LinkedHashSet<>(tensors.keySet());
    }

    /** Loads the network that the metadata describes; {@link ModelLoader#load} states the errors. */
    static Network load(String file, Map<String, ? extends TensorSource> tensors, Map<String, String> metadata,
                        NetworkBuilder network) {
        GraphFormat graph = new GraphFormat(file, tensors);
        List<NodeSpec> specs = graph.specs(metadata.getOrDefault(KEY, ""));
        if (!graph.unused.isEmpty()) {
            throw graph.wrong("unknown tensor '" + graph.unused.iterator().next() + "'");
        }
        try {
            return network(file, specs, network.card(ModelCard.fromMetadata(metadata)));
        } catch (InputException e) {
            throw e.getMessage().startsWith(file) ? e : graph.wrong(e.getMessage());
        }
    }

    /**
     * Adds described nodes to a network and builds it.
     *
     * @throws InputException if the nodes do not make a classifier, or a weight is not finite; the message starts with
     *     the file
     */
    static Network network(String file, List<NodeSpec> specs, NetworkBuilder network) {
        try {
            List<Node> nodes = new ArrayList<>();
            for (NodeSpec spec : specs) {
                Map<String, TensorSource> finite = new LinkedHashMap<>();
                spec.tensors().forEach((key, tensor) ->
                        finite.put(key, FiniteTensorSource.of(file, spec.name() + "." + key, tensor)));
                nodes.add(spec.with(finite).node());
            }
            return network.addAll(nodes).build();
        } catch (IllegalArgumentException e) {
            throw new InputException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * {@return the description of nodes for {@link #KEY}} It does not contain their weights.
     *
     * @param specs of one graph
     */
    public static String describe(List<NodeSpec> specs) {
        StringBuilder text = new StringBuilder("{\"version\": " + VERSION + ", \"nodes\": [");
        for (NodeSpec spec : specs) {
            text.append(text.charAt(text.length() - 1) == '[' ? "" : ", ")
                    .append("{\"name\": ").append(Json.quote(spec.name()))
                    .append(", \"kind\": ").append(Json.quote(spec.kind()))
                    .append(", \"inputs\": ").append(Json.array(spec.inputs())).append(", \"settings\": {");
            List<String> settings = new ArrayList<>();
            spec.settings().forEach((key, value) -> settings.add(Json.quote(key) + ": " + value));
            text.append(String.join(", ", settings)).append("}}");
        }
        return text.append("]}").toString();
    }

    /**
     * {@return the weights of all nodes by their names in a file}
     *
     * @param specs of one graph
     */
    public static Map<String, TensorSource> tensors(List<NodeSpec> specs) {
        Map<String, TensorSource> named = new LinkedHashMap<>();
        for (NodeSpec spec : specs) {
            spec.tensors().forEach((key, tensor) -> named.put(spec.name() + "." + key, tensor));
        }
        return named;
    }

    private List<NodeSpec> specs(String text) {
        if (text.isEmpty() || text.length() > MAX_CHARACTERS) {
            throw wrong(text.isEmpty() ? "is a graph by its metadata, which has no " + KEY
                    : "describes its graph in more than " + MAX_CHARACTERS + " characters");
        }
        List<NodeSpec> specs = new ArrayList<>();
        try {
            Map<String, Object> description = Json.object(text);
            requireVersion(description.getOrDefault("version", 1L));
            Object list = description.get("nodes");
            if (!(list instanceof List<?> nodes) || nodes.isEmpty() || nodes.size() > MAX_NODES) {
                throw new IllegalArgumentException("wanted 1 to " + MAX_NODES + " nodes");
            }
            for (Object node : nodes) {
                specs.add(spec(node));
            }
        } catch (IllegalArgumentException e) {
            throw wrong("its " + KEY + " cannot be read: " + e.getMessage());
        }
        return specs;
    }

    private static void requireVersion(Object version) {
        if (!(version instanceof Long number) || number < 1 || number > VERSION) {
            throw new IllegalArgumentException("it has version " + version + " of the format, and this program reads"
                    + " versions 1 to " + VERSION + ": use the version of Sectional that wrote the file, or convert the"
                    + " original model again");
        }
    }

    private NodeSpec spec(Object node) {
        if (node instanceof Map<?, ?> map && map.get("name") instanceof String name
                && map.get("kind") instanceof String kind && map.get("inputs") instanceof List<?> inputs
                && map.get("settings") instanceof Map<?, ?> given) {
            Map<String, Object> settings = new LinkedHashMap<>();
            given.forEach((key, value) -> settings.put((String) key, value));
            Map<String, TensorSource> own = new LinkedHashMap<>();
            for (String key : WEIGHTS) {
                TensorSource tensor = tensors.get(name + "." + key);
                if (tensor != null) {
                    own.put(key, tensor);
                    unused.remove(name + "." + key);
                }
            }
            return new NodeSpec(name, kind, settings, own, inputs.stream().map(String::valueOf).toList());
        }
        throw new IllegalArgumentException("a node has a name, a kind, inputs and settings");
    }

    private InputException wrong(String what) {
        return new InputException(file + ": " + what);
    }
}
