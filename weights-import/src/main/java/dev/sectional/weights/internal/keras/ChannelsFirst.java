package dev.sectional.weights.internal.keras;

import dev.sectional.nn.model.NodeSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Layers of the data format {@code channels_first}. The network stores feature maps with their channels last; such a
 * layer computes on that view, and its result is marked, so that most models need no transposes. A layer that depends
 * on the order of axes and has no data format gets the value in the order that Keras has.
 */
final class ChannelsFirst {
    /** Layers that compute each element by itself, or normalise along axes that their configuration names. */
    private static final Set<String> ANY_ORDER = Set.of("Activation", "ReLU", "LeakyReLU", "ELU", "ThresholdedReLU",
            "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Rescaling");
    private static final Set<String> ALONG_AXIS = Set.of("BatchNormalization", "BatchNormalizationV1",
            "SyncBatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization", "Concatenate");
    /** Activations that depend on the last axis. */
    private static final Set<String> LAST_AXIS = Set.of("softmax", "log_softmax", "glu", "sparsemax");
    private static final int DEEPEST = 200;

    private ChannelsFirst() {}

    /** Returns whether a format is {@code channels_first}; refuses unknown ones. */
    private static boolean isFirst(LayerConfig layer) {
        return switch (layer.text("channels_last", "data_format", "dim_ordering")) {
            case "channels_first", "th" -> true;
            case "channels_last", "tf", "default" -> false;
            default -> throw layer.wrong("data_format", layer.get("data_format", "dim_ordering"),
                    "channels_first or channels_last");
        };
    }

    /** Returns whether a call has this data format or takes a value in it. */
    static boolean concerns(LayerCall call) {
        return isFirst(call.config()) || call.inputs().stream().anyMatch(KerasValue::channelsFirst);
    }

    /**
     * Returns whether a model takes images as (channels, rows, columns): it has layers of this format, and the shape of
     * its input does not say otherwise.
     *
     * @param shape of the input, batch first
     */
    static boolean isInput(KerasModel model, int[] shape) {
        boolean last = shape.length == 4 && shape[3] >= 1 && shape[3] <= 4;
        boolean first = shape.length == 4 && shape[1] >= 1 && shape[1] <= 4;
        return shape.length == 4 && (first || !last)
                && model.layers().stream().anyMatch(layer -> mentions(layer.config(), 0));
    }

    private static boolean mentions(Object json, int depth) {
        if (json instanceof Map<?, ?> map) {
            return "channels_first".equals(map.get("data_format")) || "th".equals(map.get("dim_ordering"))
                    || depth < DEEPEST && map.values().stream().anyMatch(value -> mentions(value, depth + 1));
        }
        return json instanceof List<?> list && depth < DEEPEST
                && list.stream().anyMatch(value -> mentions(value, depth + 1));
    }

    /** Runs a call that {@link #concerns} this format. */
    static KerasValue run(LayerCall call) {
        LayerConfig layer = call.config();
        boolean all = call.inputs().stream().allMatch(KerasValue::channelsFirst);
        if (isFirst(layer)) {
            return runOwn(call);
        }
        if (all && (ANY_ORDER.contains(layer.className()) && !isAlongLastAxis(layer.config().get("activation"))
                && !hasNumbers(layer.config().values()) && !hasNumbers(call.positional())
                && !hasNumbers(call.named().values())
                || LayerTable.isUnchanged(layer.className()))) {
            return marked(LayerTable.runLast(mapped(call, layer, KerasValue::channelsLast)));
        }
        boolean along = all && ALONG_AXIS.contains(layer.className());
        int[] axes = along ? layer.wholes("axis", "concat_axis") : null;
        if (along && (axes == null || axes.length == 1)) {   // the weights of several axes have the order of Keras
            Map<String, Object> settings = new LinkedHashMap<>(layer.config());
            settings.put("axis", stored(axes == null ? -1 : axes[0]));
            return marked(LayerTable.runLast(mapped(call, layer.as(layer.className(), settings),
                    KerasValue::channelsLast)));
        }
        return LayerTable.runLast(mapped(call, layer, value -> inOrder(call, value)));
    }

    /** Returns an axis of (batch, channels, rows, columns) as one of (batch, rows, columns, channels). */
    private static long stored(int axis) {
        return switch (axis < 0 ? axis + 4 : axis) {
            case 1 -> 3;
            case 2 -> 1;
            case 3 -> 2;
            default -> throw new IllegalArgumentException("axis " + axis + " is none of four");
        };
    }

    /** Runs a layer of this format on the view with the channels last. */
    private static KerasValue runOwn(LayerCall call) {
        LayerConfig layer = call.config();
        Map<String, Object> settings = new LinkedHashMap<>(layer.config());
        if (settings.containsKey("dim_ordering") && layer.className().contains("onvolution")) {
            throw new IllegalArgumentException("its dim_ordering is th, in which Keras 1 stores kernels in another"
                    + " order; load it in Keras 2 with TensorFlow and save it again with model.save");
        }
        settings.remove("dim_ordering");
        settings.put("data_format", "channels_last");
        if (call.inputs().stream().anyMatch(value -> value.rank() == 2)) {
            return runSteps(call, layer.as(layer.className(), settings));
        }
        boolean apart = isAlongLastAxis(settings.get("activation"));
        if (apart) {
            settings.remove("activation");
        }
        KerasValue y = LayerTable.runLast(mapped(call, layer.as(layer.className(), settings),
                value -> channelsLast(call, value)));
        KerasValue result = y.rank() == 3 ? marked(y) : y;
        return apart ? ActivationLayers.applied(call, inOrder(call, result)) : result;
    }

    /** Runs a layer of values (channels, steps) on (steps, channels). */
    private static KerasValue runSteps(LayerCall call, LayerConfig layer) {
        if (isAlongLastAxis(layer.config().get("activation"))) {
            throw new IllegalArgumentException("its data_format is channels_first, and its activation "
                    + LayerConfig.brief(layer.config().get("activation")) + " depends on the order of axes");
        }
        int[] turned = {1, 0};
        KerasValue y = LayerTable.runLast(mapped(call, layer, value -> value.rank() != 2 ? value
                : call.emitPart("channels_last", "Permute", NodeSpec.settings("axes", turned), value)));
        return y.rank() != 2 ? y : call.emitPart("channels_first", "Permute", NodeSpec.settings("axes", turned), y);
    }

    private static boolean isAlongLastAxis(Object activation) {
        if (activation instanceof Map<?, ?> map) {
            Object name = map.get("config") instanceof String text ? text : map.get("class_name");
            return !(name instanceof String text) || !Set.of("ReLU", "LeakyReLU", "ELU").contains(text)
                    && (map.get("config") instanceof Map || LAST_AXIS.contains(text));
        }
        return activation instanceof String text && LAST_AXIS.contains(text);
    }

    /** Returns whether settings or arguments hold several numbers, which belong to the last axis in Keras' order. */
    private static boolean hasNumbers(Collection<?> values) {
        return values.stream().anyMatch(value -> value instanceof List<?> list
                && (list.size() > 1 && list.stream().allMatch(Number.class::isInstance) || hasNumbers(list))
                || value instanceof Map<?, ?> map && hasNumbers(map.values()));
    }

    private static KerasValue marked(KerasValue value) {
        return new KerasValue(value.node(), value.shape(), true);
    }

    /** Returns a value of Keras' order (channels, rows, columns) with its channels last. */
    private static KerasValue channelsLast(LayerCall call, KerasValue value) {
        if (value.channelsFirst() || value.rank() != 3) {
            return value.channelsLast();
        }
        NodeSpec spec = call.nodes().spec(value);
        boolean turned = spec != null && spec.kind().equals("Permute")
                && List.of(2L, 0L, 1L).equals(spec.settings().get("axes"));
        return turned ? call.nodes().input(spec)
                : call.emitPart("channels_last", "Permute", NodeSpec.settings("axes", new int[] {1, 2, 0}), value);
    }

    /** Returns a value with its axes in Keras' order. */
    private static KerasValue inOrder(LayerCall call, KerasValue value) {
        return !value.channelsFirst() ? value : call.emitPart("channels_first", "Permute",
                NodeSpec.settings("axes", new int[] {2, 0, 1}), value.channelsLast());
    }

    private static LayerCall mapped(LayerCall call, LayerConfig layer, UnaryOperator<KerasValue> change) {
        Map<String, Object> named = new LinkedHashMap<>();
        call.named().forEach((key, value) -> named.put(key, mapped(value, change)));
        List<Object> positional = new ArrayList<>();
        call.positional().forEach(value -> positional.add(mapped(value, change)));
        return new LayerCall(layer, positional, named, call.weights(), call.index(), call.nodes());
    }

    private static Object mapped(Object value, UnaryOperator<KerasValue> change) {
        if (value instanceof List<?> list) {
            List<Object> changed = new ArrayList<>();
            list.forEach(each -> changed.add(mapped(each, change)));
            return changed;
        }
        return value instanceof KerasValue found ? change.apply(found) : value;
    }
}
