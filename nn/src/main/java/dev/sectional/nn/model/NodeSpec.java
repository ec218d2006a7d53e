package dev.sectional.nn.model;

import dev.sectional.core.TensorSource;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.layer.Conv2d;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A node of a network as data: what a file says of it, before it is a layer. {@link LayerRegistry} lists the kinds and
 * what each takes.
 *
 * @param name of the node
 * @param kind such as {@code Conv2d}
 * @param settings numbers: a {@link Long}, a {@link Double} or a list of them
 * @param tensors weights by their name within the node, such as {@code bias}; in a file {@code features.0.bias}
 * @param inputs names of the nodes that it takes, or {@link Network#IMAGE}
 */
public record NodeSpec(String name, String kind, Map<String, Object> settings, Map<String, TensorSource> tensors, List<String> inputs) {
    /** Copies what it is given, and keeps its order. */
    public NodeSpec {
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        inputs = List.copyOf(inputs);
    }

    /** The same node with other weights. */
    public NodeSpec with(Map<String, TensorSource> others) {
        return new NodeSpec(name, kind, settings, others, inputs);
    }

    /**
     * The node itself.
     *
     * @throws IllegalArgumentException if there is no such kind, or it does not take these settings and weights; the
     *     node is named
     */
    public Node node() {
        try {
            return new Node(name, LayerRegistry.layer(this), inputs);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("node '" + name + "' of kind " + kind + ": " + e.getMessage(), e);
        }
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

    /** A whole number that fits an {@code int}. */
    int whole(String key) {
        return whole(key, settings.get(key));
    }

    /** As many whole numbers as are wanted. */
    int[] wholes(String key, int count) {
        Object value = settings.get(key);
        if (!(value instanceof List<?> list) || list.size() != count) {
            throw new IllegalArgumentException("its " + key + " is " + value + ", wanted " + count + " whole numbers");
        }
        return list.stream().mapToInt(each -> whole(key, each)).toArray();
    }

    float number(String key) {
        if (!(settings.get(key) instanceof Number number)) {
            throw new IllegalArgumentException("its " + key + " is " + settings.get(key) + ", wanted a number");
        }
        return number.floatValue();
    }

    private static int whole(String key, Object value) {
        if (!(value instanceof Long number) || number != number.intValue()) {
            throw new IllegalArgumentException("its " + key + " is " + value + ", wanted a whole number");
        }
        return number.intValue();
    }

    /** Settings in the order of the arguments: a key, then its value, and so on. An {@code int[]} becomes a list. */
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
        if (value instanceof Boolean flag) {
            return flag ? 1L : 0L;
        }
        if (value instanceof Float || value instanceof Double) {
            return ((Number) value).doubleValue();
        }
        return ((Number) value).longValue();
    }
}
