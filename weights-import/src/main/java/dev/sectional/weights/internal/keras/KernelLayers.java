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
 * Convolutions and linear layers. Keras stores kernels as (rows, columns, in, out) and matrices as (in, out); the
 * network takes the outputs first.
 */
final class KernelLayers {
    private static final int[] ONES = {1, 1};

    private KernelLayers() {}

    static void addTo(Map<String, LayerTable.Importer> table) {
        table.put("Conv2D", KernelLayers::conv);
        table.put("Convolution2D", KernelLayers::conv);
        table.put("AtrousConvolution2D", KernelLayers::conv);
        table.put("DepthwiseConv2D", KernelLayers::depthwise);
        table.put("SeparableConv2D", KernelLayers::separable);
        table.put("SeparableConvolution2D", KernelLayers::separable);
        table.put("Conv2DTranspose", KernelLayers::transposed);
        table.put("Convolution2DTranspose", KernelLayers::transposed);
        table.put("Deconvolution2D", KernelLayers::transposed);
        table.put("Dense", KernelLayers::dense);
    }

    private static boolean biased(LayerCall call) {
        return call.config().flag(true, "use_bias", "bias");
    }

    private static int[] strides(LayerCall call) {
        return call.config().pair(1, "strides", "subsample");
    }

    private static int[] dilation(LayerCall call) {
        return call.config().pair(1, "dilation_rate", "atrous_rate");
    }

    private static String mode(LayerCall call) {
        return call.config().text("valid", "padding", "border_mode");
    }

    /** Returns a kernel of four dimensions, after checking rows and columns against the configuration. */
    private static Shape kernelShape(LayerCall call, StoredTensor kernel) {
        Shape shape = kernel.values().shape();
        int[] size = call.config().has("kernel_size") ? call.config().pair(1, "kernel_size")
                : call.config().has("nb_row") ? new int[] {call.config().whole(1, "nb_row"),
                    call.config().whole(1, "nb_col")} : null;
        if (shape.rank() != 4 || shape.size() == 0
                || size != null && (size[0] != shape.dim(0) || size[1] != shape.dim(1))) {
            throw new IllegalArgumentException("its kernel has shape " + shape + ", wanted "
                    + (size == null ? "four dimensions" : size[0] + " x " + size[1] + " x in x out"));
        }
        return shape;
    }

    private static void requireOutputs(LayerCall call, int outputs) {
        int wanted = call.config().whole(outputs, "filters", "nb_filter", "units", "output_dim");
        if (wanted != outputs) {
            throw new IllegalArgumentException("its kernel has " + outputs + " outputs, the configuration says "
                    + wanted);
        }
    }

    private static Map<String, TensorSource> tensors(LayerCall call, TensorSource weight, StoredTensor bias,
            int outputs) {
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        tensors.put("weight", weight);
        if (bias != null) {
            tensors.put("bias", call.vector(bias, outputs));
        }
        return tensors;
    }

    private static Map<String, Object> settings(LayerCall call, Shape kernel, int[] stride, int groups) {
        int[] dilation = dilation(call);
        int same = SamePadding.automatic(mode(call), new int[] {kernel.dim(0), kernel.dim(1)}, stride, dilation);
        return NodeSpec.settings("stride", stride, "padding", new int[4], "dilation", dilation, "groups", groups,
                "auto_pad", same);
    }

    private static KerasValue conv(LayerCall call) {
        KerasValue x = call.featureMap();
        List<StoredTensor> weights = call.weights(biased(call) ? 2 : 1);
        StoredTensor kernel = weights.get(0);
        Shape shape = kernelShape(call, kernel);
        requireOutputs(call, shape.dim(3));
        int groups = call.config().whole(1, "groups");
        if (groups < 1 || x.channels() != (long) groups * shape.dim(2)) {
            throw new IllegalArgumentException("its kernel has shape " + shape + " and " + groups
                    + " groups, its input " + x.channels() + " channels");
        }
        TensorSource weight = call.nodes().source(kernel, PermutedTensor.kernel(kernel.values()));
        KerasValue y = call.emit("Conv2d", settings(call, shape, strides(call), groups),
                tensors(call, weight, biased(call) ? weights.get(1) : null, shape.dim(3)), x);
        return ActivationLayers.applied(call, y);
    }

    private static KerasValue depthwise(LayerCall call) {
        List<StoredTensor> weights = call.weights(biased(call) ? 2 : 1);
        KerasValue y = depthwise(call, call.featureMap(), weights.get(0), biased(call) ? weights.get(1) : null,
                call.config().name());
        return ActivationLayers.applied(call, y);
    }

    /** Adds a depthwise convolution: kernel (rows, columns, in, multiplier), output {@code c * multiplier + m}. */
    private static KerasValue depthwise(LayerCall call, KerasValue x, StoredTensor kernel, StoredTensor bias,
            String name) {
        Shape shape = kernelShape(call, kernel);
        int outputs = shape.dim(2) * shape.dim(3);
        call.config().require("groups", 1L);
        if (shape.dim(2) != x.channels()
                || shape.dim(3) != call.config().whole(shape.dim(3), "depth_multiplier")) {
            throw new IllegalArgumentException("its kernel has shape " + shape + " and depth_multiplier "
                    + call.config().get("depth_multiplier") + ", its input " + x.channels() + " channels");
        }
        TensorSource flat = kernel.values().reshape(Shape.of(shape.dim(0), shape.dim(1), 1, outputs));
        TensorSource weight = call.nodes().source(kernel, PermutedTensor.kernel(flat));
        return call.nodes().add(name, "Conv2d", settings(call, shape, strides(call), x.channels()),
                tensors(call, weight, bias, outputs), x);
    }

    private static KerasValue separable(LayerCall call) {
        List<StoredTensor> weights = call.weights(biased(call) ? 3 : 2);
        KerasValue spread = depthwise(call, call.featureMap(), weights.get(0), null, call.config().name()
                + "/depthwise");
        StoredTensor point = weights.get(1);
        Shape shape = point.values().shape();
        if (shape.rank() != 4 || shape.dim(0) * shape.dim(1) != 1 || shape.dim(2) != spread.channels()) {
            throw new IllegalArgumentException("its second kernel has shape " + shape + ", wanted 1 x 1 x "
                    + spread.channels() + " x out");
        }
        requireOutputs(call, shape.dim(3));
        Map<String, Object> settings = NodeSpec.settings("stride", ONES, "padding", new int[4], "dilation", ONES,
                "groups", 1);
        TensorSource weight = call.nodes().source(point, PermutedTensor.kernel(point.values()));
        KerasValue y = call.emit("Conv2d", settings,
                tensors(call, weight, biased(call) ? weights.get(2) : null, shape.dim(3)), spread);
        return ActivationLayers.applied(call, y);
    }

    /** Adds a transposed convolution. TensorFlow pads it as the convolution whose gradient it is. */
    private static KerasValue transposed(LayerCall call) {
        KerasValue x = call.featureMap();
        List<StoredTensor> weights = call.weights(biased(call) ? 2 : 1);
        StoredTensor kernel = weights.get(0);
        Shape shape = kernelShape(call, kernel);   // rows, columns, out, in
        requireOutputs(call, shape.dim(2));
        if (shape.dim(3) != x.channels()) {
            throw new IllegalArgumentException("its kernel has shape " + shape + ", its input " + x.channels()
                    + " channels");
        }
        call.config().require("groups", 1L);
        int[] stride = strides(call);
        int[] dilation = dilation(call);
        int[] extra = call.config().has("output_padding") ? call.config().pair(0, "output_padding") : null;
        boolean same = SamePadding.isSame(mode(call));
        int[] padding = new int[4];
        int[] more = new int[2];
        for (int d = 0; d < 2; d++) {
            int extent = (shape.dim(d) - 1) * dilation[d] + 1;
            long full = (x.shape().dim(d) - 1L) * stride[d] + extent;
            long wanted;
            if (extra != null) {
                wanted = full - (same ? 2L * (extent / 2) : 0) + extra[d];
            } else {
                wanted = same ? (long) x.shape().dim(d) * stride[d] : full + Math.max(0, stride[d] - extent);
            }
            long cut = Math.max(0, full - wanted);
            padding[d] = Math.toIntExact(cut / 2);
            padding[d + 2] = Math.toIntExact(cut - cut / 2);
            more[d] = Math.toIntExact(Math.max(0, wanted - full));
        }
        Map<String, Object> settings = NodeSpec.settings("stride", stride, "padding", padding, "output_padding", more,
                "dilation", dilation, "groups", 1);
        TensorSource weight = call.nodes().source(kernel, PermutedTensor.kernel(kernel.values()));
        KerasValue y = call.emit("ConvTranspose2d", settings,
                tensors(call, weight, biased(call) ? weights.get(1) : null, shape.dim(2)), x);
        Object stated = call.config().get("output_shape");   // of Keras 1: batch, rows, columns, channels
        if (stated instanceof List<?> list && list.size() == 4 && !list.subList(1, 3).contains(null)
                && !list.subList(1, 3).equals(List.of((long) y.shape().dim(0), (long) y.shape().dim(1)))) {
            throw new IllegalArgumentException("its output_shape is " + LayerConfig.brief(stated) + ", computed is "
                    + y.shape());
        }
        return ActivationLayers.applied(call, y);
    }

    private static KerasValue dense(LayerCall call) {
        KerasValue x = call.input();
        List<StoredTensor> weights = call.weights(biased(call) ? 2 : 1);
        KerasValue y = linear(call, call.config().name(), x, weights.get(0), biased(call) ? weights.get(1) : null, 1);
        requireOutputs(call, y.channels());
        return ActivationLayers.applied(call, y);
    }

    /**
     * Adds a linear layer along the last axis.
     *
     * @param kernel whose first axes, as many as {@code inputAxes}, are inputs and whose others are outputs
     */
    static KerasValue linear(LayerCall call, String name, KerasValue x, StoredTensor kernel, StoredTensor bias,
                             int inputAxes) {
        Shape shape = kernel.values().shape();
        int inputs = Arrays.stream(shape.dims()).limit(inputAxes).reduce(1, Math::multiplyExact);
        if (shape.rank() <= inputAxes || shape.size() == 0 || inputs != x.channels()) {
            throw new IllegalArgumentException("its kernel has shape " + shape + ", its input " + x.channels()
                    + " elements");
        }
        int outputs = shape.size() / inputs;
        TensorSource matrix = kernel.values().reshape(Shape.of(inputs, outputs));
        TensorSource weight = call.nodes().source(kernel, PermutedTensor.matrix(matrix, 1));
        return call.nodes().add(name, "Linear", Map.of(), tensors(call, weight, bias, outputs), x);
    }
}
