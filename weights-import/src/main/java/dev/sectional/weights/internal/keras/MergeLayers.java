package dev.sectional.weights.internal.keras;

import dev.sectional.nn.model.NodeSpec;
import java.util.List;
import java.util.Map;

/** Layers that join several values. Shapes broadcast, aligned at the last axis. */
final class MergeLayers {
    private MergeLayers() {}

    static void addTo(Map<String, LayerTable.Importer> table) {
        table.put("Add", call -> joined(call, "Add"));
        table.put("Subtract", call -> joined(call, "Subtract"));
        table.put("Multiply", call -> joined(call, "Multiply"));
        table.put("Maximum", call -> joined(call, "Maximum"));
        table.put("Minimum", call -> joined(call, "Minimum"));
        table.put("Average", MergeLayers::average);
        table.put("Concatenate", call -> concatenated(call, call.config().whole(-1, "axis", "concat_axis")));
        table.put("Merge", MergeLayers::merge);
        table.put("CustomScaleLayer", MergeLayers::scaledSum);
        table.put("Custom>CustomScaleLayer", MergeLayers::scaledSum);
    }

    private static List<KerasValue> several(LayerCall call) {
        List<KerasValue> values = call.inputs();
        if (values.size() < 2) {
            throw new IllegalArgumentException("it joins " + values.size() + " inputs, wanted two or more");
        }
        return values;
    }

    private static KerasValue joined(LayerCall call, String kind) {
        List<KerasValue> values = several(call);
        if (kind.equals("Add") && values.stream().allMatch(value -> value.shape().equals(values.get(0).shape()))) {
            return call.emit(kind, Map.of(), Map.of(), values.toArray(KerasValue[]::new));
        }
        if (kind.equals("Subtract") && values.size() != 2) {
            throw new IllegalArgumentException("it subtracts " + values.size() + " inputs, wanted two");
        }
        KerasValue result = values.get(0);
        for (KerasValue next : values.subList(1, values.size())) {
            result = call.emit(kind, Map.of(), Map.of(), result, next);
        }
        return result;
    }

    /** Adds the layer of InceptionResNetV2: the first input and a multiple of the second. */
    private static KerasValue scaledSum(LayerCall call) {
        List<KerasValue> values = several(call);
        if (values.size() != 2 || !call.config().has("scale")) {
            throw new IllegalArgumentException("it joins " + values.size() + " inputs and has the scale "
                    + call.config().get("scale") + ", wanted two inputs and a scale");
        }
        double scale = call.config().number(1, "scale");
        KerasValue scaled = call.constant("scaled", "MultiplyConstant", values.get(1), scale);
        return call.emit("Add", Map.of(), Map.of(), values.get(0), scaled);
    }

    private static KerasValue average(LayerCall call) {
        KerasValue sum = joined(call, "Add");
        return call.constant("divided", "MultiplyConstant", sum, 1.0 / call.inputs().size());
    }

    private static KerasValue concatenated(LayerCall call, int kerasAxis) {
        List<KerasValue> values = several(call);
        int axis = values.get(0).axis(kerasAxis);
        return call.emit("Concat", axis == values.get(0).rank() - 1 ? Map.of() : NodeSpec.settings("axis", axis),
                Map.of(),
                values.toArray(KerasValue[]::new));
    }

    /** Adds the layer of Keras 1, whose mode says what it does. */
    private static KerasValue merge(LayerCall call) {
        String mode = call.config().text("sum", "mode");
        return switch (mode) {
            case "sum" -> joined(call, "Add");
            case "mul" -> joined(call, "Multiply");
            case "max" -> joined(call, "Maximum");
            case "ave" -> average(call);
            case "concat" -> concatenated(call, call.config().whole(-1, "concat_axis"));
            default -> throw new IllegalArgumentException("its mode is " + mode + ", which is not supported");
        };
    }
}
