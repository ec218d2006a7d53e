package dev.sectional.weights.internal.onnx;

import dev.sectional.nn.model.NodeSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Operators that reduce axes to one value. */
final class ReduceOperators {
    private ReduceOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("ReduceMean", call -> reduce(call, "ReduceMean", 18));
        table.put("ReduceSum", call -> reduce(call, "ReduceSum", 13));
        table.put("ReduceMax", call -> reduce(call, "ReduceMax", 18));
        table.put("ReduceMin", call -> reduce(call, "ReduceMin", 18));
        table.put("ReduceL2", call -> reduce(call, "ReduceL2", 18));
        table.put("ReduceL1", call -> reduceElements(call, "Abs"));
        table.put("ReduceSumSquare", call -> reduceElements(call, "Power"));
    }

    private static void reduce(OperatorCall call, String kind, int since) {
        DynamicValue x = call.dynamic(0);
        int[] axes = axes(call, since, x.rank());
        boolean keep = call.attributes().longValue("keepdims", 1) != 0;
        call.setOutput(reduced(call, kind, x, axes, keep));
    }

    private static void reduceElements(OperatorCall call, String kind) {
        Map<String, Object> settings = kind.equals("Power") ? NodeSpec.settings("exponent", 2.0) : Map.of();
        DynamicValue x = call.addSame(kind, settings, Map.of(), call.dynamic(0));
        int[] axes = axes(call, 18, x.rank());
        call.setOutput(reduced(call, "ReduceSum", x, axes, call.attributes().longValue("keepdims", 1) != 0));
    }

    /** Returns a value reduced along axes. The mean and the maximum of a feature map become pooling layers. */
    static DynamicValue reduced(OperatorCall call, String kind, DynamicValue value, int[] axes, boolean keep) {
        Arrays.stream(axes).forEach(call::requireNotBatch);
        DynamicValue x = call.layouts().aligned(value);
        int[] stored = x.storedAxes();
        int[] over = Arrays.stream(axes).map(axis -> stored[axis]).filter(axis -> axis >= 0).sorted().toArray();
        int[] dims = x.dims().clone();
        Arrays.stream(axes).forEach(axis -> dims[axis] = 1);
        boolean map = x.shape().rank() == 3 && Arrays.equals(over, new int[] {0, 1});
        DynamicValue result = x;
        if (map && kind.equals("ReduceMean")) {
            result = emitted(call, "AdaptiveAvgPool2d", NodeSpec.settings("size", new int[] {1, 1}), x);
        } else if (map && kind.equals("ReduceMax")) {
            result = emitted(call, "GlobalMaxPool2d", Map.of(), x);
        } else if (over.length > 0) {
            result = emitted(call, kind, NodeSpec.settings("axes", over, "keep", true), x);
        } else if (kind.equals("ReduceL2")) {
            result = emitted(call, "Abs", Map.of(), x);
        }
        DynamicValue kept = result.reordered(dims, x.order(), x.reshapedBy());
        int[] left = IntStream.range(0, dims.length)
                .filter(i -> Arrays.stream(axes).noneMatch(axis -> axis == i)).map(i -> dims[i]).toArray();
        return keep ? kept : kept.reshaped(left, result.node() + ".flatten");
    }

    private static DynamicValue emitted(OperatorCall call, String kind, Map<String, Object> settings,
                                        DynamicValue x) {
        return call.importer().addNode(call.importer().nextName(call.name()), kind, settings, Map.of(),
                List.of(x));
    }

    /** Returns the axes of a node, all if it names none. */
    static int[] axes(OperatorCall call, int inputSince, int rank) {
        int[] axes = axesOrNull(call, inputSince, rank);
        boolean none = call.attributes().flag("noop_with_empty_axes");
        return axes != null ? axes : IntStream.range(0, none ? 0 : rank).toArray();
    }

    /**
     * Returns the axes of a node in ascending order; null if there are none.
     *
     * @param inputSince version of the operator set from which on the second input holds the axes; an attribute before
     */
    static int[] axesOrNull(OperatorCall call, int inputSince, int rank) {
        int[] axes = call.attributes().ints("axes");
        if (call.opset() >= inputSince && call.has(1)) {
            axes = WindowOperators.toInts(call.integers(1));
        }
        if (axes == null || axes.length == 0) {
            return null;
        }
        return Arrays.stream(axes).map(axis -> OperatorCall.axis(axis, rank)).sorted().distinct().toArray();
    }
}
