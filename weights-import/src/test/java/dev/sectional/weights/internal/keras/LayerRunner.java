package dev.sectional.weights.internal.keras;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs one layer of Keras on values of given shapes, and tells the nodes that it becomes. */
final class LayerRunner {
    private final GraphNodes nodes = new GraphNodes();
    private final String className;
    private final Map<String, Object> settings = new LinkedHashMap<>();
    private final List<StoredTensor> weights = new ArrayList<>();
    private final List<Object> arguments = new ArrayList<>();
    private final Map<String, Object> named = new LinkedHashMap<>();
    private String module = "";
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
        Tensor tensor = Tensor.zeros(Shape.of(dims));
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = i;
        }
        weights.add(new StoredTensor(DType.F32, tensor));
        return this;
    }

    /** Gives the call the image again. */
    LayerRunner again() {
        arguments.add(arguments.get(0));
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
            public List<StoredTensor> of(int layer, String... parts) {
                return parts.length == 0 ? weights : List.of();
            }

            @Override
            public KerasWeights nested(int layer, KerasModel model) {
                throw new AssertionError();
            }
        };
        result = LayerTable.run(new LayerCall(new LayerConfig(className, module, "layer", settings, true), arguments,
                named, own, 0, nodes));
        return this;
    }

    Shape shape() {
        return result.shape();
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

    GraphNodes nodes() {
        return nodes;
    }
}
