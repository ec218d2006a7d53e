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

/** Constants, and the shape arithmetic by which exporters write "flatten all but the batch". */
final class ConstantOperators {
    private ConstantOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> known) {
        known.put("Constant", ConstantOperators::constant);
        known.put("ConstantOfShape", ConstantOperators::constantOfShape);
        known.put("Shape", ConstantOperators::shape);
        known.put("Gather", ConstantOperators::gather);
        known.put("Slice", ConstantOperators::slice);
    }

    private static void constant(OperatorCall call) {
        NodeAttributes attributes = call.attributes();
        TensorProto tensor = attributes.tensor("value");
        int[] whole = attributes.integers("value_ints");
        float[] numbers = attributes.numbers("value_floats");
        if (tensor != null) {
            call.put(call.importer().reader().read("the constant '" + call.node().getOutput(0) + "'", tensor));
        } else if (numbers != null) {
            call.put(ConstantValue.of(DType.F32, Tensor.of(Shape.of(numbers.length), numbers)));
        } else if (whole != null) {
            call.put(ConstantValue.ofWhole(Shape.of(whole.length), Arrays.stream(whole).asLongStream().toArray()));
        } else if (attributes.has("value_float")) {
            call.put(ConstantValue.of(DType.F32, Tensor.of(Shape.of(), attributes.number("value_float", 0))));
        } else {
            if (!attributes.has("value_int")) {
                throw new IllegalArgumentException("has no value of numbers");
            }
            call.put(ConstantValue.ofWhole(Shape.of(), attributes.whole("value_int", 0)));
        }
    }

    private static void constantOfShape(OperatorCall call) {
        Shape shape = Shape.of(WindowOperators.integers(call.whole(0)));
        TensorProto given = call.attributes().tensor("value");
        ConstantValue value = given == null ? ConstantValue.of(DType.F32, Tensor.of(Shape.of(1), 0f))
                : call.importer().reader().read("the value", given);
        if (value.shape().size() != 1) {
            throw new IllegalArgumentException("its value has shape " + value.shape() + ", wanted one number");
        }
        if (value.whole() != null && shape.size() <= ConstantValue.MOST_WHOLE) {
            long[] whole = new long[shape.size()];
            Arrays.fill(whole, value.whole()[0]);
            call.put(ConstantValue.ofWhole(shape, whole));
        } else {
            call.put(ConstantValue.of(value.type(), TensorViews.filled(shape, value.values().tensor().data()[0])));
        }
    }

    private static void shape(OperatorCall call) {
        long[] dims = Arrays.stream(call.dims()).asLongStream().toArray();
        int from = bounded(call.attributes().whole("start", 0), dims.length);
        int to = bounded(call.attributes().whole("end", dims.length), dims.length);
        long[] part = from < to ? Arrays.copyOfRange(dims, from, to) : new long[0];
        call.put(ConstantValue.ofWhole(Shape.of(part.length), part));
    }

    private static void gather(OperatorCall call) {
        long[] data = call.whole(0);
        long[] indices = call.whole(1);
        OperatorCall.axis(call.attributes().whole("axis", 0), 1);
        long[] found = Arrays.stream(indices).map(i -> data[OperatorCall.axis(i, data.length)]).toArray();
        call.put(ConstantValue.ofWhole(call.known(1).shape(), found));
    }

    /** Some of the rows of whole numbers, forwards or backwards: exporters turn padding around this way. */
    private static void slice(OperatorCall call) {
        ConstantValue data = call.known(0);
        boolean early = call.opset() < 10;
        long[] starts = early ? longs(call.attributes().integers("starts")) : call.whole(1);
        long[] ends = early ? longs(call.attributes().integers("ends")) : call.whole(2);
        long[] axes = early ? longs(call.attributes().integers("axes")) : call.has(3) ? call.whole(3) : null;
        long[] steps = !early && call.has(4) ? call.whole(4) : new long[] {1};
        boolean one = starts != null && ends != null && starts.length == 1 && ends.length == 1 && steps.length == 1 && steps[0] != 0
                && Math.abs(steps[0] / 2) < Integer.MAX_VALUE && (axes == null || axes.length == 1 && axes[0] == 0);
        if (!one || data.whole() == null || data.shape().rank() == 0) {
            throw new IllegalArgumentException("only rows are taken out of a few whole numbers");
        }
        int[] dims = data.shape().dims();
        int last = steps[0] > 0 ? dims[0] : dims[0] - 1;
        long from = Math.max(0, Math.min(last, starts[0] < 0 ? starts[0] + dims[0] : starts[0]));
        long to = Math.max(steps[0] > 0 ? 0 : -1, Math.min(last, ends[0] < 0 ? ends[0] + dims[0] : ends[0]));
        int row = dims[0] == 0 ? 0 : data.whole().length / dims[0];
        long[] rows = LongStream.iterate(from, i -> steps[0] > 0 ? i < to : i > to, i -> i + steps[0]).toArray();
        dims[0] = rows.length;
        call.put(ConstantValue.ofWhole(Shape.of(dims), Arrays.stream(rows)
                .flatMap(i -> Arrays.stream(data.whole(), (int) i * row, ((int) i + 1) * row)).toArray()));
    }

    /** Numbers one after the other. */
    static void concat(OperatorCall call) {
        OperatorCall.axis(call.attributes().whole("axis", 0), 1);
        if (IntStream.range(0, call.inputs()).mapToLong(i -> call.whole(i).length).sum() > ConstantValue.MOST_WHOLE) {
            throw new IllegalArgumentException("joins more than " + ConstantValue.MOST_WHOLE + " whole numbers");
        }
        long[] joined = IntStream.range(0, call.inputs()).mapToObj(call::whole).flatMapToLong(Arrays::stream).toArray();
        call.put(ConstantValue.ofWhole(Shape.of(joined.length), joined));
    }

    private static int bounded(long index, int length) {
        long positive = index < 0 ? index + length : index;
        return (int) Math.max(0, Math.min(length, positive));
    }

    private static long[] longs(int[] whole) {
        return whole == null ? null : Arrays.stream(whole).asLongStream().toArray();
    }
}
