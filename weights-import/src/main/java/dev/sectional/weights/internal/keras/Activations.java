package dev.sectional.weights.internal.keras;

import dev.sectional.nn.model.NodeSpec;
import java.util.HashMap;
import java.util.Map;

/**
 * The functions of {@code keras.activations} by name. Some have no layer of their own in the network and are put
 * together from others; {@code hard_sigmoid} has another slope in Keras 3 than before.
 */
final class Activations {
    private static final Map<String, Function> FUNCTIONS = functions();

    private Activations() {}

    /** Adds the nodes of a function. */
    private interface Function {
        KerasValue apply(LayerCall call, KerasValue x);
    }

    /**
     * Adds the nodes of the function of that name.
     *
     * @param call of a layer, whose name the nodes get
     * @throws IllegalArgumentException if there is no such function
     */
    static KerasValue apply(LayerCall call, String name, KerasValue x) {
        String plain = name.substring(name.lastIndexOf('.') + 1).substring(name.lastIndexOf('>') + 1);
        Function function = FUNCTIONS.get(plain);
        if (function == null) {
            throw new IllegalArgumentException("its activation " + LayerConfig.brief(name) + " is not supported"
                    + (plain.equals("sparsemax") ? ", because Keras' own values differ from its definition" : ""));
        }
        return function.apply(call, x);
    }

    private static Map<String, Function> functions() {
        Map<String, Function> table = new HashMap<>();
        table.put("linear", (call, x) -> x);
        simple(table, "relu", "ReLU");
        table.put("relu6", (call, x) -> ActivationLayers.clip(call, x, 0, 6));
        table.put("leaky_relu", (call, x) -> call.emit("LeakyReLU", NodeSpec.settings("slope", 0.2), Map.of(), x));
        simple(table, "sigmoid", "Sigmoid");
        table.put("softmax", (call, x) -> call.emit("Softmax", lastAxis(x), Map.of(), x));
        table.put("log_softmax", (call, x) -> call.emit("LogSoftmax", lastAxis(x), Map.of(), x));
        simple(table, "tanh", "Tanh");
        simple(table, "softplus", "Softplus");
        simple(table, "softsign", "Softsign");
        simple(table, "mish", "Mish");
        simple(table, "exponential", "Exp");
        table.put("elu", (call, x) -> call.emit("ELU", NodeSpec.settings("alpha", 1.0), Map.of(), x));
        table.put("celu", (call, x) -> call.emit("CELU", NodeSpec.settings("alpha", 1.0), Map.of(), x));
        table.put("selu", (call, x) -> call.emit("SELU", NodeSpec.settings("alpha", 1.6732632423543772, "gamma",
                1.0507009873554805), Map.of(), x));
        for (String name : new String[] {"silu", "swish"}) {
            table.put(name, (call, x) -> call.emit("SiLU", NodeSpec.settings("beta", 1.0), Map.of(), x));
        }
        table.put("gelu", (call, x) -> call.emit("GELU", NodeSpec.settings("tanh", false), Map.of(), x));
        table.put("hard_sigmoid", (call, x) -> hardSigmoid(call, x, call.config().keras3() ? 1.0 / 6 : 0.2));
        simple(table, "hard_silu", "HardSwish");
        simple(table, "hard_swish", "HardSwish");
        composed(table);
        return table;
    }

    private static void composed(Map<String, Function> table) {
        table.put("hard_tanh", (call, x) -> ActivationLayers.clip(call, x, -1, 1));
        table.put("sparse_sigmoid", (call, x) -> hardSigmoid(call, x, 0.5));
        table.put("log_sigmoid", (call, x) -> call.emitPart("minus", "Neg", Map.of(),
                call.emit("Softplus", Map.of(), Map.of(), call.emitPart("negated", "Neg", Map.of(), x))));
        table.put("tanh_shrink", (call, x) -> call.emit("Subtract", Map.of(), Map.of(), x,
                call.emitPart("tanh", "Tanh", Map.of(), x)));
        table.put("soft_shrink", (call, x) -> call.emit("Subtract", Map.of(), Map.of(), x,
                call.emitPart("clip", "Clip", NodeSpec.settings("least", -0.5, "greatest", 0.5), x)));
        table.put("hard_shrink", (call, x) -> {
            Map<String, Object> half = NodeSpec.settings("alpha", 0.5);
            KerasValue negated = call.emitPart("negated", "Neg", Map.of(), x);
            return call.emit("Subtract", Map.of(), Map.of(), call.emitPart("above", "ThresholdedReLU", half, x),
                    call.emitPart("below", "ThresholdedReLU", half, negated));
        });
        // (x + sqrt(x x + 4)) / 2
        table.put("squareplus", (call, x) -> {
            KerasValue square = call.emitPart("square", "Multiply", Map.of(), x, x);
            KerasValue root = call.emitPart("root", "Sqrt", Map.of(), call.constant("four", "AddConstant", square, 4));
            return call.constant("half", "MultiplyConstant", call.emit("Add", Map.of(), Map.of(), x, root), 0.5);
        });
        // The first half of the channels, weighted by a sigmoid of the second.
        table.put("glu", (call, x) -> {
            int half = x.channels() / 2;
            if (2 * half != x.channels()) {
                throw new IllegalArgumentException("its activation glu halves " + x.channels() + " channels");
            }
            Map<String, Object> first = NodeSpec.settings("axis", x.rank() - 1, "start", 0, "step", 1, "count", half);
            Map<String, Object> second = NodeSpec.settings("axis", x.rank() - 1, "start", half, "step", 1, "count",
                    half);
            return call.emit("Multiply", Map.of(), Map.of(), call.emitPart("values", "Slice", first, x),
                    call.emitPart("gate", "Sigmoid", Map.of(), call.emitPart("gates", "Slice", second, x)));
        });
        // 0 below -1, (x + 1)^2 / 4 up to 1, x above
        table.put("sparse_plus", (call, x) -> {
            KerasValue inside = call.constant("one", "AddConstant", call.emitPart("clip", "Clip",
                    NodeSpec.settings("least", -1.0, "greatest", 1.0), x), 1);
            KerasValue square = call.constant("quarter", "MultiplyConstant",
                    call.emitPart("square", "Multiply", Map.of(), inside, inside), 0.25);
            KerasValue above = call.emitPart("above", "ReLU", Map.of(), call.constant("less", "AddConstant", x, -1));
            return call.emit("Add", Map.of(), Map.of(), square, above);
        });
    }

    private static KerasValue hardSigmoid(LayerCall call, KerasValue x, double slope) {
        return call.emit("HardSigmoid", NodeSpec.settings("alpha", slope, "beta", 0.5), Map.of(), x);
    }

    private static Map<String, Object> lastAxis(KerasValue x) {
        return NodeSpec.settings("axis", x.rank() - 1);
    }

    private static void simple(Map<String, Function> table, String name, String kind) {
        table.put(name, (call, x) -> call.emit(kind, Map.of(), Map.of(), x));
    }
}
