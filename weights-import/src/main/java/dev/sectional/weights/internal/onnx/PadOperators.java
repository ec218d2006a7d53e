package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.nn.model.NodeSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Padding and cropping, and changes of the size of feature maps by interpolation. */
final class PadOperators {
    private static final List<String> MODES = List.of("constant", "reflect", "edge");
    private static final List<String> INTERPOLATIONS = List.of("nearest", "linear", "cubic");
    private static final List<String> COORDINATES = List.of("half_pixel", "align_corners", "asymmetric",
            "pytorch_half_pixel", "half_pixel_symmetric", "tf_half_pixel_for_nn");
    private static final List<String> ROUNDINGS = List.of("round_prefer_floor", "round_prefer_ceil", "floor", "ceil");

    private PadOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("Pad", PadOperators::pad);
        table.put("Resize", PadOperators::resize);
        table.put("Upsample", PadOperators::upsample);
    }

    /** Padding before and after each axis; negative numbers crop. */
    record Padding(int[] before, int[] after, int mode, float value) {
    }

    /** Reads the padding of a node. */
    static Padding padding(OperatorCall call, int[] dims) {
        String mode = call.attributes().stringValue("mode", "constant");
        float value = call.attributes().floatValue("value", 0);
        value = (float) call.number(2, value);
        if (!MODES.contains(mode)) {
            throw new IllegalArgumentException("pads with mode " + mode + "; supported are "
                    + String.join(", ", MODES));
        }
        int[] given = call.opset() < 11 ? call.attributes().ints("pads") : WindowOperators.toInts(call.integers(1));
        int[] axes = new int[dims.length];
        Arrays.setAll(axes, i -> i);
        if (call.has(3)) {
            axes = WindowOperators.toInts(call.integers(3));
        }
        if (given == null || given.length != 2 * axes.length) {
            throw new IllegalArgumentException("pads " + Arrays.toString(given) + " do not fit " + axes.length
                    + " axes");
        }
        Padding padding = new Padding(new int[dims.length], new int[dims.length], MODES.indexOf(mode), value);
        for (int i = 0; i < axes.length; i++) {
            int axis = OperatorCall.axis(axes[i], dims.length);
            padding.before[axis] = given[i];
            padding.after[axis] = given[i + axes.length];
        }
        return padding;
    }

    /** Returns a value to pad with. Minus infinity, which never wins a max pooling, becomes a finite number. */
    private static float finite(OperatorCall call, float value) {
        if (Float.isFinite(value)) {
            return value;
        }
        boolean pooled = call.importer().readers(call.node().getOutput(0)).stream()
                .allMatch(reader -> reader.getOpType().equals("MaxPool"));
        if (value != Float.NEGATIVE_INFINITY || !pooled || call.importer().isEnd(call.node().getOutput(0))) {
            throw new IllegalArgumentException("pads with " + value + ", which only a MaxPool may read, as -Infinity;"
                    + " export the model with another value");
        }
        return (float) ArithmeticOperators.HIDDEN;
    }

    private static void pad(OperatorCall call) {
        DynamicValue x = call.layouts().aligned(call.dynamic(0));
        Padding padding = padding(call, x.dims());
        int[] dims = x.dims().clone();
        for (int axis = 0; axis < dims.length; axis++) {
            long length = (long) dims[axis] + padding.before[axis] + padding.after[axis];
            if (length < 1 || Math.max(padding.before[axis], padding.after[axis]) > 1 << 16) {
                throw new IllegalArgumentException("pads axis " + axis + " of shape "
                        + call.importer().withBatch(x.dims()) + " by " + padding.before[axis] + " and "
                        + padding.after[axis] + ": padding is at least 0 and at most 65536");
            }
            if (length != dims[axis]) {
                call.requireNotBatch(axis);
            }
            dims[axis] = (int) length;
        }
        if (Arrays.stream(padding.before).allMatch(i -> i == 0) && Arrays.stream(padding.after).allMatch(i -> i == 0)) {
            call.setOutput(x);
            return;
        }
        int[] wanted = IntStream.range(0, dims.length).filter(i -> dims[i] != 1).toArray();
        int[] order = call.layouts().commonOrder(List.of(x), wanted);
        DynamicValue in = call.layouts().arranged(x, order);
        int[] before = Arrays.stream(order).map(axis -> padding.before[axis]).toArray();
        int[] after = Arrays.stream(order).map(axis -> padding.after[axis]).toArray();
        boolean zeros = padding.mode == 0 && padding.value == 0 && in.shape().rank() == 3 && before[2] == 0
                && after[2] == 0 && Math.min(Math.min(before[0], before[1]), Math.min(after[0], after[1])) >= 0;
        if (zeros) {
            call.setOutput(call.add("Pad2d", NodeSpec.settings("padding",
                    new int[] {before[0], before[1], after[0], after[1]}), Map.of(), dims, order, in));
        } else {
            call.setOutput(call.add("Pad", NodeSpec.settings("before", before, "after", after, "mode", padding.mode,
                    "value", finite(call, padding.value)), Map.of(), dims, order, in));
        }
    }

    private static void resize(OperatorCall call) {
        DynamicValue x = map(call);
        boolean old = call.opset() < 11;
        double[] scales = numbers(call, old ? 1 : 2);
        double[] sizes = old ? null : numbers(call, 3);
        String mode = call.attributes().stringValue("mode", "nearest");
        String coordinates = call.attributes().stringValue("coordinate_transformation_mode",
                old ? "asymmetric" : "half_pixel");
        String rounding = call.attributes().stringValue("nearest_mode", old ? "floor" : "round_prefer_floor");
        String policy = call.attributes().stringValue("keep_aspect_ratio_policy", "stretch");
        if (call.attributes().flag("antialias") || !policy.equals("stretch")) {
            throw new IllegalArgumentException("resizes with antialias or keeps the aspect ratio,"
                    + " which is not supported");
        }
        int[] axes = call.attributes().ints("axes");
        emit(call, x, spread(axes, scales, 1), spread(axes, sizes, -1), mode, coordinates, rounding);
    }

    private static void upsample(OperatorCall call) {
        DynamicValue x = map(call);
        float[] given = call.attributes().floats("scales");
        double[] scales = numbers(call, 1);
        if (given != null) {
            scales = new double[given.length];
            for (int i = 0; i < given.length; i++) {
                scales[i] = given[i];
            }
        }
        emit(call, x, scales, null, call.attributes().stringValue("mode", "nearest"), "asymmetric", "floor");
    }

    private static DynamicValue map(OperatorCall call) {
        return call.featureMap(0);
    }

    private static void emit(OperatorCall call, DynamicValue x, double[] scales, double[] sizes, String mode,
                             String coordinates, String rounding) {
        float a = call.attributes().floatValue("cubic_coeff_a", -0.75f);
        boolean exclude = call.attributes().flag("exclude_outside");
        call.attributes().ignore("extrapolation_value");
        if (!INTERPOLATIONS.contains(mode) || !COORDINATES.contains(coordinates) || !ROUNDINGS.contains(rounding)) {
            throw new IllegalArgumentException("resizes with mode " + mode + ", coordinates " + coordinates
                    + ", rounding " + rounding + ", which is not supported");
        }
        int[] dims = x.dims();
        double[] factors = new double[4];
        int[] to = new int[4];
        boolean bySize = sizes != null && sizes.length > 0;
        double[] given = bySize ? sizes : scales;
        if (given == null || given.length != 4) {
            throw new IllegalArgumentException("has no scale or size for each axis of shape " + Shape.of(dims));
        }
        for (int axis = 0; axis < 4; axis++) {
            // in float32, as ONNX Runtime and PyTorch: 10 times the scale 0.7f is 7
            double size = !bySize ? Math.floor((float) (dims[axis] * given[axis]))
                    : given[axis] >= 0 ? given[axis] : dims[axis];
            factors[axis] = bySize ? size / dims[axis] : given[axis];
            to[axis] = (int) Math.min(1 << 20, size);
            if (axis < 2 && to[axis] != dims[axis] || to[axis] < 1) {
                throw new IllegalArgumentException("resizes shape " + Shape.of(dims) + " to " + Shape.of(to)
                        + "; only rows and columns can be resized");
            }
        }
        if (Arrays.equals(dims, to) && factors[2] == 1 && factors[3] == 1) {
            call.setOutput(x);
            return;
        }
        Map<String, Object> settings = NodeSpec.settings("size", bySize ? new int[] {to[2], to[3]} : new int[] {0, 0},
                "mode", INTERPOLATIONS.indexOf(mode), "coordinates", COORDINATES.indexOf(coordinates),
                "rounding", ROUNDINGS.indexOf(rounding), "cubic_a", a, "exclude_outside", exclude);
        if (!bySize) {
            settings.put("scale", List.of(factors[2], factors[3]));
        }
        call.emitMap("Resize", settings, Map.of(), x);
    }

    private static double[] numbers(OperatorCall call, int i) {
        ConstantValue given = call.constantOrNull(i);
        if (given == null || given.shape().size() == 0) {
            return null;
        }
        if (given.shape().size() > 16) {
            throw new IllegalArgumentException("input " + (i + 1) + " has shape " + given.shape());
        }
        return ConstantArray.of(given).values();
    }

    /** Returns numbers that are given for some axes as numbers for all four. */
    private static double[] spread(int[] axes, double[] numbers, double otherwise) {
        if (axes == null || numbers == null || axes.length != numbers.length) {
            return numbers;
        }
        double[] all = new double[4];
        Arrays.fill(all, otherwise);
        for (int i = 0; i < axes.length; i++) {
            all[OperatorCall.axis(axes[i], 4)] = numbers[i];
        }
        return all;
    }
}
