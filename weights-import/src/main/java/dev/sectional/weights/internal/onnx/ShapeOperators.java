package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Operators that keep elements as they are and change their shape, type or order, or join them. */
final class ShapeOperators {
    /** ONNX's numbers of the float types. The network computes in float32 whatever a graph asks for. */
    private static final Set<Integer> FLOATS = Set.of(1, 10, 11, 16);
    private static final Set<Integer> INTEGERS = Set.of(2, 3, 5, 6, 7, 9);

    private ShapeOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("Identity", call -> call.setOutput(call.input(0)));
        table.put("Flatten", ShapeOperators::flatten);
        table.put("Reshape", ShapeOperators::reshape);
        table.put("Squeeze", ShapeOperators::squeeze);
        table.put("Unsqueeze", ShapeOperators::unsqueeze);
        table.put("Transpose", ShapeOperators::transpose);
        table.put("Cast", ShapeOperators::cast);
        table.put("Concat", ShapeOperators::concat);
    }

    private static void flatten(OperatorCall call) {
        int[] dims = call.inputDims();
        long axis = call.attributes().longValue("axis", 1);
        int split = axis == dims.length ? dims.length : OperatorCall.axis(axis, dims.length);
        long first = 1;
        for (int i = 0; i < split; i++) {
            first *= dims[i];
        }
        call.setReshaped(new long[] {first, Shape.of(dims).size() / first});
    }

    private static void reshape(OperatorCall call) {
        int[] dims = call.inputDims();
        long[] wanted = call.integers(1).clone();
        boolean zeroIsZero = call.attributes().flag("allowzero");
        for (int i = 0; i < wanted.length && !zeroIsZero; i++) {
            if (wanted[i] == 0 && i >= dims.length) {
                throw new IllegalArgumentException("asks for shape " + Arrays.toString(wanted) + " from shape "
                        + Shape.of(dims));
            }
            wanted[i] = wanted[i] == 0 ? dims[i] : wanted[i];
        }
        call.setReshaped(wanted);
    }

    private static void squeeze(OperatorCall call) {
        int[] dims = call.inputDims();
        int[] axes = WindowOperators.axes(call, 1, 13, dims.length);
        Set<Integer> removed = axes == null ? null : Set.copyOf(Arrays.stream(axes).boxed().toList());
        for (int axis : axes == null ? new int[0] : axes) {
            if (dims[axis] != 1) {
                throw new IllegalArgumentException("removes axis " + axis + " of shape " + Shape.of(dims)
                        + ", which is not 1");
            }
        }
        call.setReshaped(IntStream.range(0, dims.length)
                .filter(i -> removed == null ? dims[i] != 1 : !removed.contains(i))
                .mapToLong(i -> dims[i]).toArray());
    }

    private static void unsqueeze(OperatorCall call) {
        int[] dims = call.inputDims();
        int[] axes = call.opset() >= 13 ? WindowOperators.toInts(call.integers(1)) : call.attributes().ints("axes");
        if (axes == null) {
            throw new IllegalArgumentException("its axes are missing");
        }
        int rank = dims.length + axes.length;
        Set<Integer> added = Set.copyOf(Arrays.stream(axes).mapToObj(axis -> OperatorCall.axis(axis, rank)).toList());
        if (added.size() != axes.length) {
            throw new IllegalArgumentException("an axis of " + Arrays.toString(axes) + " is there twice");
        }
        long[] to = new long[rank];
        int from = 0;
        for (int i = 0; i < rank; i++) {
            to[i] = added.contains(i) ? 1 : dims[from++];
        }
        call.setReshaped(to);
    }

    private static void transpose(OperatorCall call) {
        int[] dims = call.inputDims();
        int[] perm = call.attributes().ints("perm");
        int[] order = perm != null ? perm : IntStream.range(0, dims.length).map(i -> dims.length - 1 - i).toArray();
        if (!isPermutation(order, dims.length)) {
            throw new IllegalArgumentException("perm is " + Arrays.toString(order) + " for shape " + Shape.of(dims));
        }
        if (keepsElementOrder(dims, order)) {
            call.setReshaped(Arrays.stream(order).mapToLong(i -> dims[i]).toArray());
        } else if (call.input(0) instanceof ConstantValue matrix && dims.length == 2) {
            call.setOutput(matrix.integers() != null ? transposedIntegers(matrix)
                    : ConstantValue.of(matrix.type(), call.importer().transposed(matrix)));
        } else {
            throw new IllegalArgumentException("exchanges axes " + Arrays.toString(order) + " of shape "
                    + Shape.of(dims)
                    + "; only constant matrices can be transposed");
        }
    }

    private static boolean isPermutation(int[] order, int rank) {
        return order.length == rank && Arrays.stream(order).distinct().filter(i -> i >= 0 && i < rank).count() == rank;
    }

    private static ConstantValue transposedIntegers(ConstantValue matrix) {
        int rows = matrix.shape().dim(0);
        int columns = matrix.shape().dim(1);
        long[] from = matrix.integers();
        return ConstantValue.ofIntegers(Shape.of(columns, rows),
                IntStream.range(0, rows * columns).mapToLong(i -> from[i % rows * columns + i / rows]).toArray());
    }

    /** Returns whether only axes of size 1 move, so that the elements keep their order. */
    private static boolean keepsElementOrder(int[] dims, int[] order) {
        int[] moved = Arrays.stream(order).filter(i -> dims[i] != 1).toArray();
        return IntStream.range(1, moved.length).allMatch(i -> moved[i] > moved[i - 1]);
    }

    private static void cast(OperatorCall call) {
        int to = call.attributes().intValue("to", 0);
        call.attributes().ignore("saturate");
        GraphValue value = call.input(0);
        if (value instanceof ConstantValue tensor) {
            if (INTEGERS.contains(to) && tensor.integers() == null) {
                throw new IllegalArgumentException("turns " + tensor.type() + " into integers, which is not supported");
            }
            call.setOutput(FLOATS.contains(to) ? ConstantValue.of(tensor.type(), tensor.values()) : tensor);
        } else if (FLOATS.contains(to)) {
            call.setOutput(value);
        } else {
            throw new IllegalArgumentException("turns feature maps into ONNX's type " + to
                    + ", which is not supported");
        }
    }

    private static void concat(OperatorCall call) {
        if (IntStream.range(0, call.inputCount()).allMatch(call::isConstant)) {
            ConstantOperators.concat(call);
            return;
        }
        DynamicValue[] inputs = IntStream.range(0, call.inputCount()).mapToObj(call::featureMapOrVector)
                .toArray(DynamicValue[]::new);
        int axis = OperatorCall.axis(call.attributes().longValue("axis", 1), inputs[0].dims().length);
        if (axis != 1) {
            throw new IllegalArgumentException("joins along axis " + axis + "; only channels can be joined");
        }
        call.emit("Concat", Map.of(), Map.of(), inputs);
    }
}
