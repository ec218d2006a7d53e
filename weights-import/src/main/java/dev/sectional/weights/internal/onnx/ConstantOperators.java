package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.weights.internal.common.TensorViews;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Constants, and the arithmetic on shapes by which exporters write "flatten all but the batch". */
final class ConstantOperators {
    private ConstantOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("Constant", ConstantOperators::constant);
        table.put("ConstantOfShape", ConstantOperators::constantOfShape);
        table.put("Shape", ConstantOperators::shape);
        table.put("Gather", ConstantOperators::gather);
        table.put("Slice", ConstantOperators::slice);
    }

    private static void constant(OperatorCall call) {
        NodeAttributes attributes = call.attributes();
        TensorProto tensor = attributes.tensor("value");
        int[] integers = attributes.ints("value_ints");
        float[] floats = attributes.floats("value_floats");
        if (tensor != null) {
            call.setOutput(call.importer().reader().read("the constant '" + call.node().getOutput(0) + "'", tensor));
        } else if (floats != null) {
            call.setOutput(ConstantValue.of(DType.F32, Tensor.of(Shape.of(floats.length), floats)));
        } else if (integers != null) {
            call.setOutput(ConstantValue.ofIntegers(Shape.of(integers.length), toLongs(integers)));
        } else if (attributes.has("value_float")) {
            call.setOutput(ConstantValue.of(DType.F32, Tensor.of(Shape.of(), attributes.floatValue("value_float", 0))));
        } else {
            if (!attributes.has("value_int")) {
                throw new IllegalArgumentException("has no numeric value");
            }
            call.setOutput(ConstantValue.ofIntegers(Shape.of(), attributes.longValue("value_int", 0)));
        }
    }

    private static void constantOfShape(OperatorCall call) {
        Shape shape = Shape.of(WindowOperators.toInts(call.integers(0)));
        TensorProto given = call.attributes().tensor("value");
        ConstantValue value = given == null ? ConstantValue.of(DType.F32, Tensor.of(Shape.of(1), 0f))
                : call.importer().reader().read("the value", given);
        if (value.shape().size() != 1) {
            throw new IllegalArgumentException("its value has shape " + value.shape() + ", wanted one number");
        }
        if (value.integers() != null && shape.size() <= ConstantValue.MOST_INTEGERS) {
            long[] integers = new long[shape.size()];
            Arrays.fill(integers, value.integers()[0]);
            call.setOutput(ConstantValue.ofIntegers(shape, integers));
        } else {
            call.setOutput(ConstantValue.of(value.type(),
                    TensorViews.filled(shape, value.values().tensor().data()[0])));
        }
    }

    private static void shape(OperatorCall call) {
        long[] dims = toLongs(call.inputDims());
        int from = clamped(call.attributes().longValue("start", 0), dims.length);
        int to = clamped(call.attributes().longValue("end", dims.length), dims.length);
        long[] part = from < to ? Arrays.copyOfRange(dims, from, to) : new long[0];
        call.setOutput(ConstantValue.ofIntegers(Shape.of(part.length), part));
    }

    private static void gather(OperatorCall call) {
        long[] data = call.integers(0);
        long[] indices = call.integers(1);
        OperatorCall.axis(call.attributes().longValue("axis", 0), 1);
        long[] found = Arrays.stream(indices).map(i -> data[OperatorCall.axis(i, data.length)]).toArray();
        call.setOutput(ConstantValue.ofIntegers(call.constant(1).shape(), found));
    }

    /** Slices rows of integers, forwards or backwards. Exporters reverse padding this way. */
    private static void slice(OperatorCall call) {
        ConstantValue data = call.constant(0);
        boolean attributes = call.opset() < 10;
        long[] starts = attributes ? toLongs(call.attributes().ints("starts")) : call.integers(1);
        long[] ends = attributes ? toLongs(call.attributes().ints("ends")) : call.integers(2);
        long[] axes = attributes ? toLongs(call.attributes().ints("axes")) : call.has(3) ? call.integers(3) : null;
        long[] steps = !attributes && call.has(4) ? call.integers(4) : new long[] {1};
        boolean rowsOnly = axes == null || axes.length == 1 && axes[0] == 0;
        if (!rowsOnly || !isOne(starts) || !isOne(ends) || !isOne(steps) || data.integers() == null
                || data.shape().rank() == 0) {
            throw new IllegalArgumentException("only rows of a few integers can be sliced");
        }
        long step = steps[0];
        if (step == 0 || Math.abs(step / 2) >= Integer.MAX_VALUE) {
            throw new IllegalArgumentException("its step is " + step);
        }
        int[] dims = data.shape().dims();
        int last = step > 0 ? dims[0] : dims[0] - 1;
        long from = Math.max(0, Math.min(last, starts[0] < 0 ? starts[0] + dims[0] : starts[0]));
        long to = Math.max(step > 0 ? 0 : -1, Math.min(last, ends[0] < 0 ? ends[0] + dims[0] : ends[0]));
        int row = dims[0] == 0 ? 0 : data.integers().length / dims[0];
        long[] rows = LongStream.iterate(from, i -> step > 0 ? i < to : i > to, i -> i + step).toArray();
        dims[0] = rows.length;
        call.setOutput(ConstantValue.ofIntegers(Shape.of(dims), Arrays.stream(rows)
                .flatMap(i -> Arrays.stream(data.integers(), (int) i * row, ((int) i + 1) * row)).toArray()));
    }

    private static boolean isOne(long[] numbers) {
        return numbers != null && numbers.length == 1;
    }

    /** Concatenates constant vectors of integers. */
    static void concat(OperatorCall call) {
        OperatorCall.axis(call.attributes().longValue("axis", 0), 1);
        int inputs = call.inputCount();
        if (IntStream.range(0, inputs).mapToLong(i -> call.integers(i).length).sum() > ConstantValue.MOST_INTEGERS) {
            throw new IllegalArgumentException("joins more than " + ConstantValue.MOST_INTEGERS + " integers");
        }
        long[] joined = IntStream.range(0, inputs).mapToObj(call::integers).flatMapToLong(Arrays::stream).toArray();
        call.setOutput(ConstantValue.ofIntegers(Shape.of(joined.length), joined));
    }

    private static int clamped(long index, int length) {
        long positive = index < 0 ? index + length : index;
        return (int) Math.max(0, Math.min(length, positive));
    }

    private static long[] toLongs(int[] ints) {
        return ints == null ? null : Arrays.stream(ints).asLongStream().toArray();
    }
}
