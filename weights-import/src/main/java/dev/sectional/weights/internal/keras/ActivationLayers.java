package dev.sectional.weights.internal.keras;

import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Layers that are activations, and the activation argument of other layers. */
final class ActivationLayers {
    private ActivationLayers() {}

    static void addTo(Map<String, LayerTable.Importer> table) {
        table.put("Activation", call -> applied(call, call.input()));
        table.put("ReLU", ActivationLayers::relu);
        table.put("LeakyReLU", call -> {
            double slope = call.config().number(0.3, "negative_slope", "alpha");
            return call.emit("LeakyReLU", NodeSpec.settings("slope", slope), Map.of(), call.input());
        });
        table.put("ELU", call -> call.emit("ELU", NodeSpec.settings("alpha", call.config().number(1, "alpha")),
                Map.of(),
                call.input()));
        table.put("PReLU", ActivationLayers::prelu);
        table.put("ThresholdedReLU", call -> call.emit("ThresholdedReLU",
                NodeSpec.settings("alpha", call.config().number(1, "theta")), Map.of(), call.input()));
        table.put("Softmax", ActivationLayers::softmax);
    }

    /** Adds the activation that the configuration names, if any. */
    static KerasValue applied(LayerCall call, KerasValue x) {
        Object activation = call.config().config().get("activation");
        call.config().read().add("activation");
        if (activation == null) {
            return x;
        }
        LayerConfig named = call.config().className().equals("Activation") ? call.config()
                : new LayerConfig("Activation", "", call.config().name() + "/activation", Map.of(),
                        call.config().keras3());
        if (activation instanceof String name) {
            return Activations.apply(call.with(named, x), name, x);
        }
        if (activation instanceof Map<?, ?> map && map.get("class_name") instanceof String className) {
            if (map.get("config") instanceof String name) {
                return Activations.apply(call.with(named, x), name, x);
            }
            if (map.get("config") instanceof Map<?, ?> given) {
                @SuppressWarnings("unchecked")
                Map<String, Object> settings = (Map<String, Object>) given;
                LayerCall inner = new LayerCall(named.as(className, settings), List.of(x), Map.of(), null, 0,
                        call.nodes());
                return LayerTable.run(inner);
            }
        }
        throw call.config().wrong("activation", activation, "the name of a function");
    }

    private static KerasValue softmax(LayerCall call) {
        KerasValue x = call.input();
        int[] axes = call.config().wholes("axis");
        if (axes != null && axes.length != 1) {
            throw new IllegalArgumentException("its axes are " + Arrays.toString(axes) + "; only one is supported");
        }
        return call.emit("Softmax", NodeSpec.settings("axis", x.axis(axes == null ? -1 : axes[0])), Map.of(), x);
    }

    private static KerasValue prelu(LayerCall call) {
        KerasValue x = call.input();
        StoredTensor alpha = call.weights(1).get(0);
        TensorSource weight = alpha.values();
        for (int i = 1; i <= weight.shape().rank(); i++) {
            int own = weight.shape().dim(weight.shape().rank() - i);
            if (i > x.rank() || own != 1 && own != x.shape().dim(x.rank() - i)) {
                throw new IllegalArgumentException("its alpha has shape " + weight.shape() + " for an input of shape "
                        + x.shape());
            }
        }
        return call.emit("PReLU", Map.of(), Map.of("weight", call.nodes().source(alpha, weight)), x);
    }

    private static KerasValue relu(LayerCall call) {
        return relu(call, call.input(), call.config().number(Double.POSITIVE_INFINITY, "max_value"),
                call.config().number(0, "negative_slope", "alpha"), call.config().number(0, "threshold"));
    }

    /**
     * Adds ReLU as Keras computes it: {@code min(x [x > threshold], greatest) - slope * max(threshold - x, 0)}.
     *
     * @param greatest value; infinite for none
     */
    static KerasValue relu(LayerCall call, KerasValue x, double greatest, double slope, double threshold) {
        boolean bounded = Double.isFinite(greatest);
        if (threshold == 0 && slope == 0) {
            return bounded ? clip(call, x, 0, greatest) : call.emit("ReLU", Map.of(), Map.of(), x);
        }
        if (threshold == 0) {
            KerasValue leaky = call.emit("LeakyReLU", NodeSpec.settings("slope", slope), Map.of(), x);
            return bounded ? clip(call, leaky, -Float.MAX_VALUE, greatest) : leaky;
        }
        KerasValue above = call.emit("ThresholdedReLU", NodeSpec.settings("alpha", threshold), Map.of(), x);
        if (bounded) {
            above = clip(call, above, 0, greatest);
        }
        if (slope == 0) {
            return above;
        }
        KerasValue shifted = call.constant("shift", "AddConstant", x, -threshold);
        KerasValue below = call.emitPart("below", "Clip", NodeSpec.settings("least", -Float.MAX_VALUE, "greatest", 0.0),
                shifted);
        return call.emitPart("sum", "Add", Map.of(), above, call.constant("slope", "MultiplyConstant", below, slope));
    }

    static KerasValue clip(LayerCall call, KerasValue x, double least, double greatest) {
        return call.emit("Clip", NodeSpec.settings("least", least, "greatest", greatest), Map.of(), x);
    }
}
