package dev.sectional.weights.internal.keras;

import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Layers along one axis, of values (steps, channels) such as the tokens of an image. They run as the layers of feature
 * maps of one row, whose configuration gets a second number for the rows.
 */
final class SequenceLayers {
    private SequenceLayers() {}

    static void addTo(Map<String, LayerTable.Importer> table) {
        for (String name : List.of("Conv1D", "DepthwiseConv1D", "SeparableConv1D", "Conv1DTranspose")) {
            table.put(name, call -> convolution(call, name.replace("1D", "2D")));
            table.put(name.replace("Conv", "Convolution"), table.get(name));
        }
        for (String name : List.of("MaxPooling1D", "AveragePooling1D", "UpSampling1D", "ZeroPadding1D", "Cropping1D")) {
            table.put(name, call -> onRow(call, name.replace("1D", "2D"), call.input()));
        }
        table.put("GlobalAveragePooling1D", call -> global(call, "ReduceMean"));
        table.put("GlobalMaxPooling1D", call -> global(call, "ReduceMax"));
        for (String kind : List.of("Max", "Average", "GlobalAverage", "GlobalMax")) {
            String name = kind + "Pooling1D";
            table.put(name.replace("Average", "Avg").replace("Pooling", "Pool"), table.get(name));
        }
        table.put("RepeatVector", SequenceLayers::repeat);
    }

    private static void requireSteps(KerasValue x) {
        if (x.rank() != 2) {
            throw new IllegalArgumentException("it takes (steps, channels), got shape " + x.shape());
        }
    }

    private static KerasValue global(LayerCall call, String kind) {
        KerasValue x = call.input();
        requireSteps(x);
        return call.emit(kind, NodeSpec.settings("axes", new int[] {0}, "keep", call.config().flag(false, "keepdims")),
                Map.of(), x);
    }

    private static KerasValue repeat(LayerCall call) {
        KerasValue x = call.input();
        int count = call.config().whole(1, "n");
        if (x.rank() != 1 || count < 1) {
            throw new IllegalArgumentException("it repeats a vector, got shape " + x.shape() + " and n " + count);
        }
        return call.emit("Expand", NodeSpec.settings("shape", new int[] {count, x.channels()}), Map.of(),
                call.reshaped(x, 1, x.channels()));
    }

    /** Adds a convolution; causal padding sees steps before a position only. */
    private static KerasValue convolution(LayerCall call, String className) {
        KerasValue x = call.input();
        requireSteps(x);
        if (!"causal".equals(call.config().get("padding"))) {
            return onRow(call, className, x);
        }
        int[] kernel = call.config().wholes("kernel_size");
        int[] dilation = call.config().wholes("dilation_rate");
        if (kernel == null || kernel.length != 1 || dilation != null && dilation.length != 1) {
            throw new IllegalArgumentException("its kernel_size is " + Arrays.toString(kernel)
                    + " and its dilation_rate " + Arrays.toString(dilation) + ", wanted one number");
        }
        int before = Math.multiplyExact(kernel[0] - 1, dilation == null ? 1 : dilation[0]);
        KerasValue padded = call.emitPart("causal", "Pad", NodeSpec.settings("before", new int[] {before, 0}, "after",
                new int[2], "mode", 0), x);
        Map<String, Object> settings = new LinkedHashMap<>(call.config().config());
        settings.put("padding", "valid");
        call.config().read().addAll(settings.keySet());
        return onRow(new LayerCall(call.config().as(call.config().className(), settings), List.of(padded), Map.of(),
                call.weights(), call.index(), call.nodes()), className, padded);
    }

    /** Runs a layer of feature maps on a value as a map of one row. */
    private static KerasValue onRow(LayerCall call, String className, KerasValue x) {
        requireSteps(x);
        Map<String, Object> settings = new LinkedHashMap<>(call.config().config());
        settings.replaceAll((key, value) -> switch (key) {
            case "kernel_size", "strides", "dilation_rate", "pool_size", "size" -> value == null ? null
                    : List.of(1L, one(value));
            case "output_padding" -> value == null ? null : List.of(0L, one(value));
            case "padding", "cropping" -> value instanceof String ? value : List.of(List.of(0L, 0L),
                    value instanceof List<?> both && both.size() == 2 ? both : List.of(one(value), one(value)));
            default -> value;
        });
        KerasValue row = call.reshaped(x, 1, x.shape().dim(0), x.channels());
        LayerConfig config = call.config().as(className, settings);
        KerasValue y = LayerTable.runLast(new LayerCall(config, List.of(row), Map.of(),
                call.weights() == null ? null : new RowWeights(call.weights()), call.index(),
                call.nodes()));
        call.config().read().addAll(settings.keySet());   // the layer of feature maps has checked them
        return call.reshaped(y, y.shape().dim(1), y.channels());
    }

    private static Object one(Object value) {
        return value instanceof List<?> list && list.size() == 1 ? list.get(0) : value;
    }

    /** The weights of a layer along one axis: kernels get an axis of one row. */
    private record RowWeights(KerasWeights weights) implements KerasWeights {
        @Override
        public List<StoredTensor> of(int layer, String... parts) {
            return weights.of(layer, parts).stream().map(stored -> {
                TensorSource values = stored.values();
                int[] dims = values.shape().dims();
                return dims.length != 3 ? stored : new StoredTensor(stored.type(),
                        values.reshape(Shape.of(1, dims[0], dims[1], dims[2])));
            }).toList();
        }

        @Override
        public KerasWeights nested(int layer, KerasModel model) {
            return weights.nested(layer, model);
        }
    }
}
