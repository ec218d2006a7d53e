package dev.sectional.weights.internal.keras;

import dev.sectional.nn.model.NodeSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Calls of functions on tensors, which Keras stores as layers: {@code x / 127.5} is a {@code TFOpLambda} in Keras 2 and
 * an operation of {@code keras.ops} in Keras 3. Arithmetic with numbers and other values, and activations, are
 * supported.
 */
final class TensorCalls {
    private static final Set<String> OPERATIONS = Set.of("TFOpLambda", "SlicingOpLambda", "GetItem", "Stack",
            "TrueDivide", "Divide", "Cast", "Clip", "Negative", "Gelu", "Silu");
    private static final Set<String> ARITHMETIC = Set.of("Add", "Subtract", "Multiply", "Maximum", "Minimum");
    /** Arguments by name, other than values, that a function here reads. */
    private static final Set<String> ARGUMENTS = Set.of("name", "y", "x2", "value", "bias", "slice_spec", "key", "beta",
            "negative_slope", "alpha", "max_value", "threshold", "approximate", "x_min", "clip_value_min", "x_max",
            "clip_value_max", "dtype", "axis", "dim", "keepdims", "initial", "newshape", "shape", "axes", "perm",
            "axis1", "axis2", "transpose_a", "transpose_b", "adjoint_a", "adjoint_b");

    private TensorCalls() {}

    /**
     * Returns whether a call is one. HDF5 files do not state the module of a class: {@code Add} with a number is an
     * operation, with values it is the layer of that name, which does the same.
     */
    static boolean isTensorCall(LayerCall call) {
        LayerConfig layer = call.config();
        return OPERATIONS.contains(layer.className())
                || layer.module().contains(".ops") && !layer.module().contains(".layers")
                || TensorFunctions.OPERATIONS.contains(layer.className())
                || layer.className().equals("Reshape") && layer.has("newshape")
                || ARITHMETIC.contains(layer.className()) && call.inputs().size() == 1;
    }

    static KerasValue run(LayerCall call) {
        requireKnownArguments(call);
        String function = call.config().className().endsWith("OpLambda") ? call.config().text("", "function")
                : call.config().className();
        String name = function.substring(function.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        List<Object> arguments = call.positional();
        Object first = arguments.isEmpty() ? null : arguments.get(0);
        Object second = arguments.size() > 1 ? arguments.get(1) : null;
        for (String key : new String[] {"y", "x2", "value", "bias", "slice_spec", "key"}) {
            second = second == null ? call.named().get(key) : second;
        }
        return switch (name) {
            case "add", "__operators__.add", "bias_add" -> arithmetic(call, "Add", first, second);
            case "subtract", "sub" -> arithmetic(call, "Subtract", first, second);
            case "multiply", "mul" -> arithmetic(call, "Multiply", first, second);
            case "truediv", "true_divide", "truedivide", "divide" -> arithmetic(call, "Divide", first, second);
            case "getitem" -> TensorFunctions.item(call, first, second);
            case "stack" -> stacked(call);
            case "cast" -> cast(call);
            case "gelu" -> call.emit("GELU", NodeSpec.settings("tanh", isApproximate(call)), Map.of(),
                    call.input());
            case "silu", "swish" -> call.emit("SiLU", NodeSpec.settings("beta", number(call, 1, "beta")), Map.of(),
                    call.input());
            case "leaky_relu", "leakyrelu" -> call.emit("LeakyReLU", NodeSpec.settings("slope",
                    number(call, 0.2, "negative_slope", "alpha")), Map.of(), call.input());
            case "clip", "clip_by_value" -> ActivationLayers.clip(call, call.input(),
                    number(call, Double.NaN, "x_min", "clip_value_min"),
                    number(call, Double.NaN, "x_max", "clip_value_max"));
            case "negative" -> call.emit("Neg", Map.of(), Map.of(), call.input());
            case "relu" -> relu(call, settings(call));
            case "maximum" -> bound(call, first, second, "Maximum");
            case "minimum" -> bound(call, first, second, "Minimum");
            default -> TensorFunctions.run(call, name);
        };
    }

    /** Returns a setting of a function: in Keras 3 the layer has it, in Keras 2 the call. */
    static LayerConfig settings(LayerCall call) {
        Map<String, Object> all = new LinkedHashMap<>(call.config().config());
        all.putAll(call.named());
        if (call.positional().stream().skip(1).anyMatch(argument -> !(argument instanceof KerasValue))) {
            throw new IllegalArgumentException("its arguments are not named; write it as a layer, or export the model"
                    + " to ONNX");
        }
        return call.config().as(call.config().className(), all);
    }

    /** Refuses an argument that may change the result and that no function here reads. */
    private static void requireKnownArguments(LayerCall call) {
        call.named().forEach((key, value) -> {
            boolean off = value == null || Boolean.FALSE.equals(value) || value instanceof KerasValue
                    || value instanceof List<?> list && list.stream().anyMatch(KerasValue.class::isInstance)
                    || key.equals("data_format") && ("NHWC".equals(value) || "channels_last".equals(value));
            if (!off && !ARGUMENTS.contains(key)) {
                throw new IllegalArgumentException("its " + key + " is " + LayerConfig.brief(value) + ", and this"
                        + " argument is not known; write it as a layer, or export the model to ONNX");
            }
        });
    }

    /** Returns whether GELU is the approximation by a tanh, the default of Keras 3 and not of TensorFlow. */
    private static boolean isApproximate(LayerCall call) {
        return settings(call).flag(!call.config().className().endsWith("OpLambda"), "approximate");
    }

    /** Adds ReLU with the settings of {@code keras.activations.relu}, which TensorFlow's function has not. */
    private static KerasValue relu(LayerCall call, LayerConfig settings) {
        return ActivationLayers.relu(call, call.input(), settings.number(Double.POSITIVE_INFINITY, "max_value"),
                settings.number(0, "negative_slope", "alpha"), settings.number(0, "threshold"));
    }

    private static double number(LayerCall call, double missing, String... names) {
        double number = settings(call).number(missing, names);
        if (Double.isNaN(number)) {
            throw new IllegalArgumentException("its " + names[0] + " is missing");
        }
        return number;
    }

    /** Returns the value itself for a floating type; others cut numbers off. */
    private static KerasValue cast(LayerCall call) {
        String type = settings(call).text("", "dtype");
        if (!type.contains("float")) {
            throw new IllegalArgumentException("it casts to " + type + ", which cuts numbers off; only floating types"
                    + " are supported");
        }
        return call.input();
    }

    /** Adds the greater or smaller one of two values, or of a value and a number. */
    private static KerasValue bound(LayerCall call, Object first, Object second, String kind) {
        if (first instanceof KerasValue a && second instanceof KerasValue b) {
            return call.emit(kind, Map.of(), Map.of(), a, b);
        }
        Object number = first instanceof KerasValue ? second : first;
        if (!(number instanceof Number limit) || call.inputs().size() != 1) {
            throw new IllegalArgumentException("its arguments are not supported");
        }
        return kind.equals("Maximum") ? ActivationLayers.clip(call, call.input(), limit.doubleValue(), Float.MAX_VALUE)
                : ActivationLayers.clip(call, call.input(), -Float.MAX_VALUE, limit.doubleValue());
    }

    /** Joins channels that were taken apart by {@code x[..., k]} in another order. */
    private static KerasValue stacked(LayerCall call) {
        List<NodeSpec> parts = call.inputs().stream().map(call.nodes()::spec).toList();
        NodeSpec one = parts.isEmpty() ? null : parts.get(0);
        boolean apart = one != null && parts.stream().allMatch(part -> part != null && part.kind().equals("Gather")
                && Long.valueOf(1).equals(part.settings().get("drop")) && part.inputs().equals(one.inputs()));
        int rank = apart ? call.inputs().get(0).rank() : 0;
        int axis = call.config().whole(0, "axis");
        if (!apart || !Long.valueOf(rank).equals(one.settings().get("axis")) || axis != -1 && axis != rank + 1) {
            throw new IllegalArgumentException("only channels of one value, x[..., k], are supported");
        }
        int[] indices = parts.stream().mapToInt(part ->
                ((Number) ((List<?>) part.settings().get("indices")).get(0)).intValue()).toArray();
        KerasValue x = call.nodes().input(one);
        return call.emit("Gather", NodeSpec.settings("axis", rank, "indices", indices, "drop", false), Map.of(), x);
    }

    private static KerasValue arithmetic(LayerCall call, String kind, Object first, Object second) {
        if (first instanceof KerasValue a && second instanceof KerasValue b) {
            return call.emit(kind, Map.of(), Map.of(), a, b);
        }
        boolean valueFirst = first instanceof KerasValue;
        KerasValue x = valueFirst ? (KerasValue) first : second instanceof KerasValue value ? value : null;
        double[] numbers = numbers(call, valueFirst ? second : first);
        if (x == null || numbers.length == 0 || !valueFirst && kind.equals("Divide")) {
            throw new IllegalArgumentException("its arguments are not supported");
        }
        double[] scale = {1};
        double[] shift = {0};
        switch (kind) {
            case "Add" -> shift = numbers;
            case "Subtract" -> {
                shift = valueFirst ? negated(numbers) : numbers;
                scale[0] = valueFirst ? 1 : -1;
            }
            case "Multiply" -> scale = numbers;
            default -> {
                scale = numbers.clone();
                for (int i = 0; i < scale.length; i++) {
                    scale[i] = 1 / scale[i];
                }
            }
        }
        return call.affine(x, scale, shift);
    }

    private static double[] numbers(LayerCall call, Object value) {
        Object inner = value;
        while (inner instanceof List<?> list && list.size() == 1) {
            inner = list.get(0);
        }
        if (inner instanceof List<?> list && list.stream().anyMatch(List.class::isInstance)) {
            throw new IllegalArgumentException("a constant of its arguments has more axes than the channels");
        }
        double[] numbers = value == null ? null : call.config().as("", Map.of("operand", value)).vector("operand");
        return numbers == null ? new double[0] : numbers;
    }

    private static double[] negated(double[] numbers) {
        double[] negated = numbers.clone();
        for (int i = 0; i < negated.length; i++) {
            negated[i] = -negated[i];
        }
        return negated;
    }
}
