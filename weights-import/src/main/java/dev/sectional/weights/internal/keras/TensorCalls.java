package dev.sectional.weights.internal.keras;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Calls of functions on tensors, which Keras stores as layers: {@code x / 127.5} is a {@code TFOpLambda} in Keras 2 and
 * an operation of {@code keras.ops} in Keras 3. Arithmetic with numbers and other values, and activations, are
 * supported.
 */
final class TensorCalls {
    private TensorCalls() {}

    /** Returns whether a layer is such a call. */
    static boolean isTensorCall(LayerConfig layer) {
        return layer.className().equals("TFOpLambda") || layer.className().equals("SlicingOpLambda")
                || layer.module().contains(".ops") && !layer.module().contains(".layers");
    }

    static KerasValue run(LayerCall call) {
        String function = call.config().className().equals("TFOpLambda") ? call.config().text("", "function")
                : call.config().className();
        String name = function.substring(function.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        List<Object> arguments = call.positional();
        Object first = arguments.isEmpty() ? null : arguments.get(0);
        Object second = arguments.size() > 1 ? arguments.get(1) : call.named().containsKey("y") ? call.named().get("y")
                : call.named().containsKey("x2") ? call.named().get("x2") : call.named().get("value");
        return switch (name) {
            case "add", "__operators__.add", "bias_add" -> arithmetic(call, "Add", first, second);
            case "subtract", "sub" -> arithmetic(call, "Subtract", first, second);
            case "multiply", "mul" -> arithmetic(call, "Multiply", first, second);
            case "truediv", "true_divide", "truedivide", "divide" -> arithmetic(call, "Divide", first, second);
            case "cast" -> call.input();
            case "relu", "relu6", "sigmoid", "tanh", "silu", "swish", "softplus", "gelu" ->
                    Activations.apply(call, name, call.input());
            default -> throw new IllegalArgumentException("the function " + LayerConfig.brief(function)
                    + " is not supported; write it as a layer, or export the model to ONNX");
        };
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
        double[] numbers = value == null ? null : call.config().as("", Map.of("operand", value)).numbers("operand");
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
