package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** What leaves values as they are: other shapes, other types, other orders, side by side. */
final class ShapeOperators {
    /** ONNX's numbers of the float types; computing is in float32 whatever a graph asks for. */
    private static final Set<Integer> FLOATS = Set.of(1, 10, 11, 16);
    private static final Set<Integer> WHOLE = Set.of(2, 3, 5, 6, 7, 9);

    private ShapeOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> known) {
        known.put("Identity", call -> call.put(call.any(0)));
        known.put("Flatten", ShapeOperators::flatten);
        known.put("Reshape", ShapeOperators::reshape);
        known.put("Squeeze", ShapeOperators::squeeze);
        known.put("Unsqueeze", ShapeOperators::unsqueeze);
        known.put("Transpose", ShapeOperators::transpose);
        known.put("Cast", ShapeOperators::cast);
        known.put("Concat", ShapeOperators::concat);
    }

    private static void flatten(OperatorCall call) {
        int[] dims = call.dims();
        long axis = call.attributes().whole("axis", 1);
        int split = axis == dims.length ? dims.length : OperatorCall.axis(axis, dims.length);
        long first = 1;
        for (int i = 0; i < split; i++) {
            first *= dims[i];
        }
        call.putReshaped(new long[] {first, Shape.of(dims).size() / first});
    }

    private static void reshape(OperatorCall call) {
        int[] dims = call.dims();
        long[] wanted = call.opset() < 5 ? null : call.whole(1).clone();
        boolean zeros = call.attributes().flag("allowzero");
        for (int i = 0; i < wanted.length && !zeros; i++) {
            if (wanted[i] == 0 && i >= dims.length) {
                throw new IllegalArgumentException("asks for shape " + Arrays.toString(wanted) + " of values of shape " + Shape.of(dims));
            }
            wanted[i] = wanted[i] == 0 ? dims[i] : wanted[i];
        }
        call.putReshaped(wanted);
    }

    private static void squeeze(OperatorCall call) {
        int[] dims = call.dims();
        int[] axes = WindowOperators.axes(call, 1, 13, dims.length);
        Set<Integer> out = axes == null ? null : Set.copyOf(Arrays.stream(axes).boxed().toList());
        for (int axis : axes == null ? new int[0] : axes) {
            if (dims[axis] != 1) {
                throw new IllegalArgumentException("leaves out axis " + axis + " of shape " + Shape.of(dims) + ", which is not 1");
            }
        }
        call.putReshaped(IntStream.range(0, dims.length).filter(i -> out == null ? dims[i] != 1 : !out.contains(i)).mapToLong(i -> dims[i]).toArray());
    }

    private static void unsqueeze(OperatorCall call) {
        int[] dims = call.dims();
        int[] given = call.opset() >= 13 ? WindowOperators.integers(call.whole(1)) : call.attributes().integers("axes");
        if (given == null) {
            throw new IllegalArgumentException("its axes are missing");
        }
        int rank = dims.length + given.length;
        Set<Integer> put = Set.copyOf(Arrays.stream(given).mapToObj(axis -> OperatorCall.axis(axis, rank)).toList());
        if (put.size() != given.length) {
            throw new IllegalArgumentException("axes " + Arrays.toString(given) + " stand twice");
        }
        long[] to = new long[rank];
        int from = 0;
        for (int i = 0; i < rank; i++) {
            to[i] = put.contains(i) ? 1 : dims[from++];
        }
        call.putReshaped(to);
    }

    private static void transpose(OperatorCall call) {
        int[] dims = call.dims();
        int[] order = call.attributes().integers("perm");
        int[] full = order != null ? order : IntStream.range(0, dims.length).map(i -> dims.length - 1 - i).toArray();
        if (full.length != dims.length || Arrays.stream(full).sorted().distinct().filter(i -> i >= 0 && i < dims.length).count() != dims.length) {
            throw new IllegalArgumentException("perm is " + Arrays.toString(full) + " for shape " + Shape.of(dims));
        }
        if (keepsOrder(dims, full)) {
            call.putReshaped(Arrays.stream(full).mapToLong(i -> dims[i]).toArray());
        } else if (call.any(0) instanceof ConstantValue matrix && dims.length == 2) {
            call.put(matrix.whole() == null ? ConstantValue.of(matrix.type(), call.importer().transposed(matrix)) : transposed(matrix));
        } else {
            throw new IllegalArgumentException("exchanges axes " + Arrays.toString(full) + " of shape " + Shape.of(dims)
                    + "; only constant matrices are transposed");
        }
    }

    private static ConstantValue transposed(ConstantValue numbers) {
        int rows = numbers.shape().dim(0);
        int columns = numbers.shape().dim(1);
        return ConstantValue.ofWhole(Shape.of(columns, rows),
                IntStream.range(0, rows * columns).mapToLong(i -> numbers.whole()[i % rows * columns + i / rows]).toArray());
    }

    /** Whether only axes of size 1 change their places. */
    private static boolean keepsOrder(int[] dims, int[] order) {
        int[] moved = Arrays.stream(order).filter(i -> dims[i] != 1).toArray();
        return IntStream.range(1, moved.length).allMatch(i -> moved[i] > moved[i - 1]);
    }

    private static void cast(OperatorCall call) {
        int to = call.attributes().integer("to", 0);
        call.attributes().ignore("saturate");
        GraphValue value = call.any(0);
        if (value instanceof ConstantValue tensor) {
            if (WHOLE.contains(to) && tensor.whole() == null) {
                throw new IllegalArgumentException("turns " + tensor.type() + " into whole numbers, which is not supported");
            }
            call.put(FLOATS.contains(to) ? ConstantValue.of(tensor.type(), tensor.values()) : tensor);
        } else if (FLOATS.contains(to)) {
            call.put(value);
        } else {
            throw new IllegalArgumentException("turns the image's values into ONNX's type " + to + "; they stay floats here");
        }
    }

    private static void concat(OperatorCall call) {
        if (IntStream.range(0, call.inputs()).allMatch(call::isKnown)) {
            ConstantOperators.concat(call);
            return;
        }
        DynamicValue[] inputs = IntStream.range(0, call.inputs()).mapToObj(call::mapOrVector).toArray(DynamicValue[]::new);
        int rank = inputs[0].dims().length;
        int axis = OperatorCall.axis(call.attributes().whole("axis", 1), rank);
        if (axis != 1) {
            throw new IllegalArgumentException("joins along axis " + axis + "; only channels are joined");
        }
        call.emit("Concat", Map.of(), Map.of(), inputs);
    }
}
