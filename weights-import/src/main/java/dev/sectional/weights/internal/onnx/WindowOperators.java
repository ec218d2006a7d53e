package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.NodeSpec;
import java.util.Arrays;
import java.util.Map;

/** ConvolutionGeometry, pooling and padding. */
final class WindowOperators {
    private static final int[] ONES = {1, 1};
    private static final int[] NONE = {0, 0, 0, 0};

    private WindowOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> known) {
        known.put("Conv", WindowOperators::conv);
        known.put("MaxPool", WindowOperators::maxPool);
        known.put("AveragePool", WindowOperators::averagePool);
        known.put("GlobalAveragePool", call -> globalAverage(call, call.map(0)));
        known.put("GlobalMaxPool", WindowOperators::globalMax);
        known.put("ReduceMean", WindowOperators::reduceMean);
        known.put("Pad", WindowOperators::pad);
    }

    private static void conv(OperatorCall call) {
        DynamicValue x = call.map(0);
        TensorSource weight = call.known(1).values();
        ConstantValue bias = call.knownOrNull(2);
        Shape shape = weight.shape();
        if (shape.rank() != 4) {
            throw new IllegalArgumentException("its weight has shape " + shape + "; only convolutions of two dimensions are taken");
        }
        call.importer().budget().channels(shape.dim(0));
        int[] kernel = call.attributes().integers("kernel_shape");
        if (kernel != null && !Arrays.equals(kernel, new int[] {shape.dim(2), shape.dim(3)})) {
            throw new IllegalArgumentException("kernel_shape is " + Arrays.toString(kernel) + ", its weight has shape " + shape);
        }
        int[] size = {shape.dim(2), shape.dim(3)};
        int[] stride = call.attributes().integers("strides", 2, 1);
        int[] dilation = call.attributes().integers("dilations", 2, 1);
        call.emit("Conv2d", NodeSpec.settings("stride", stride, "padding", padding(call, x, size, stride, dilation), "dilation", dilation,
                "groups", call.attributes().integer("group", 1)), OperatorCall.tensors(weight, bias == null ? null : bias.values()), x);
    }

    private static void maxPool(OperatorCall call) {
        DynamicValue x = call.map(0);
        call.attributes().ignore("storage_order");   // orders only the second output, which is not computed
        int[] kernel = kernel(call);
        int[] stride = call.attributes().integers("strides", 2, 1);
        int[] dilation = call.attributes().integers("dilations", 2, 1);
        call.emit("MaxPool2d", NodeSpec.settings("kernel", kernel, "stride", stride, "padding", padding(call, x, kernel, stride, dilation),
                "dilation", dilation, "ceil", call.attributes().flag("ceil_mode")), Map.of(), x);
    }

    private static void averagePool(OperatorCall call) {
        DynamicValue x = call.map(0);
        int[] kernel = kernel(call);
        int[] stride = call.attributes().integers("strides", 2, 1);
        if (!Arrays.equals(call.attributes().integers("dilations", 2, 1), ONES)) {
            throw new IllegalArgumentException("averages over places with gaps between them are not supported");
        }
        call.emit("AvgPool2d", NodeSpec.settings("kernel", kernel, "stride", stride, "padding", padding(call, x, kernel, stride, ONES),
                "ceil", call.attributes().flag("ceil_mode"), "count_padding", call.attributes().flag("count_include_pad")), Map.of(), x);
    }

    private static DynamicValue globalAverage(OperatorCall call, DynamicValue x) {
        return call.emit("AdaptiveAvgPool2d", NodeSpec.settings("size", ONES), Map.of(), x);
    }

    /** One window as large as the map that the graph was made for. */
    private static void globalMax(OperatorCall call) {
        DynamicValue x = call.map(0);
        int[] kernel = {x.shape().dim(0), x.shape().dim(1)};
        call.emit("MaxPool2d", NodeSpec.settings("kernel", kernel, "stride", ONES, "padding", NONE, "dilation", ONES, "ceil", false), Map.of(), x);
    }

    /** The mean over rows and columns, which is how some programs write global average pooling. */
    private static void reduceMean(OperatorCall call) {
        DynamicValue x = call.map(0);
        int[] axes = axes(call, 1, 18, 4);
        boolean keep = call.attributes().whole("keepdims", 1) != 0;
        call.attributes().ignore("noop_with_empty_axes");
        if (axes == null || !Arrays.equals(axes, new int[] {2, 3})) {
            throw new IllegalArgumentException("takes the mean over axes " + Arrays.toString(axes) + "; only over rows and columns is it supported");
        }
        DynamicValue mean = globalAverage(call, x);
        if (!keep) {
            call.put(mean.reshaped(new int[] {mean.dims()[0], mean.dims()[1]}, mean.node() + ".flatten"));
        }
    }

    private static void pad(OperatorCall call) {
        DynamicValue x = call.map(0);
        String mode = call.attributes().text("mode", "constant");
        int[] pads = pads(call);
        float value = call.attributes().number("value", 0);
        if (call.has(2)) {
            value = call.known(2).values().tensor().data()[0];
        }
        if (!mode.equals("constant") || value != 0) {
            throw new IllegalArgumentException("pads by " + (mode.equals("constant") ? String.valueOf(value) : "mode " + mode) + "; only zeros are supported");
        }
        if (pads[0] != 0 || pads[1] != 0 || pads[4] != 0 || pads[5] != 0) {
            throw new IllegalArgumentException("pads " + Arrays.toString(pads) + " widen the batch or the channels; only rows and columns can be padded");
        }
        int[] padding = {pads[2], pads[3], pads[6], pads[7]};
        if (Arrays.equals(padding, NONE)) {
            call.put(x);
        } else {
            call.emit("Pad2d", NodeSpec.settings("padding", padding), Map.of(), x);
        }
    }

    /** Eight numbers: before, then after, of batch, channels, rows and columns. */
    private static int[] pads(OperatorCall call) {
        int[] given = call.opset() < 11 ? call.attributes().integers("pads") : integers(call.whole(1));
        int[] axes = call.has(3) ? integers(call.whole(3)) : new int[] {0, 1, 2, 3};
        if (given == null || given.length != 2 * axes.length) {
            throw new IllegalArgumentException("pads " + Arrays.toString(given) + " do not fit " + axes.length + " axes");
        }
        int[] pads = new int[8];
        for (int i = 0; i < axes.length; i++) {
            int axis = OperatorCall.axis(axes[i], 4);
            pads[axis] = given[i];
            pads[axis + 4] = given[i + axes.length];
        }
        return pads;
    }

    private static int[] kernel(OperatorCall call) {
        if (!call.attributes().has("kernel_shape")) {
            throw new IllegalArgumentException("kernel_shape is missing");
        }
        return call.attributes().integers("kernel_shape", 2, 1);
    }

    /** Top, left, bottom, right, from the pads or from what they are to achieve for this size of map. */
    private static int[] padding(OperatorCall call, DynamicValue x, int[] kernel, int[] stride, int[] dilation) {
        String auto = call.attributes().text("auto_pad", "NOTSET");
        int[] pads = call.attributes().integers("pads", 4, 0);
        if (auto.equals("NOTSET")) {
            return pads;
        }
        if (!auto.equals("VALID") && !auto.equals("SAME_UPPER") && !auto.equals("SAME_LOWER")) {
            throw new IllegalArgumentException("auto_pad is '" + auto + "', wanted NOTSET, VALID, SAME_UPPER or SAME_LOWER");
        }
        int[] padding = NONE.clone();
        for (int side = 0; side < 2 && !auto.equals("VALID"); side++) {
            int length = x.shape().dim(side);
            if (stride[side] < 1) {
                throw new IllegalArgumentException("a stride is " + stride[side]);
            }
            int windows = (length + stride[side] - 1) / stride[side];
            long total = Math.max(0, (windows - 1L) * stride[side] + (kernel[side] - 1L) * dilation[side] + 1 - length);
            int less = (int) Math.min(Integer.MAX_VALUE / 2, total / 2);
            int more = (int) Math.min(Integer.MAX_VALUE / 2, total - total / 2);
            padding[side] = auto.equals("SAME_UPPER") ? less : more;
            padding[side + 2] = auto.equals("SAME_UPPER") ? more : less;
        }
        return padding;
    }

    /** Axes from the attribute, or in later versions from an input; ascending, null where there are none. */
    static int[] axes(OperatorCall call, int input, int inputSince, int rank) {
        int[] axes = call.attributes().integers("axes");
        if (call.opset() >= inputSince && call.has(input)) {
            axes = integers(call.whole(input));
        }
        return axes == null || axes.length == 0 ? null : Arrays.stream(axes).map(axis -> OperatorCall.axis(axis, rank)).sorted().distinct().toArray();
    }

    static int[] integers(long[] whole) {
        return Arrays.stream(whole).mapToInt(Math::toIntExact).toArray();
    }
}
