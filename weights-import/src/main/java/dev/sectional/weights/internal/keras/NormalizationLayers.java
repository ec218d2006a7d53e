package dev.sectional.weights.internal.keras;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.common.TensorViews;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Layers that normalise, scale and shift. */
final class NormalizationLayers {
    /** Least deviation of {@code Normalization}, by Keras. */
    private static final double LEAST_DEVIATION = 1e-7;

    private NormalizationLayers() {}

    static void addTo(Map<String, LayerTable.Importer> table) {
        table.put("BatchNormalization", NormalizationLayers::batchNorm);
        table.put("BatchNormalizationV1", NormalizationLayers::batchNorm);
        table.put("SyncBatchNormalization", NormalizationLayers::batchNorm);
        table.put("LayerNormalization", NormalizationLayers::layerNorm);
        table.put("GroupNormalization", NormalizationLayers::groupNorm);
        table.put("RMSNormalization", NormalizationLayers::rmsNorm);
        table.put("UnitNormalization", NormalizationLayers::unitNorm);
        table.put("LayerScale", NormalizationLayers::layerScale);
        table.put("Rescaling", NormalizationLayers::rescaling);
        table.put("Normalization", NormalizationLayers::normalization);
    }

    /** Checks that a layer normalises each element of the last axis. */
    private static void requireLastAxis(LayerCall call, KerasValue x) {
        int[] axes = call.config().wholes("axis");
        if (axes != null && (axes.length != 1 || x.axis(axes[0]) != x.rank() - 1)) {
            throw new IllegalArgumentException("its axis is " + Arrays.toString(axes) + " for shape " + x.shape()
                    + "; only the last axis, the channels, is supported");
        }
    }

    private static KerasValue batchNorm(LayerCall call) {
        KerasValue x = call.input();
        call.config().require("mode", 0L);
        call.config().require("renorm", false);
        int[] axes = call.config().wholes("axis");
        if (axes != null && axes.length != 1) {
            throw new IllegalArgumentException("its axes are " + Arrays.toString(axes) + "; only one is supported");
        }
        int axis = axes == null ? x.rank() - 1 : x.axis(axes[0]);
        boolean scale = call.config().flag(true, "scale");
        boolean center = call.config().flag(true, "center");
        int channels = x.shape().dim(axis);
        Iterator<StoredTensor> weights = call.weights(2 + (scale ? 1 : 0) + (center ? 1 : 0)).iterator();
        Shape vector = Shape.of(channels);
        Map<String, TensorSource> tensors = LayerCall.normTensors(
                scale ? call.vector(weights.next(), channels) : TensorViews.filled(vector, 1),
                center ? call.vector(weights.next(), channels) : TensorViews.filled(vector, 0),
                call.vector(weights.next(), channels), call.vector(weights.next(), channels));
        Map<String, Object> settings = NodeSpec.settings("epsilon", call.config().number(1e-3, "epsilon"));
        return withAxesLast(call, x, new int[] {axis}, last -> call.batchNorm(last, settings, tensors));
    }

    /** Applies a node to a value whose given axes, in rising order, are its last ones. */
    private static KerasValue withAxesLast(LayerCall call, KerasValue x, int[] axes, UnaryOperator<KerasValue> node) {
        int[] order = IntStream.concat(IntStream.range(0, x.rank()).filter(axis ->
                Arrays.stream(axes).noneMatch(last -> last == axis)), Arrays.stream(axes)).toArray();
        if (Arrays.equals(order, IntStream.range(0, x.rank()).toArray())) {
            return node.apply(x);
        }
        int[] back = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            back[order[i]] = i;
        }
        KerasValue y = node.apply(call.emitPart("before", "Permute", NodeSpec.settings("axes", order), x));
        return call.emitPart("after", "Permute", NodeSpec.settings("axes", back), y);
    }

    /** Returns scale and shift of a normalisation, where the layer has them. */
    private static Map<String, TensorSource> scaleAndShift(LayerCall call, int elements) {
        boolean scale = call.config().flag(true, "scale");
        boolean center = call.config().flag(true, "center");
        Iterator<StoredTensor> weights = call.weights((scale ? 1 : 0) + (center ? 1 : 0)).iterator();
        Shape vector = Shape.of(elements);
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        tensors.put("weight", scale ? call.vector(weights.next(), elements) : TensorViews.filled(vector, 1));
        tensors.put("bias", center ? call.vector(weights.next(), elements) : TensorViews.filled(vector, 0));
        return tensors;
    }

    /** Returns the axes of a normalisation in rising order. */
    private static int[] axes(LayerCall call, KerasValue x) {
        int[] given = call.config().wholes("axis");
        int[] axes = Arrays.stream(given == null ? new int[] {-1} : given).map(x::axis).toArray();
        for (int i = 1; i < axes.length; i++) {
            if (axes[i] <= axes[i - 1]) {
                throw new IllegalArgumentException("its axes are " + Arrays.toString(given)
                        + ", wanted in rising order");
            }
        }
        return axes;
    }

    private static KerasValue layerNorm(LayerCall call) {
        KerasValue x = call.input();
        boolean rms = call.config().flag(false, "rms_scaling");
        int[] axes = axes(call, x);
        if (rms) {
            throw new IllegalArgumentException("its rms_scaling is true; use RMSNormalization");
        }
        int elements = Arrays.stream(axes).map(axis -> x.shape().dim(axis)).reduce(1, Math::multiplyExact);
        Map<String, TensorSource> tensors = scaleAndShift(call, elements);
        Map<String, Object> settings = NodeSpec.settings("axes", axes.length, "epsilon",
                call.config().number(1e-3, "epsilon"));
        return withAxesLast(call, x, axes, last -> call.emit("LayerNorm", settings, tensors, last));
    }

    private static KerasValue rmsNorm(LayerCall call) {
        KerasValue x = call.input();
        int[] axes = axes(call, x);
        int elements = Arrays.stream(axes).map(axis -> x.shape().dim(axis)).reduce(1, Math::multiplyExact);
        Map<String, TensorSource> scale = Map.of("weight", call.vector(call.weights(1).get(0), elements));
        Map<String, Object> settings = NodeSpec.settings("axes", axes.length, "epsilon",
                call.config().number(1e-6, "epsilon"));
        return withAxesLast(call, x, axes, last -> call.emit("RMSNorm", settings, scale, last));
    }

    private static KerasValue groupNorm(LayerCall call) {
        KerasValue x = call.input();
        int[] axes = axes(call, x);
        if (axes.length != 1) {
            throw new IllegalArgumentException("its axes are " + Arrays.toString(axes) + "; only one is supported");
        }
        int channels = x.shape().dim(axes[0]);
        int groups = call.config().whole(32, "groups");
        Map<String, Object> settings = NodeSpec.settings("groups", groups == -1 ? channels : groups, "epsilon",
                call.config().number(1e-3, "epsilon"));
        Map<String, TensorSource> tensors = scaleAndShift(call, channels);
        return withAxesLast(call, x, axes, last -> call.emit("GroupNorm", settings, tensors, last));
    }

    private static KerasValue unitNorm(LayerCall call) {
        KerasValue x = call.input();
        int[] axes = call.config().wholes("axis");
        if (axes != null && axes.length != 1) {
            throw new IllegalArgumentException("its axes are " + Arrays.toString(axes) + "; only one is supported");
        }
        return call.emit("LpNormalize", NodeSpec.settings("axis", x.axis(axes == null ? -1 : axes[0]), "p", 2),
                Map.of(),
                x);
    }

    private static KerasValue layerScale(LayerCall call) {
        KerasValue x = call.input();
        return call.emit("MultiplyConstant", Map.of(), Map.of("value", call.vector(call.weights(1).get(0),
                x.channels())), x);
    }

    private static KerasValue rescaling(LayerCall call) {
        double[] scale = call.config().vector("scale");
        double[] offset = call.config().vector("offset");
        if (scale == null) {
            throw new IllegalArgumentException("it has no scale");
        }
        return call.affine(call.input(), scale, offset == null ? new double[] {0} : offset);
    }

    /** Adds {@code (x - mean) / sqrt(variance)}; both lie in the configuration or, after adapt(), in the weights. */
    private static KerasValue normalization(LayerCall call) {
        KerasValue x = call.input();
        double[] mean = call.config().vector("mean", "input_mean");
        double[] variance = call.config().vector("variance", "input_variance");
        if (mean == null || variance == null) {
            List<StoredTensor> weights = call.weights() == null ? List.of() : call.weights().of(call.index());
            if (weights.size() != 3 && weights.size() != 2) {
                throw new IllegalArgumentException("it has neither mean and variance nor weights from adapt()");
            }
            mean = doubles(weights.get(0));
            variance = doubles(weights.get(1));
        }
        int[] axes = call.config().wholes("axis");
        if (axes != null && axes.length > 0) {
            requireLastAxis(call, x);
        }
        double[] scale = new double[variance.length];
        double[] shift = new double[variance.length];
        boolean inverted = call.config().flag(false, "invert");
        if (mean.length != variance.length) {
            throw new IllegalArgumentException("it has " + mean.length + " means and " + variance.length
                    + " variances");
        }
        for (int c = 0; c < scale.length; c++) {
            double deviation = Math.max(Math.sqrt(variance[c]), LEAST_DEVIATION);
            scale[c] = inverted ? deviation : 1 / deviation;
            shift[c] = inverted ? mean[c] : -mean[c] / deviation;
        }
        return call.affine(x, scale, shift);
    }

    private static double[] doubles(StoredTensor stored) {
        Tensor values = stored.values().tensor();
        double[] doubles = new double[values.shape().size()];
        Arrays.setAll(doubles, i -> values.data()[i]);
        return doubles;
    }
}
