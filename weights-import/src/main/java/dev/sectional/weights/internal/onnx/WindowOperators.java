package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.NodeSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Convolution and pooling, of feature maps and of sequences. */
final class WindowOperators {
    private static final int[] ONES = {1, 1};
    private static final int[] NO_PADDING = {0, 0, 0, 0};

    private WindowOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("Conv", WindowOperators::conv);
        table.put("ConvTranspose", WindowOperators::convTranspose);
        table.put("Col2Im", WindowOperators::fold);
        table.put("MaxPool", WindowOperators::maxPool);
        table.put("AveragePool", WindowOperators::averagePool);
        table.put("GlobalAveragePool", call -> global(call, "ReduceMean"));
        table.put("GlobalMaxPool", call -> global(call, "ReduceMax"));
    }

    private static void conv(OperatorCall call) {
        DynamicValue given = call.dynamic(0);
        boolean line = given.rank() == 3;
        boolean several = given.rank() == 4 && given.dims()[0] > 1 && call.importer().batch() == 1;
        DynamicValue x = several ? given : input(call);
        TensorSource weight = weight(call, line);
        ConstantValue bias = call.constantOrNull(2);
        Shape shape = weight.shape();
        call.importer().limits().countChannels(shape.dim(0));
        int[] kernel = {shape.dim(2), shape.dim(3)};
        requireKernel(call, kernel, line);
        int[] stride = numbers(call, "strides", 1, line);
        int[] dilation = numbers(call, "dilations", 1, line);
        int[] pads = padding(call, line);
        Map<String, Object> settings = NodeSpec.settings("stride", stride, "padding", pads, "dilation", dilation,
                "groups", call.attributes().intValue("group", 1));
        automatic(call, settings);
        Map<String, TensorSource> tensors = OperatorCall.tensors(weight, bias == null ? null : bias.values());
        if (several) {
            convStacked(call, x, (kernel[0] - 1) * dilation[0] + 1, stride[0], pads, settings, tensors);
        } else {
            finish(call, call.emitMap("Conv2d", settings, tensors, x), line);
        }
    }

    /**
     * Convolves several maps (n, C, H, W), such as windows, as one: they are padded and stacked along the rows, and
     * rows of the result that would reach into the next map are cut away.
     *
     * @param span rows that a filter covers
     * @param stride of the rows
     */
    private static void convStacked(OperatorCall call, DynamicValue x, int span, int stride, int[] pads,
                                    Map<String, Object> settings, Map<String, TensorSource> tensors) {
        if (settings.containsKey("auto_pad")) {
            throw new IllegalArgumentException("pads " + x.dims()[0] + " maps at once by auto_pad; export the model"
                    + " with pads");
        }
        int[] dims = x.dims().clone();
        int padded = dims[2] + pads[0] + pads[2];
        if (padded < span) {
            throw new IllegalArgumentException("has a kernel larger than maps of " + dims[2] + " rows");
        }
        int rows = (padded - span) / stride + 1;
        int period = (padded + stride - 1) / stride;
        DynamicValue in = call.layouts().arranged(x, 0, 2, 3, 1);
        if (period * stride != dims[2]) {
            int[] before = {0, pads[0], 0, 0};
            int[] after = {0, period * stride - dims[2] - pads[0], 0, 0};
            dims[2] = period * stride;
            in = DynamicValue.of(call.importer().addNode(call.importer().nextName(call.name() + ".pad"), "Pad",
                    NodeSpec.settings("before", before, "after", after, "mode", 0, "value", 0f), Map.of(), List.of(in))
                    .node(), Shape.of(dims[0], dims[2], dims[3], dims[1]), dims, new int[] {0, 2, 3, 1});
        }
        DynamicValue stacked = ShapeOperators.transposed(call, in, new int[] {1, 0, 2, 3})
                .reshaped(new int[] {1, dims[1], dims[0] * dims[2], dims[3]}, call.name());
        settings.putAll(NodeSpec.settings("padding", new int[] {0, pads[1], Math.max(0, span - stride), pads[3]}));
        DynamicValue y = call.emitMap("Conv2d", settings, tensors, call.layouts().featureMap(stacked));
        int[] apart = {y.dims()[1], dims[0], period, y.dims()[3]};
        call.setOutput(MovementOperators.sliced(call, ShapeOperators.transposed(call, y.reshaped(apart, call.name()),
                new int[] {1, 0, 2, 3}), new SliceRange(2, 0, 1, rows)));
    }

    private static void convTranspose(OperatorCall call) {
        boolean line = call.dynamic(0).rank() == 3;
        DynamicValue x = input(call);
        TensorSource weight = weight(call, line);
        ConstantValue bias = call.constantOrNull(2);
        int groups = call.attributes().intValue("group", 1);
        call.importer().limits().countChannels((long) weight.shape().dim(1) * Math.max(1, groups));
        int[] kernel = {weight.shape().dim(2), weight.shape().dim(3)};
        requireKernel(call, kernel, line);
        int[] stride = numbers(call, "strides", 1, line);
        int[] dilation = numbers(call, "dilations", 1, line);
        int[] outputPadding = numbers(call, "output_padding", 0, line);
        int[] padding = padding(call, line);
        String auto = call.attributes().stringValue("auto_pad", "NOTSET");
        int[] size = call.attributes().ints("output_shape");
        if (size != null || auto.startsWith("SAME")) {
            for (int side = 0; side < 2; side++) {
                int length = size == null ? x.shape().dim(side) * stride[side] : side == 0 && line ? 1
                        : size[size.length - 2 + side];
                long total = (long) stride[side] * (x.shape().dim(side) - 1) + outputPadding[side]
                        + (kernel[side] - 1L) * dilation[side] + 1 - length;
                if (total < 0) {
                    outputPadding[side] = Math.toIntExact(outputPadding[side] - total);
                    total = 0;
                }
                int half = Math.toIntExact(total / 2);
                padding[side] = auto.equals("SAME_UPPER") ? half : Math.toIntExact(total - half);
                padding[side + 2] = Math.toIntExact(total - padding[side]);
            }
        }
        DynamicValue y = call.emitMap("ConvTranspose2d", NodeSpec.settings("stride", stride, "padding", padding,
                "output_padding", outputPadding, "dilation", dilation, "groups", groups),
                OperatorCall.tensors(weight, bias == null ? null : bias.values()), x);
        finish(call, y, line);
    }

    /** Sums overlapping blocks: a transposed convolution whose filters each put a channel at one place of a block. */
    private static void fold(OperatorCall call) {
        DynamicValue x = call.dynamic(0);
        int[] image = toInts(call.integers(1));
        int[] block = toInts(call.integers(2));
        int[] stride = numbers(call, "strides", 1, false);
        int[] dilation = numbers(call, "dilations", 1, false);
        int[] pads = pads(call, false);
        int taken = Math.multiplyExact(block[0], block[block.length - 1]);
        if (x.rank() != 3 || image.length != 2 || block.length != 2 || taken < 1 || x.dims()[1] % taken != 0
                || Math.min(stride[0], stride[1]) < 1) {
            throw new IllegalArgumentException("puts blocks of " + Arrays.toString(block) + " from shape "
                    + call.importer().withBatch(x.dims()) + " into an image of " + Arrays.toString(image));
        }
        int[] count = new int[2];
        int[] rest = new int[2];
        for (int i = 0; i < 2; i++) {
            int free = image[i] + pads[i] + pads[i + 2] - dilation[i] * (block[i] - 1) - 1;
            count[i] = free < 0 ? 0 : free / stride[i] + 1;
            rest[i] = free < 0 ? 0 : free % stride[i];
        }
        int channels = x.dims()[1];
        if ((long) count[0] * count[1] != x.dims()[2]) {
            throw new IllegalArgumentException("has " + x.dims()[2] + " blocks, its image has room for " + count[0]
                    + "x" + count[1]);
        }
        call.importer().limits().countChannels((long) channels * taken);
        Tensor weight = Tensor.zeros(Shape.of(channels, 1, block[0], block[1]));
        for (int i = 0; i < channels; i++) {
            weight.data()[i * taken + i % taken] = 1;
        }
        DynamicValue map = call.layouts().featureMap(x.reshaped(new int[] {1, channels, count[0], count[1]},
                call.name()));
        call.emitMap("ConvTranspose2d", NodeSpec.settings("stride", stride, "padding", pads, "output_padding", rest,
                "dilation", dilation, "groups", channels / taken), OperatorCall.tensors(weight, null), map);
    }

    private static void maxPool(OperatorCall call) {
        boolean line = call.dynamic(0).rank() == 3;
        DynamicValue x = input(call);
        // concerns only the second output, which is refused where it is used
        call.attributes().ignore("storage_order");
        int[] kernel = kernel(call, line);
        int[] stride = numbers(call, "strides", 1, line);
        int[] dilation = numbers(call, "dilations", 1, line);
        Map<String, Object> settings = NodeSpec.settings("kernel", kernel, "stride", stride,
                "padding", padding(call, line), "dilation", dilation,
                "ceil", call.attributes().flag("ceil_mode"));
        automatic(call, settings);
        finish(call, call.emitMap("MaxPool2d", settings, Map.of(), x), line);
    }

    private static void averagePool(OperatorCall call) {
        boolean line = call.dynamic(0).rank() == 3;
        DynamicValue x = input(call);
        int[] kernel = kernel(call, line);
        int[] stride = numbers(call, "strides", 1, line);
        if (!Arrays.equals(numbers(call, "dilations", 1, line), ONES)) {
            throw new IllegalArgumentException("average pooling with dilation is not supported");
        }
        Map<String, Object> settings = NodeSpec.settings("kernel", kernel, "stride", stride,
                "padding", padding(call, line), "ceil", call.attributes().flag("ceil_mode"),
                "count_padding", call.attributes().flag("count_include_pad"));
        automatic(call, settings);
        finish(call, call.emitMap("AvgPool2d", settings, Map.of(), x), line);
    }

    private static void global(OperatorCall call, String kind) {
        DynamicValue x = call.dynamic(0);
        if (x.rank() < 3) {
            throw new IllegalArgumentException("takes a feature map, got shape " + call.importer().withBatch(x.dims()));
        }
        call.setOutput(ReduceOperators.reduced(call, kind, x, IntStream.range(2, x.rank()).toArray(), true));
    }

    /** Returns the first input as a feature map; a sequence (batch, channels, columns) has one row. */
    private static DynamicValue input(OperatorCall call) {
        DynamicValue x = call.dynamic(0);
        if (x.rank() == 5) {
            throw new IllegalArgumentException("takes volumes of three dimensions, got shape "
                    + call.importer().withBatch(x.dims()) + "; only convolutions and poolings of one and two dimensions"
                    + " are supported: write the layer with those and export the model again");
        }
        int[] dims = x.dims();
        if (isStack(call)) {   // pooling treats each channel alone
            return call.layouts().featureMap(x.reshaped(new int[] {1, Math.multiplyExact(dims[0], dims[1]), dims[2],
                dims[3]}, call.name()));
        }
        if (x.rank() != 3) {
            return call.layouts().featureMap(x);
        }
        return call.layouts().featureMap(x.reshaped(new int[] {dims[0], dims[1], 1, dims[2]}, call.name()));
    }

    /** Returns whether a pooling takes several maps (n, C, H, W) of one image, such as windows of attention. */
    private static boolean isStack(OperatorCall call) {
        DynamicValue x = call.dynamic(0);
        return x.rank() == 4 && x.dims()[0] > 1 && call.importer().batch() == 1
                && call.node().getOpType().endsWith("Pool");
    }

    /** Makes the output of a sequence, or of several maps, one again. */
    private static void finish(OperatorCall call, DynamicValue y, boolean line) {
        if (line) {
            call.setOutput(y.reshaped(new int[] {1, y.dims()[1], y.dims()[3]}, y.node()));
        } else if (isStack(call)) {
            int maps = call.dynamic(0).dims()[0];
            call.setOutput(y.reshaped(new int[] {maps, y.dims()[1] / maps, y.dims()[2], y.dims()[3]}, y.node()));
        }
    }

    private static TensorSource weight(OperatorCall call, boolean line) {
        TensorSource weight = call.constant(1).values();
        Shape shape = weight.shape();
        if (shape.rank() != (line ? 3 : 4)) {
            throw new IllegalArgumentException("its weight has shape " + shape
                    + "; only convolutions of one and two dimensions are supported");
        }
        return line ? call.constant(1).reshaped(Shape.of(shape.dim(0), shape.dim(1), 1, shape.dim(2))).values()
                : weight;
    }

    private static void requireKernel(OperatorCall call, int[] size, boolean line) {
        int[] kernel = call.attributes().has("kernel_shape") ? numbers(call, "kernel_shape", 1, line) : size;
        if (!Arrays.equals(kernel, size)) {
            throw new IllegalArgumentException("kernel_shape is " + Arrays.toString(kernel)
                    + ", its weight has a kernel of " + Arrays.toString(size));
        }
    }

    /** Returns two numbers of an attribute, for rows and columns; those of a sequence begin with {@code otherwise}. */
    private static int[] numbers(OperatorCall call, String name, int otherwise, boolean line) {
        int[] found = call.attributes().ints(name, line ? 1 : 2, otherwise);
        return line ? new int[] {otherwise, found[0]} : found;
    }

    /** Returns the attribute pads as top, left, bottom, right. */
    private static int[] pads(OperatorCall call, boolean line) {
        int[] pads = call.attributes().ints("pads", line ? 2 : 4, 0);
        return line ? new int[] {0, pads[0], 0, pads[1]} : pads;
    }

    /** Has the layer compute its padding from the size of each image. */
    private static void automatic(OperatorCall call, Map<String, Object> settings) {
        String auto = call.attributes().stringValue("auto_pad", "NOTSET");
        if (auto.startsWith("SAME")) {
            settings.put("auto_pad", auto.equals("SAME_UPPER") ? 1L : 2L);
        }
    }

    private static int[] kernel(OperatorCall call, boolean line) {
        if (!call.attributes().has("kernel_shape")) {
            throw new IllegalArgumentException("kernel_shape is missing");
        }
        return numbers(call, "kernel_shape", 1, line);
    }

    /** Returns the padding top, left, bottom, right; zeros if {@code auto_pad} makes it depend on the size. */
    private static int[] padding(OperatorCall call, boolean line) {
        String auto = call.attributes().peekString("auto_pad", "NOTSET");
        int[] pads = pads(call, line);
        if (!List.of("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER").contains(auto)) {
            throw new IllegalArgumentException("auto_pad is '" + auto
                    + "', wanted NOTSET, VALID, SAME_UPPER or SAME_LOWER");
        }
        return auto.equals("NOTSET") ? pads : NO_PADDING.clone();
    }

    /** Returns the numbers as ints; throws an {@link ArithmeticException} if one does not fit. */
    static int[] toInts(long[] longs) {
        return Arrays.stream(longs).mapToInt(Math::toIntExact).toArray();
    }
}
