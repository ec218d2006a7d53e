package dev.sectional.weights.internal.keras;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs one layer of Keras on values of given shapes, and tells the nodes that it becomes. */
final class LayerRunner {
    private final GraphNodes nodes = new GraphNodes();
    private final String className;
    private final Map<String, Object> settings = new LinkedHashMap<>();
    private final List<StoredTensor> weights = new ArrayList<>();
    private final Map<String, List<StoredTensor>> parts = new HashMap<>();
    private final List<Object> arguments = new ArrayList<>();
    private final Map<String, Object> named = new LinkedHashMap<>();
    private String module = "";
    private boolean keras3 = true;
    private KerasValue result;

    private LayerRunner(String className) {
        this.className = className;
    }

    static LayerRunner of(String className, int... image) {
        LayerRunner runner = new LayerRunner(className);
        runner.arguments.add(runner.nodes.image(Shape.of(image)));
        return runner;
    }

    LayerRunner with(String key, Object value) {
        settings.put(key, value instanceof Integer number ? number.longValue() : value);
        return this;
    }

    /** Sets whole numbers. */
    LayerRunner list(String key, long... values) {
        settings.put(key, Arrays.stream(values).boxed().toList());
        return this;
    }

    /** Gives the layer a weight whose elements count from 0. */
    LayerRunner weight(int... dims) {
        weights.add(counted(dims));
        return this;
    }

    /** Gives a part of the layer such a weight. */
    LayerRunner part(String name, int... dims) {
        parts.computeIfAbsent(name, key -> new ArrayList<>()).add(counted(dims));
        return this;
    }

    private static StoredTensor counted(int... dims) {
        Tensor tensor = Tensor.zeros(Shape.of(dims));
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = i;
        }
        return new StoredTensor(DType.F32, tensor);
    }

    /** Has the image in the order (channels, rows, columns) in Keras. */
    LayerRunner channelsFirst() {
        KerasValue image = (KerasValue) arguments.get(0);
        arguments.set(0, new KerasValue(Network.IMAGE, image.shape(), true));
        return this;
    }

    /** Has the layer written by Keras 2. */
    LayerRunner keras2() {
        keras3 = false;
        return this;
    }

    /** Gives the call the image again. */
    LayerRunner again() {
        arguments.add(arguments.get(0));
        return this;
    }

    /** Gives the call the first rows of the image. */
    LayerRunner rows(int count) {
        arguments.add(nodes.add("other", "Slice", NodeSpec.settings("axis", 0, "start", 0, "step", 1, "count", count),
                Map.of(), (KerasValue) arguments.get(0)));
        return this;
    }

    /** Gives the call one list of the image, as often as there are numbers, instead of the image. */
    LayerRunner together(int... numbers) {
        List<Object> list = Arrays.stream(numbers).mapToObj(arguments::get).toList();
        arguments.clear();
        arguments.add(list);
        return this;
    }

    /** Gives the call the image with its axes in another order, instead of the image. */
    LayerRunner permuted(int... axes) {
        arguments.set(0, nodes.add("turned", "Permute", NodeSpec.settings("axes", axes), Map.of(),
                (KerasValue) arguments.get(0)));
        return this;
    }

    /** Gives the call an element of one of the axes of its first argument. */
    LayerRunner gathered(int axis, int index, boolean drop) {
        arguments.add(nodes.add("gathered", "Gather", NodeSpec.settings("axis", axis, "indices", new int[] {index},
                "drop", drop), Map.of(), (KerasValue) arguments.get(0)));
        return this;
    }

    /** Takes an argument away. */
    LayerRunner without(int position) {
        arguments.remove(position);
        return this;
    }

    /** Exchanges the two arguments. */
    LayerRunner swapped() {
        Collections.swap(arguments, 0, 1);
        return this;
    }

    /** Leaves the call its last argument alone. */
    LayerRunner only() {
        arguments.subList(0, arguments.size() - 1).clear();
        return this;
    }

    /** Gives the call its only argument by name. */
    LayerRunner nameOnly(String name) {
        named.put(name, arguments.remove(0));
        return this;
    }

    /** Gives the call the image under another shape as a named argument. */
    LayerRunner nameValue(String name, int... dims) {
        named.put(name, nodes.add(name, "Reshape", NodeSpec.settings("shape", dims), Map.of(),
                (KerasValue) arguments.get(0)));
        return this;
    }

    /** Gives the call the image under another shape. */
    LayerRunner reshaped(int... dims) {
        arguments.add(nodes.add("other", "Reshape", NodeSpec.settings("shape", dims), Map.of(),
                (KerasValue) arguments.get(0)));
        return this;
    }

    LayerRunner argument(Object value) {
        arguments.add(value);
        return this;
    }

    LayerRunner named(String name, Object value) {
        named.put(name, value);
        return this;
    }

    LayerRunner module(String name) {
        module = name;
        return this;
    }

    LayerRunner run() {
        KerasWeights own = new KerasWeights() {
            @Override
            public List<StoredTensor> of(int layer, String... names) {
                return names.length == 0 ? weights : Arrays.stream(names).filter(parts::containsKey).findFirst()
                        .map(parts::get).orElse(List.of());
            }

            @Override
            public KerasWeights nested(int layer, KerasModel model) {
                throw new AssertionError();
            }
        };
        result = LayerTable.run(new LayerCall(new LayerConfig(className, module, "layer", settings, keras3),
                arguments, named, own, 0, nodes));
        return this;
    }

    Shape shape() {
        return result.shape();
    }

    boolean isChannelsFirst() {
        return result.channelsFirst();
    }

    /** Returns whether the result is the image itself. */
    boolean isImage() {
        return result.equals(arguments.get(0));
    }

    NodeSpec last() {
        return nodes.spec(result);
    }

    /** Returns a setting of the last node. */
    Object setting(String key) {
        return last().settings().get(key);
    }

    float[] tensor(String name) {
        return last().tensors().get(name).tensor().data();
    }

    /** Returns kinds and shapes of the nodes that lead to the result, such as {@code Slice 2x4x1, ReLU 2x4x1}. */
    String kinds() {
        return String.join(", ", nodes.leadingTo(result.node()).stream()
                .map(spec -> spec.kind() + spec.inputs()).toList());
    }

    /** Returns kinds, settings and inputs of the nodes that lead to the result. */
    String steps() {
        return String.join(", ", nodes.leadingTo(result.node()).stream()
                .map(spec -> spec.kind() + spec.settings() + spec.inputs()).toList());
    }

    /** Returns the node of that name. */
    NodeSpec node(String name) {
        return nodes.leadingTo(result.node()).stream().filter(spec -> spec.name().equals(name)).findFirst()
                .orElseThrow();
    }

    GraphNodes nodes() {
        return nodes;
    }
}
