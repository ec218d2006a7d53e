package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.NodeSpec;
import java.util.Arrays;
import java.util.Map;

/** Convolution, pooling and padding. */
final class WindowOperators {
    private static final int[] ONES = {1, 1};
    private static final int[] NO_PADDING = {0, 0, 0, 0};

    private WindowOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("Conv", WindowOperators::conv);
        table.put("MaxPool", WindowOperators::maxPool);
        table.put("AveragePool", WindowOperators::averagePool);
        table.put("GlobalAveragePool", call -> globalAverage(call, call.featureMap(0)));
        table.put("GlobalMaxPool", WindowOperators::globalMax);
        table.put("ReduceMean", WindowOperators::reduceMean);
        table.put("Pad", WindowOperators::pad);
    }

    private static void conv(OperatorCall call) {
        DynamicValue x = call.featureMap(0);
        TensorSource weight = call.constant(1).values();
        ConstantValue bias = call.constantOrNull(2);
        Shape shape = weight.shape();
        if (shape.rank() != 4) {
            throw new IllegalArgumentException("its weight has shape " + shape
                    + "; only convolutions of two dimensions are supported");
        }
        call.importer().limits().countChannels(shape.dim(0));
        int[] size = {shape.dim(2), shape.dim(3)};
        int[] kernel = call.attributes().ints("kernel_shape");
        if (kernel != null && !Arrays.equals(kernel, size)) {
            throw new IllegalArgumentException("kernel_shape is " + Arrays.toString(kernel) + ", its weight has shape "
                    + shape);
        }
        int[] stride = call.attributes().ints("strides", 2, 1);
        int[] dilation = call.attributes().ints("dilations", 2, 1);
        Map<String, Object> settings = NodeSpec.settings("stride", stride, "padding",
                padding(call, x, size, stride, dilation),
                "dilation", dilation, "groups", call.attributes().intValue("group", 1));
        call.emit("Conv2d", settings, OperatorCall.tensors(weight, bias == null ? null : bias.values()), x);
    }

    private static void maxPool(OperatorCall call) {
        DynamicValue x = call.featureMap(0);
        // concerns only the second output, which is refused where it is used
        call.attributes().ignore("storage_order");
        int[] kernel = kernel(call);
        int[] stride = call.attributes().ints("strides", 2, 1);
        int[] dilation = call.attributes().ints("dilations", 2, 1);
        call.emit("MaxPool2d", NodeSpec.settings("kernel", kernel, "stride", stride,
                "padding", padding(call, x, kernel, stride, dilation), "dilation", dilation,
                "ceil", call.attributes().flag("ceil_mode")), Map.of(), x);
    }

    private static void averagePool(OperatorCall call) {
        DynamicValue x = call.featureMap(0);
        int[] kernel = kernel(call);
        int[] stride = call.attributes().ints("strides", 2, 1);
        if (!Arrays.equals(call.attributes().ints("dilations", 2, 1), ONES)) {
            throw new IllegalArgumentException("average pooling with dilation is not supported");
        }
        call.emit("AvgPool2d", NodeSpec.settings("kernel", kernel, "stride", stride,
                "padding", padding(call, x, kernel, stride, ONES), "ceil", call.attributes().flag("ceil_mode"),
                "count_padding", call.attributes().flag("count_include_pad")), Map.of(), x);
    }

    private static DynamicValue globalAverage(OperatorCall call, DynamicValue x) {
        return call.emit("AdaptiveAvgPool2d", NodeSpec.settings("size", ONES), Map.of(), x);
    }

    /** Adds a pooling whose window has the size of the feature map for which the graph was made. */
    private static void globalMax(OperatorCall call) {
        DynamicValue x = call.featureMap(0);
        int[] kernel = {x.shape().dim(0), x.shape().dim(1)};
        call.emit("MaxPool2d", NodeSpec.settings("kernel", kernel, "stride", ONES, "padding", NO_PADDING, "dilation",
                ONES,
                "ceil", false), Map.of(), x);
    }

    /** Adds the mean over rows and columns, which some programs write for global average pooling. */
    private static void reduceMean(OperatorCall call) {
        DynamicValue x = call.featureMap(0);
        int[] axes = axes(call, 1, 18, 4);
        boolean keepDims = call.attributes().longValue("keepdims", 1) != 0;
        call.attributes().ignore("noop_with_empty_axes");
        if (axes == null || !Arrays.equals(axes, new int[] {2, 3})) {
            throw new IllegalArgumentException("takes the mean over axes " + Arrays.toString(axes)
                    + "; only the mean over rows and columns is supported");
        }
        DynamicValue mean = globalAverage(call, x);
        if (!keepDims) {
            call.setOutput(mean.reshaped(new int[] {mean.dims()[0], mean.dims()[1]}, mean.node() + ".flatten"));
        }
    }

    private static void pad(OperatorCall call) {
        DynamicValue x = call.featureMap(0);
        String mode = call.attributes().stringValue("mode", "constant");
        int[] pads = pads(call);
        float value = call.attributes().floatValue("value", 0);
        if (call.has(2)) {
            value = call.constant(2).values().tensor().data()[0];
        }
        if (!mode.equals("constant") || value != 0) {
            throw new IllegalArgumentException("pads with "
                    + (mode.equals("constant") ? String.valueOf(value) : "mode " + mode)
                    + "; only zeros are supported");
        }
        if (pads[0] != 0 || pads[1] != 0 || pads[4] != 0 || pads[5] != 0) {
            throw new IllegalArgumentException("pads " + Arrays.toString(pads)
                    + " widen the batch or the channels; only rows and columns can be padded");
        }
        int[] padding = {pads[2], pads[3], pads[6], pads[7]};
        if (Arrays.equals(padding, NO_PADDING)) {
            call.setOutput(x);
        } else {
            call.emit("Pad2d", NodeSpec.settings("padding", padding), Map.of(), x);
        }
    }

    /** Returns eight numbers: the padding before, then after, of batch, channels, rows and columns. */
    private static int[] pads(OperatorCall call) {
        int[] given = call.opset() < 11 ? call.attributes().ints("pads") : toInts(call.integers(1));
        int[] axes = call.has(3) ? toInts(call.integers(3)) : new int[] {0, 1, 2, 3};
        if (given == null || given.length != 2 * axes.length) {
            throw new IllegalArgumentException("pads " + Arrays.toString(given) + " do not fit " + axes.length
                    + " axes");
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
        return call.attributes().ints("kernel_shape", 2, 1);
    }

    /**
     * Returns the padding top, left, bottom, right, given as pads or as {@code auto_pad} for this size of feature map.
     */
    private static int[] padding(OperatorCall call, DynamicValue x, int[] kernel, int[] stride, int[] dilation) {
        String auto = call.attributes().stringValue("auto_pad", "NOTSET");
        int[] pads = call.attributes().ints("pads", 4, 0);
        if (auto.equals("NOTSET")) {
            return pads;
        }
        if (!auto.equals("VALID") && !auto.equals("SAME_UPPER") && !auto.equals("SAME_LOWER")) {
            throw new IllegalArgumentException("auto_pad is '" + auto
                    + "', wanted NOTSET, VALID, SAME_UPPER or SAME_LOWER");
        }
        int[] padding = NO_PADDING.clone();
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

    /**
     * Returns the axes of a node in ascending order; null if there are none.
     *
     * @param input that holds the axes from version {@code inputSince} of the operator set on; an attribute before
     */
    static int[] axes(OperatorCall call, int input, int inputSince, int rank) {
        int[] axes = call.attributes().ints("axes");
        if (call.opset() >= inputSince && call.has(input)) {
            axes = toInts(call.integers(input));
        }
        if (axes == null || axes.length == 0) {
            return null;
        }
        return Arrays.stream(axes).map(axis -> OperatorCall.axis(axis, rank)).sorted().distinct().toArray();
    }

    /** Returns the numbers as ints; throws an {@link ArithmeticException} if one does not fit. */
    static int[] toInts(long[] longs) {
        return Arrays.stream(longs).mapToInt(Math::toIntExact).toArray();
    }
}
