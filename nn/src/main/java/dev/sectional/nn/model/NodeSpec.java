package dev.sectional.nn.model;

import dev.sectional.core.TensorSource;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.layer.Conv2d;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The description of a node: its kind of layer by name, its settings and its weights. A {@link Node} has the layer
 * itself. Readers of file formats create descriptions, change them, and write them with {@link GraphFormat}.
 * {@link LayerRegistry} lists the kinds with their settings and weights.
 *
 * @param name of the node
 * @param kind name of the layer's kind, such as {@code Conv2d}
 * @param settings by name: a {@link Long}, a {@link Double} or a list of them
 * @param tensors weights by their name within the node, such as {@code bias}; in a file {@code features.0.bias}
 * @param inputs names of the nodes that it reads, or {@link Network#IMAGE}; a Constant may have none
 */
public record NodeSpec(String name, String kind, Map<String, Object> settings, Map<String, TensorSource> tensors,
                       List<String> inputs) {
    /**
     * Creates a description; copies maps and list and keeps their order.
     *
     * @param name the component {@code name}
     * @param kind the component {@code kind}
     * @param settings the component {@code settings}
     * @param tensors the component {@code tensors}
     * @param inputs the component {@code inputs}
     */
    public NodeSpec {
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        inputs = List.copyOf(inputs);
    }

    /**
     * {@return the same description with other weights}
     *
     * @param others by their keys, such as {@code weight}
     */
    public NodeSpec with(Map<String, TensorSource> others) {
        return new NodeSpec(name, kind, settings, others, inputs);
    }

    /**
     * Creates the node with its layer.
     *
     * @return a node whose layer keeps the tensors
     * @throws IllegalArgumentException if there is no such kind, or it does not accept these settings and weights; the
     *     message names the node
     */
    public Node node() {
        try {
            boolean constant = kind.equals(LayerRegistry.CONSTANT) && inputs.isEmpty();
            return new Node(name, LayerRegistry.layer(this), constant ? List.of(Network.IMAGE) : inputs);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("node '" + name + "' of kind " + kind + ": " + e.getMessage(), e);
        }
    }

    /**
     * {@return the descriptions that a node depends on, its own included, in the order of the map}
     *
     * @param specs by the names of their nodes; every input is one of them or {@link Network#IMAGE}
     * @param end name of the node
     */
    public static List<NodeSpec> leadingTo(Map<String, NodeSpec> specs, String end) {
        Set<String> found = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(end));
        while (!open.isEmpty()) {
            String name = open.pop();
            if (!name.equals(Network.IMAGE) && found.add(name)) {
                specs.get(name).inputs().forEach(open::push);
            }
        }
        return specs.values().stream().filter(spec -> found.contains(spec.name())).toList();
    }

    boolean has(String key) {
        return tensors.containsKey(key);
    }

    TensorSource tensor(String key) {
        TensorSource tensor = tensors.get(key);
        if (tensor == null) {
            throw new IllegalArgumentException("its " + key + " is missing");
        }
        return tensor;
    }

    /** Returns a setting that is a whole number in the range of {@code int}. */
    int whole(String key) {
        return whole(key, settings.get(key));
    }

    /** Returns a setting that is a list of {@code count} whole numbers. */
    int[] wholes(String key, int count) {
        Object value = settings.get(key);
        if (!(value instanceof List<?> list) || list.size() != count) {
            throw new IllegalArgumentException("its " + key + " is " + value + ", wanted " + count + " whole numbers");
        }
        return list.stream().mapToInt(each -> whole(key, each)).toArray();
    }

    /** Returns a setting that is a whole number in the range of {@code int}, or a default if it is missing. */
    int whole(String key, int missing) {
        return settings.containsKey(key) ? whole(key) : missing;
    }

    /** Returns a setting that is a list of whole numbers. */
    int[] wholes(String key) {
        if (!(settings.get(key) instanceof List<?> list)) {
            throw new IllegalArgumentException("its " + key + " is " + settings.get(key)
                    + ", wanted a list of whole numbers");
        }
        return wholes(key, list.size());
    }

    float number(String key) {
        return (float) decimal(key);
    }

    /** Returns a setting that is a number. */
    double decimal(String key) {
        if (!(settings.get(key) instanceof Number number)) {
            throw new IllegalArgumentException("its " + key + " is " + settings.get(key) + ", wanted a number");
        }
        return number.doubleValue();
    }

    /** Returns a setting that is a number, or a default if it is missing. */
    double decimal(String key, double missing) {
        return settings.containsKey(key) ? decimal(key) : missing;
    }

    /** Returns a setting that is a list of numbers; empty if it is missing. */
    double[] decimals(String key) {
        if (!settings.containsKey(key)) {
            return new double[0];
        }
        if (!(settings.get(key) instanceof List<?> list) || list.stream().anyMatch(each -> !(each instanceof Number))) {
            throw new IllegalArgumentException("its " + key + " is " + settings.get(key)
                    + ", wanted a list of numbers");
        }
        return list.stream().mapToDouble(each -> ((Number) each).doubleValue()).toArray();
    }

    private static int whole(String key, Object value) {
        if (!(value instanceof Long number) || number != number.intValue()) {
            throw new IllegalArgumentException("its " + key + " is " + value + ", wanted a whole number");
        }
        return number.intValue();
    }

    /**
     * {@return settings in the order of the arguments}
     *
     * @param keysAndValues a key, its value, the next key and so on; a value is a number, a {@code boolean}, which
     *     becomes 0 or 1, or an {@code int[]} or {@code double[]}, which becomes a list
     */
    public static Map<String, Object> settings(Object... keysAndValues) {
        Map<String, Object> settings = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            settings.put((String) keysAndValues[i], plain(keysAndValues[i + 1]));
        }
        return settings;
    }

    private static Object plain(Object value) {
        if (value instanceof int[] numbers) {
            return new ArrayList<>(Arrays.stream(numbers).asLongStream().boxed().toList());
        }
        if (value instanceof double[] numbers) {
            return new ArrayList<>(Arrays.stream(numbers).boxed().toList());
        }
        if (value instanceof Boolean flag) {
            return flag ? 1L : 0L;
        }
        if (value instanceof Float || value instanceof Double) {
            return ((Number) value).doubleValue();
        }
        return ((Number) value).longValue();
    }
}
