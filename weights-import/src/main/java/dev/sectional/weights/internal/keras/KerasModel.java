package dev.sectional.weights.internal.keras;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The graph of a Sequential or Functional model: its layers, and the calls of each. A Sequential model is a chain of
 * calls.
 *
 * @param name of the model
 * @param sequential whether it is a Sequential model
 * @param layers in the order of the file
 * @param calls of each layer, in the order of {@code layers}
 * @param inputs results that the model's arguments replace
 * @param outputs results that the model returns
 * @param inputShape of the whole model, batch first, -1 for open sizes; null if the file does not say
 */
record KerasModel(String name, boolean sequential, List<LayerConfig> layers, List<List<Call>> calls, List<Ref> inputs,
                  List<Ref> outputs, int[] inputShape) {
    private static final int MOST_LAYERS = 20_000;

    /**
     * A result of a layer's call.
     *
     * @param layer index of the layer
     * @param call index of the call
     * @param output index of the output, 0 unless the layer returns several
     */
    record Ref(int layer, int call, int output) {}

    /**
     * A call of a layer: arguments are {@link Ref}s, numbers, texts, booleans, nulls and lists of these.
     *
     * @param positional arguments in order
     * @param named arguments by name
     */
    record Call(List<Object> positional, Map<String, Object> named) {
        /** Returns all results that the call takes, in order: positional ones first. */
        List<Ref> refs() {
            List<Ref> refs = new ArrayList<>();
            collect(positional, refs);
            named.values().forEach(value -> collect(value, refs));
            return refs;
        }

        private static void collect(Object value, List<Ref> into) {
            if (value instanceof Ref ref) {
                into.add(ref);
            } else if (value instanceof List<?> list) {
                list.forEach(each -> collect(each, into));
            }
        }
    }

    /** Returns whether a class is a model whose configuration holds layers. */
    static boolean isModel(String className) {
        return className.equals("Functional") || className.equals("Sequential") || className.equals("Model");
    }

    /**
     * Reads a model's configuration.
     *
     * @param className {@code Functional}, {@code Model} or {@code Sequential}
     * @param config value of the key {@code config}: an object, or in Keras 1 the list of a Sequential model's layers
     * @throws IllegalArgumentException if it is not such a configuration
     */
    static KerasModel read(String className, Object config, boolean keras3) {
        Map<?, ?> object = config instanceof Map<?, ?> map ? map
                : Map.of("layers", config == null ? List.of() : config);
        if (!isModel(className) || !(object.get("layers") instanceof List<?> list) || list.isEmpty()) {
            throw new IllegalArgumentException("class " + className + " has no list of layers");
        }
        if (list.size() > MOST_LAYERS) {
            throw new IllegalArgumentException("it has more than " + MOST_LAYERS + " layers");
        }
        List<LayerConfig> layers = new ArrayList<>();
        for (Object each : list) {
            layers.add(layer(each, keras3, layers.size()));
        }
        String name = object.get("name") instanceof String text ? text : "model";
        return className.equals("Sequential") ? sequential(name, layers, object)
                : new Reader(layers).functional(name, object, list);
    }

    /** Reads the class, name and settings of a layer. */
    static LayerConfig layer(Object json, boolean keras3, int index) {
        if (!(json instanceof Map<?, ?> map) || !(map.get("class_name") instanceof String className)) {
            throw new IllegalArgumentException("layer " + (index + 1) + " has no class");
        }
        Object settings = map.get("config");
        Map<String, Object> config = new LinkedHashMap<>();
        if (settings instanceof Map<?, ?> given) {
            given.forEach((key, value) -> config.put((String) key, value));
        } else {
            config.put("layers", settings);   // a Sequential model of Keras 1 is the list of its layers
        }
        if (map.get("build_config") instanceof Map<?, ?> build && build.get("input_shape") != null) {
            config.putIfAbsent("build_input_shape", build.get("input_shape"));
        }
        Object name = map.get("name") != null ? map.get("name") : config.get("name");
        String module = map.get("module") instanceof String text ? text : "";
        return new LayerConfig(className, module, name instanceof String text ? text
                : className.toLowerCase(java.util.Locale.ROOT) + "_" + (index + 1), config, keras3);
    }

    private static KerasModel sequential(String name, List<LayerConfig> layers, Map<?, ?> config) {
        List<LayerConfig> all = new ArrayList<>(layers);
        LayerConfig first = all.get(0);
        int[] shape = shape(first.get("batch_input_shape", "batch_shape"));
        if (!first.className().equals("InputLayer")) {
            shape = shape == null && first.has("layers") ? nestedShape(first) : shape;
            shape = shape == null ? shape(config.get("build_input_shape")) : shape;
            all.add(0, new LayerConfig("InputLayer", "", name + "_input", Map.of(), first.keras3()));
        }
        List<List<Call>> calls = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Object argument = new Ref(i - 1, 0, 0);
            calls.add(i == 0 ? List.of(new Call(List.of(), Map.of()))
                    : List.of(new Call(List.of(argument), Map.of())));
        }
        return new KerasModel(name, true, all, calls, List.of(new Ref(0, 0, 0)), List.of(new Ref(all.size() - 1, 0, 0)),
                shape);
    }

    private static int[] nestedShape(LayerConfig model) {
        return isModel(model.className())
                ? read(model.className(), model.config(), model.keras3()).inputShape() : null;
    }

    /** Returns a shape with -1 for open sizes; null if there is none. */
    private static int[] shape(Object value) {
        Object list = value instanceof Map<?, ?> map ? map.get("items") : value;
        if (!(list instanceof List<?> dims)) {
            return null;
        }
        return dims.stream().mapToInt(dim -> dim instanceof Number number && number.doubleValue() == number.intValue()
                && number.intValue() > 0 ? number.intValue() : -1).toArray();
    }

    /** Reads the calls of a Functional model's layers. */
    private static final class Reader {
        private final List<LayerConfig> layers;
        private final Map<String, Integer> byName = new HashMap<>();
        private final Map<Integer, Integer> firstCall = new HashMap<>();

        Reader(List<LayerConfig> layers) {
            this.layers = layers;
            for (int i = 0; i < layers.size(); i++) {
                if (byName.put(layers.get(i).name(), i) != null) {
                    throw new IllegalArgumentException("two layers are named '" + layers.get(i).name() + "'");
                }
            }
        }

        KerasModel functional(String name, Map<?, ?> config, List<?> json) {
            List<List<Call>> calls = new ArrayList<>();
            for (Object layer : json) {
                Object nodes = ((Map<?, ?>) layer).get("inbound_nodes");
                List<Call> own = new ArrayList<>();
                for (Object node : nodes instanceof List<?> list ? list : List.of()) {
                    own.add(call(node));
                }
                calls.add(own.isEmpty() ? List.of(new Call(List.of(), Map.of())) : own);
            }
            List<Ref> inputs = refs(config.get("input_layers"));
            List<Ref> outputs = refs(config.get("output_layers"));
            calls.forEach(own -> own.forEach(call -> call.refs().forEach(this::note)));
            outputs.forEach(this::note);
            List<List<Call>> based = calls.stream().map(own -> own.stream().map(this::based).toList()).toList();
            int[] shape = inputs.size() == 1
                    ? shape(layers.get(inputs.get(0).layer()).get("batch_input_shape", "batch_shape")) : null;
            return new KerasModel(name, false, layers, based, inputs, outputs.stream().map(this::based).toList(),
                    shape);
        }

        /**
         * Notes the least index of a nested model's calls. Keras counts the model's own graph as a call of it in some
         * releases, so that the calls in the file start with index 1.
         */
        private void note(Ref ref) {
            if (isModel(layers.get(ref.layer()).className())) {
                firstCall.merge(ref.layer(), ref.call(), Math::min);
            }
        }

        private Ref based(Ref ref) {
            return new Ref(ref.layer(), ref.call() - firstCall.getOrDefault(ref.layer(), 0), ref.output());
        }

        private Call based(Call call) {
            Map<String, Object> named = new LinkedHashMap<>();
            call.named().forEach((key, value) -> named.put(key, based(value)));
            return new Call(basedList(call.positional()), named);
        }

        private Object based(Object value) {
            return value instanceof Ref ref ? based(ref) : value instanceof List<?> list ? basedList(list) : value;
        }

        private List<Object> basedList(List<?> list) {
            List<Object> changed = new ArrayList<>();
            list.forEach(each -> changed.add(based(each)));
            return changed;
        }

        /** Reads a call of Keras 3, an object, or of Keras 1 and 2, a list of {@code [name, call, output, named]}. */
        private Call call(Object node) {
            if (node instanceof Map<?, ?> map && map.get("args") instanceof List<?> args) {
                Map<String, Object> named = new LinkedHashMap<>();
                if (map.get("kwargs") instanceof Map<?, ?> given) {
                    given.forEach((key, value) -> named.put((String) key, argument(value)));
                }
                return new Call(arguments(args), named);
            }
            if (!(node instanceof List<?> list)) {
                throw new IllegalArgumentException("a call is " + LayerConfig.brief(node));
            }
            List<?> tensors = !list.isEmpty() && list.get(0) instanceof String ? List.of(list) : list;
            List<Object> positional = new ArrayList<>();
            Map<String, Object> named = new LinkedHashMap<>();
            for (Object each : tensors) {
                if (!(each instanceof List<?> entry) || entry.size() < 3) {
                    throw new IllegalArgumentException("a call has the argument " + LayerConfig.brief(each));
                }
                positional.add("_CONSTANT_VALUE".equals(entry.get(0)) ? entry.get(2) : ref(entry));
                if (entry.size() > 3 && entry.get(3) instanceof Map<?, ?> given) {
                    given.forEach((key, value) -> named.put((String) key, argument(value)));
                }
            }
            return new Call(positional, named);
        }

        private List<Object> arguments(List<?> list) {
            List<Object> read = new ArrayList<>();
            list.forEach(each -> read.add(argument(each)));
            return read;
        }

        private Object argument(Object value) {
            if (value instanceof Map<?, ?> map && "__keras_tensor__".equals(map.get("class_name"))
                    && map.get("config") instanceof Map<?, ?> config
                            && config.get("keras_history") instanceof List<?> ref) {
                return ref(ref);
            }
            if (value instanceof Map<?, ?> map && "__tensor__".equals(map.get("class_name"))
                    && map.get("config") instanceof Map<?, ?> config) {
                return argument(config.get("value"));
            }
            if (value instanceof List<?> list) {
                return isRef(list) ? ref(list) : arguments(list);
            }
            return value;
        }

        private boolean isRef(List<?> list) {
            return list.size() >= 3 && list.get(0) instanceof String name && list.get(1) instanceof Long
                    && list.get(2) instanceof Long && (byName.containsKey(name) || name.equals("_CONSTANT_VALUE"));
        }

        private Ref ref(List<?> list) {
            if (list.size() < 3 || !(list.get(0) instanceof String name) || !byName.containsKey(name)
                    || !(list.get(1) instanceof Long call) || !(list.get(2) instanceof Long output)
                    || call < 0 || call > MOST_LAYERS || output < 0 || output > MOST_LAYERS) {
                throw new IllegalArgumentException("a call takes " + LayerConfig.brief(list)
                        + ", which is no layer's result");
            }
            return new Ref(byName.get(name), call.intValue(), output.intValue());
        }

        /** Returns the results that a model takes or returns: one, or a list or object of them. */
        private List<Ref> refs(Object value) {
            if (value instanceof Map<?, ?> map) {
                return refs(List.copyOf(map.values()));
            }
            if (!(value instanceof List<?> list)) {
                throw new IllegalArgumentException("its inputs or outputs are " + LayerConfig.brief(value));
            }
            if (!list.isEmpty() && list.get(0) instanceof String) {
                return List.of(ref(list));
            }
            List<Ref> refs = new ArrayList<>();
            list.forEach(each -> refs.addAll(refs(each)));
            return refs;
        }
    }
}
