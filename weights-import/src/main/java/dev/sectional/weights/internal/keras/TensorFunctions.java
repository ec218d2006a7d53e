package dev.sectional.weights.internal.keras;

import dev.sectional.nn.model.NodeSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Functions on tensors beside arithmetic: reductions, shapes, slices, products and functions of each element. Axis 0 is
 * the batch, which they leave alone.
 */
final class TensorFunctions {
    /** Classes of {@code keras.ops} that are no layers as well; HDF5 files do not state the module of a class. */
    static final Set<String> OPERATIONS = Set.of(
            "Mean", "Sum", "Max", "Min", "Amax", "Amin", "Square", "Sqrt", "Exp", "Log", "Absolute", "Abs",
            "Power", "Reciprocal", "Erf", "LogSigmoid", "HardSilu", "Softsign", "Transpose", "Swapaxes",
            "Squeeze", "ExpandDims", "Matmul", "Relu", "Relu6", "Sigmoid", "Tanh", "Softplus", "Elu", "Selu",
            "LogSoftmax", "HardSwish", "Mish");
    private static final Map<String, String> ELEMENTS = Map.ofEntries(Map.entry("sqrt", "Sqrt"),
            Map.entry("exp", "Exp"),
            Map.entry("log", "Log"), Map.entry("abs", "Abs"), Map.entry("absolute", "Abs"),
            Map.entry("reciprocal", "Reciprocal"), Map.entry("erf", "Erf"));
    private static final Map<String, String> REDUCTIONS = Map.of("mean", "ReduceMean", "reduce_mean", "ReduceMean",
            "sum", "ReduceSum", "reduce_sum", "ReduceSum", "max", "ReduceMax", "amax", "ReduceMax", "reduce_max",
            "ReduceMax", "min", "ReduceMin", "amin", "ReduceMin", "reduce_min", "ReduceMin");
    /** Activations whose function has settings of its own are not among them. */
    private static final Map<String, String> ACTIVATIONS = Map.ofEntries(Map.entry("relu", "relu"),
            Map.entry("relu6", "relu6"), Map.entry("sigmoid", "sigmoid"), Map.entry("tanh", "tanh"),
            Map.entry("softplus", "softplus"), Map.entry("softsign", "softsign"), Map.entry("selu", "selu"),
            Map.entry("mish", "mish"), Map.entry("hard_swish", "hard_swish"), Map.entry("hardswish", "hard_swish"),
            Map.entry("hard_silu", "hard_silu"), Map.entry("hardsilu", "hard_silu"),
            Map.entry("log_sigmoid", "log_sigmoid"), Map.entry("logsigmoid", "log_sigmoid"));

    private TensorFunctions() {}

    /**
     * Adds the nodes of a function.
     *
     * @param name in lower case, without its module
     */
    static KerasValue run(LayerCall call, String name) {
        if (name.equals("pow") || name.equals("power")) {
            return power(call);
        }
        LayerConfig settings = TensorCalls.settings(call);
        if (ELEMENTS.containsKey(name)) {
            return call.emit(ELEMENTS.get(name), Map.of(), Map.of(), call.input());
        }
        if (REDUCTIONS.containsKey(name)) {
            return reduced(call, settings, REDUCTIONS.get(name));
        }
        if (ACTIVATIONS.containsKey(name)) {
            return Activations.apply(call, ACTIVATIONS.get(name), call.input());
        }
        return switch (name) {
            case "square" -> call.emit("Multiply", Map.of(), Map.of(), call.input(), call.input());
            case "softmax" -> call.emit("Softmax", axis(settings, call.input()), Map.of(), call.input());
            case "log_softmax", "logsoftmax" -> call.emit("LogSoftmax", axis(settings, call.input()), Map.of(),
                    call.input());
            case "reshape" -> reshaped(call, settings);
            case "transpose" -> transposed(call, settings);
            case "swapaxes" -> swapped(call, settings);
            case "squeeze" -> squeezed(call, settings);
            case "expand_dims", "expanddims" -> expanded(call, settings);
            case "matmul" -> product(call, settings);
            case "concat", "concatenate" -> joined(call, settings);
            default -> throw new IllegalArgumentException("the function "
                    + LayerConfig.brief(call.config().className().endsWith("OpLambda")
                            ? call.config().get("function") : call.config().className())
                    + " is not supported; write it as a layer, or export the model to ONNX");
        };
    }

    private static Map<String, Object> axis(LayerConfig settings, KerasValue x) {
        return NodeSpec.settings("axis", x.axis(settings.whole(-1, "axis", "dim")));
    }

    private static KerasValue reduced(LayerCall call, LayerConfig settings, String kind) {
        KerasValue x = call.input();
        int[] given = settings.wholes("axis");
        if (given == null) {
            throw new IllegalArgumentException("it reduces the batch as well; give it axes");
        }
        settings.require("initial");   // refuses any value
        int[] axes = Arrays.stream(given).map(x::axis).sorted().distinct().toArray();
        return call.emit(kind, NodeSpec.settings("axes", axes, "keep", settings.flag(false, "keepdims")), Map.of(), x);
    }

    private static KerasValue power(LayerCall call) {
        Object exponent = call.positional().size() > 1 ? call.positional().get(1) : call.named().get("y");
        exponent = exponent == null ? call.named().get("x2") : exponent;
        if (exponent instanceof Number number && number.doubleValue() == 2) {
            return call.emit("Multiply", Map.of(), Map.of(), call.input(), call.input());
        }
        if (exponent instanceof Number number && number.doubleValue() == 0.5) {
            return call.emit("Sqrt", Map.of(), Map.of(), call.input());
        }
        throw new IllegalArgumentException("its exponent is " + LayerConfig.brief(exponent)
                + "; supported are 2 and 0.5");
    }

    private static KerasValue reshaped(LayerCall call, LayerConfig settings) {
        KerasValue x = call.input();
        int[] target = wholes(settings, "newshape", "shape");
        if (target.length < 2 || target[0] != -1 && target[0] != 1) {
            throw new IllegalArgumentException("its shape is " + Arrays.toString(target)
                    + "; its first size, the batch, has to be -1");
        }
        return call.reshaped(x, ShapeLayers.shape(x, Arrays.copyOfRange(target, 1, target.length)));
    }

    private static int[] wholes(LayerConfig settings, String... names) {
        Object value = settings.get(names);
        if (value instanceof List<?> list && list.stream().allMatch(each -> each == null || each instanceof Number)) {
            return list.stream().mapToInt(each -> each == null ? -1 : ((Number) each).intValue()).toArray();
        }
        throw settings.wrong(names[0], value, "whole numbers");
    }

    private static KerasValue transposed(LayerCall call, LayerConfig settings) {
        KerasValue x = call.input();
        int[] axes = wholes(settings, "axes", "perm");
        int[] own = new int[Math.max(0, axes.length - 1)];
        for (int i = 0; i < own.length; i++) {
            own[i] = axes[i + 1] < 0 ? axes[i + 1] + axes.length - 1 : axes[i + 1] - 1;
        }
        if (axes.length != x.rank() + 1 || axes[0] != 0
                || !Arrays.equals(Arrays.stream(own).sorted().toArray(), IntStream.range(0, x.rank()).toArray())) {
            throw new IllegalArgumentException("its axes are " + Arrays.toString(axes) + " for shape " + x.shape()
                    + " without the batch; the batch has to stay first");
        }
        return call.emit("Permute", NodeSpec.settings("axes", own), Map.of(), x);
    }

    private static KerasValue swapped(LayerCall call, LayerConfig settings) {
        KerasValue x = call.input();
        int[] axes = IntStream.range(0, x.rank()).toArray();
        int first = x.axis(settings.whole(0, "axis1"));
        int second = x.axis(settings.whole(0, "axis2"));
        axes[first] = second;
        axes[second] = first;
        return call.emit("Permute", NodeSpec.settings("axes", axes), Map.of(), x);
    }

    private static KerasValue squeezed(LayerCall call, LayerConfig settings) {
        KerasValue x = call.input();
        int[] given = settings.wholes("axis");
        if (given == null || given.length == 0) {
            throw new IllegalArgumentException("it drops all axes of size 1, the batch among them; give it axes");
        }
        List<Integer> drop = new ArrayList<>();
        for (int each : given) {
            drop.add(x.axis(each));
            if (x.shape().dim(x.axis(each)) != 1) {
                throw new IllegalArgumentException("it drops axis " + each + " of shape " + x.shape());
            }
        }
        return call.reshaped(x, IntStream.range(0, x.rank()).filter(i -> !drop.contains(i)).map(x.shape()::dim)
                .toArray());
    }

    private static KerasValue expanded(LayerCall call, LayerConfig settings) {
        KerasValue x = call.input();
        int given = settings.whole(0, "axis");
        int at = given < 0 ? given + x.rank() + 1 : given - 1;
        if (at < 0 || at > x.rank()) {
            throw new IllegalArgumentException("its axis is " + given + " for shape " + x.shape()
                    + " without the batch");
        }
        int[] shape = new int[x.rank() + 1];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = i == at ? 1 : x.shape().dim(i < at ? i : i - 1);
        }
        return call.reshaped(x, shape);
    }

    private static KerasValue product(LayerCall call, LayerConfig settings) {
        List<KerasValue> values = call.inputs();
        if (values.size() != 2 || Math.min(values.get(0).rank(), values.get(1).rank()) < 2) {
            throw new IllegalArgumentException("only products of two values of at least two axes are supported");
        }
        KerasValue[] factors = new KerasValue[2];
        for (int i = 0; i < 2; i++) {
            KerasValue x = values.get(i);
            int[] axes = IntStream.range(0, x.rank()).toArray();
            axes[x.rank() - 1] = x.rank() - 2;
            axes[x.rank() - 2] = x.rank() - 1;
            factors[i] = settings.flag(false, i == 0 ? "transpose_a" : "transpose_b")
                    ? call.emitPart("transposed", "Permute", NodeSpec.settings("axes", axes), x) : x;
        }
        settings.require("adjoint_a", false);
        settings.require("adjoint_b", false);
        return call.emit("MatMul", Map.of(), Map.of(), factors);
    }

    private static KerasValue joined(LayerCall call, LayerConfig settings) {
        KerasValue[] values = call.inputs().toArray(KerasValue[]::new);
        if (values.length == 0) {
            throw new IllegalArgumentException("it joins no values");
        }
        return call.emit("Concat", NodeSpec.settings("axis", values[0].axis(settings.whole(-1, "axis"))), Map.of(),
                values);
    }

    /** Adds {@code x[:, a:b, k, ..., ::-1]}: numbers, slices and one ellipsis, with the batch taken whole. */
    static KerasValue item(LayerCall call, Object first, Object second) {
        if (!(first instanceof KerasValue x) || !(second instanceof List<?> spec) || spec.isEmpty()) {
            throw new IllegalArgumentException("only slices with constant positions are supported");
        }
        List<Object> items = new ArrayList<>();
        for (Object each : spec) {
            if (each instanceof Map<?, ?> map && "__ellipsis__".equals(map.get("class_name"))) {
                int missing = x.rank() + 1 - (spec.size() - 1);
                for (int i = 0; i < missing; i++) {
                    items.add(Map.of());
                }
            } else {
                items.add(each);
            }
        }
        if (items.size() > x.rank() + 1 || !isWhole(items.get(0))) {
            throw new IllegalArgumentException("it takes a part of the batch or has " + items.size()
                    + " positions for shape " + x.shape());
        }
        KerasValue result = x;
        for (int axis = items.size() - 2; axis >= 0; axis--) {   // from the last, so that dropped axes move no other
            result = taken(call, result, axis, items.get(axis + 1));
        }
        return result;
    }

    private static Map<?, ?> slice(Object item) {
        if (!(item instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("it has the position " + LayerConfig.brief(item)
                    + "; only numbers and slices are supported");
        }
        return map.get("config") instanceof Map<?, ?> inner ? inner : map;
    }

    private static boolean isWhole(Object item) {
        return item instanceof Map<?, ?> map && Stream.of("start", "stop", "step").allMatch(bound ->
                slice(map).get(bound) == null);
    }

    private static KerasValue taken(LayerCall call, KerasValue x, int axis, Object item) {
        int size = x.shape().dim(axis);
        if (item instanceof Long index) {
            if (index < -size || index >= size) {
                throw new IllegalArgumentException("it takes element " + index + " of " + size);
            }
            return call.emit("Gather", NodeSpec.settings("axis", axis, "indices",
                    new int[] {(int) (index < 0 ? index + size : index)}, "drop", true), Map.of(), x);
        }
        if (isWhole(item)) {
            return x;
        }
        Map<String, Object> bounds = new LinkedHashMap<>();
        slice(item).forEach((key, value) -> bounds.put(String.valueOf(key), value));
        LayerConfig numbers = call.config().as("", bounds);
        int wanted = numbers.whole(1, "step");
        if (wanted == 0) {
            throw new IllegalArgumentException("it takes a slice with step 0");
        }
        int step = Math.max(-size - 1, Math.min(size + 1, wanted));   // a longer step takes one element as well
        int start = position(numbers, "start", size, step > 0 ? 0 : size - 1, step);
        int stop = position(numbers, "stop", size, step > 0 ? size : -1, step);
        int[] indices = IntStream.iterate(start, i -> step > 0 ? i < stop : i > stop, i -> i + step).toArray();
        if (indices.length == 0) {
            throw new IllegalArgumentException("it takes an empty slice of " + size);
        }
        return step > 0 ? call.emit("Slice", NodeSpec.settings("axis", axis, "start", start, "step", step, "count",
                indices.length), Map.of(), x)
                : call.emit("Gather", NodeSpec.settings("axis", axis, "indices", indices, "drop", false), Map.of(), x);
    }

    /** Returns a bound of a slice by Python's rules: negative ones count from the end, others are cut to the size. */
    private static int position(LayerConfig numbers, String key, int size, int missing, int step) {
        if (!numbers.has(key)) {
            return missing;
        }
        int given = numbers.whole(0, key);
        int at = given < 0 ? given + size : given;
        return step > 0 ? Math.max(0, Math.min(size, at)) : Math.max(-1, Math.min(size - 1, at));
    }
}
