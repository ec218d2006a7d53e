package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Operators that keep elements as they are and change their shape, type or order. */
final class ShapeOperators {
    /** ONNX's numbers of the float types. The network computes in float32 whatever a graph asks for. */
    private static final Set<Integer> FLOATS = Set.of(1, 10, 11, 16);
    private static final Map<Integer, DType> INTEGERS = Map.of(2, DType.U8, 3, DType.I8, 5, DType.I16, 6, DType.I32,
            7, DType.I64, 9, DType.BOOL);

    private ShapeOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("Identity", call -> call.setOutput(call.input(0)));
        table.put("Flatten", ShapeOperators::flatten);
        table.put("Reshape", ShapeOperators::reshape);
        table.put("Squeeze", ShapeOperators::squeeze);
        table.put("Unsqueeze", ShapeOperators::unsqueeze);
        table.put("Transpose", ShapeOperators::transpose);
        table.put("Cast", ShapeOperators::cast);
        table.put("CastLike", ShapeOperators::castLike);
        table.put("Shape", ShapeOperators::shape);
        table.put("Size", call -> call.setOutput(ConstantValue.ofIntegers(Shape.of(),
                Arrays.stream(call.inputDims()).asLongStream().reduce(1, Math::multiplyExact))));
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
        int[] axes = ReduceOperators.axesOrNull(call, 13, dims.length);
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
        } else if (!(call.input(0) instanceof ConstantValue constant)) {
            call.setOutput(transposed(call, call.dynamic(0), order));
        } else if (dims.length == 2 && constant.integers() == null) {
            call.setOutput(ConstantValue.of(constant.type(), call.importer().transposed(constant)));
        } else {
            ConstantFolder.set(call, 0, ConstantFolder.array(call, 0).transposed(order));
        }
    }

    /** Returns a value with its axes in another order. Nothing moves in memory. */
    static DynamicValue transposed(OperatorCall call, DynamicValue value, int[] order) {
        if (order[0] != 0) {
            call.requireNotBatch(0);
        }
        DynamicValue x = call.layouts().aligned(value);
        int[] axes = x.storedAxes();
        int[] read = Arrays.stream(order).map(i -> axes[i]).filter(i -> i >= 0).toArray();
        int[] rest = IntStream.range(0, x.shape().rank())
                .filter(i -> Arrays.stream(read).noneMatch(axis -> axis == i)).toArray();
        return x.reordered(Arrays.stream(order).map(i -> x.dims()[i]).toArray(),
                IntStream.concat(Arrays.stream(rest), Arrays.stream(read)).toArray(), call.name());
    }

    private static boolean isPermutation(int[] order, int rank) {
        return order.length == rank && Arrays.stream(order).distinct().filter(i -> i >= 0 && i < rank).count() == rank;
    }

    /** Returns whether only axes of size 1 move, so that the elements keep their order. */
    private static boolean keepsElementOrder(int[] dims, int[] order) {
        int[] moved = Arrays.stream(order).filter(i -> dims[i] != 1).toArray();
        return IntStream.range(1, moved.length).allMatch(i -> moved[i] > moved[i - 1]);
    }

    private static void cast(OperatorCall call) {
        cast(call, call.attributes().intValue("to", 0));
    }

    private static void castLike(OperatorCall call) {
        int like = 1;
        if (call.input(1) instanceof ConstantValue tensor) {
            like = INTEGERS.entrySet().stream().filter(entry -> entry.getValue() == tensor.type())
                    .map(Map.Entry::getKey).findFirst().orElse(1);
        }
        cast(call, like);
    }

    private static void cast(OperatorCall call, int to) {
        call.attributes().ignore("saturate", "round_mode");
        GraphValue value = call.input(0);
        if (value instanceof ConstantValue tensor && FLOATS.contains(to)) {
            // halves stay halves in the file; integers are floats from here on
            call.setOutput(ConstantValue.of(INTEGERS.containsValue(tensor.type()) ? DType.F32 : tensor.type(),
                    tensor.values()));
        } else if (value instanceof ConstantValue tensor && INTEGERS.containsKey(to)) {
            ConstantArray from = ConstantArray.of(tensor);
            call.importer().limits().countFolded(from.size());
            DType type = INTEGERS.get(to);
            call.setOutput(ConstantArray.of(type, from.dims(), i -> type == DType.BOOL
                    ? from.values()[i] != 0 ? 1 : 0 : whole(type, (long) from.values()[i])).toConstant());
        } else if (value instanceof DynamicValue && FLOATS.contains(to)) {
            call.importer().assumeFloat32(to);
            call.setOutput(value);
        } else {
            throw new IllegalArgumentException("turns values into ONNX's type " + to + ", which is not supported");
        }
    }

    /** Returns an integer that the type holds; frameworks differ in what they make of others. */
    private static double whole(DType type, long number) {
        if (type != DType.I64 && QuantizationOperators.clipped(type, number) != number) {
            throw new IllegalArgumentException("turns " + number + " into " + type + ", which holds no such number;"
                    + " export the model with a wider type");
        }
        return number;
    }

    private static void shape(OperatorCall call) {
        int[] dims = call.inputDims();
        int from = clamped(call.attributes().longValue("start", 0), dims.length);
        int to = clamped(call.attributes().longValue("end", dims.length), dims.length);
        long[] part = from < to ? Arrays.stream(dims, from, to).asLongStream().toArray() : new long[0];
        call.setOutput(ConstantValue.ofIntegers(Shape.of(part.length), part));
    }

    private static int clamped(long index, int length) {
        long positive = index < 0 ? index + length : index;
        return (int) Math.max(0, Math.min(length, positive));
    }

    /** Returns the lengths of the parts that a Split node makes of an axis. */
    static int[] splitLengths(OperatorCall call, int length) {
        int[] lengths = call.attributes().ints("split");
        int parts = call.attributes().intValue("num_outputs", call.node().getOutputCount());
        if (call.has(1)) {
            lengths = WindowOperators.toInts(call.integers(1));
        }
        if (lengths == null) {
            int each = (length + parts - 1) / Math.max(1, parts);
            lengths = new int[parts];
            for (int i = 0; i < parts; i++) {
                lengths[i] = Math.min(each, length - i * each);
            }
        }
        if (lengths.length != call.node().getOutputCount() || Arrays.stream(lengths).anyMatch(part -> part < 0)
                || Arrays.stream(lengths).asLongStream().sum() != length) {
            throw new IllegalArgumentException("splits length " + length + " into " + Arrays.toString(lengths));
        }
        return lengths;
    }
}
