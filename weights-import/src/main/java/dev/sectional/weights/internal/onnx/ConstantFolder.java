package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Computes nodes whose inputs are all constant: arithmetic on weights, positions and shapes, by which exporters write
 * what the framework computes from the size of an image. Operators that only move constants are in
 * {@link ConstantMovers}.
 */
final class ConstantFolder {
    private static final Map<String, Function<OperatorCall, ConstantArray>> FUNCTIONS = functions();
    private static final long MOST_MULTIPLICATIONS = 1L << 31;

    private ConstantFolder() {}

    /** Returns whether a node can be computed at import: all its inputs are constant and its operator is known. */
    static boolean folds(OperatorCall call) {
        return FUNCTIONS.containsKey(call.node().getOpType()) && call.inputCount() > 0
                && IntStream.range(0, call.inputCount()).allMatch(i -> !call.has(i) || call.isConstant(i));
    }

    static void run(OperatorCall call) {
        call.importer().limits().countFolded(IntStream.range(0, call.inputCount()).filter(call::has)
                .mapToLong(i -> call.constant(i).shape().size()).sum());
        ConstantArray result = FUNCTIONS.get(call.node().getOpType()).apply(call);
        if (result != null) {
            set(call, 0, result);
        }
    }

    /** Makes an array an output of a node. */
    static void set(OperatorCall call, int output, ConstantArray array) {
        call.importer().limits().countFolded(array.size());
        call.setOutput(output, array.toConstant());
    }

    private static Map<String, Function<OperatorCall, ConstantArray>> functions() {
        Map<String, Function<OperatorCall, ConstantArray>> table = new HashMap<>();
        addUnary(table);
        addBinary(table);
        table.put("Where", ConstantFolder::where);
        table.put("Clip", ConstantFolder::clip);
        table.put("MatMul", ConstantFolder::matMul);
        table.put("QuantizeLinear", ConstantFolder::quantize);
        table.put("DequantizeLinear", ConstantFolder::dequantize);
        addReductions(table);
        ConstantNorms.addTo(table);
        ConstantMovers.addTo(table);
        return table;
    }

    private static void addUnary(Map<String, Function<OperatorCall, ConstantArray>> table) {
        unary(table, "Neg", v -> -v);
        unary(table, "Abs", Math::abs);
        unary(table, "Sqrt", Math::sqrt);
        unary(table, "Reciprocal", v -> 1 / v);
        unary(table, "Exp", Math::exp);
        unary(table, "Log", Math::log);
        unary(table, "Sin", Math::sin);
        unary(table, "Cos", Math::cos);
        unary(table, "Tanh", Math::tanh);
        unary(table, "Sigmoid", v -> 1 / (1 + Math.exp(-v)));
        unary(table, "Relu", v -> Math.max(0, v));
        unary(table, "Floor", Math::floor);
        unary(table, "Ceil", Math::ceil);
        unary(table, "Round", Math::rint);
        unary(table, "Sign", Math::signum);
        unary(table, "Not", v -> v == 0 ? 1 : 0);
    }

    private static void addBinary(Map<String, Function<OperatorCall, ConstantArray>> table) {
        binary(table, "Add", (a, b) -> a + b);
        binary(table, "Sub", (a, b) -> a - b);
        binary(table, "Mul", (a, b) -> a * b);
        binary(table, "Max", Math::max);
        binary(table, "Min", Math::min);
        binary(table, "Sum", (a, b) -> a + b);
        binary(table, "Pow", Math::pow);
        table.put("Div", ConstantFolder::div);
        table.put("Mod", ConstantFolder::mod);
        comparison(table, "Equal", (a, b) -> a == b ? 1 : 0);
        comparison(table, "Greater", (a, b) -> a > b ? 1 : 0);
        comparison(table, "GreaterOrEqual", (a, b) -> a >= b ? 1 : 0);
        comparison(table, "Less", (a, b) -> a < b ? 1 : 0);
        comparison(table, "LessOrEqual", (a, b) -> a <= b ? 1 : 0);
        comparison(table, "And", (a, b) -> a != 0 && b != 0 ? 1 : 0);
        comparison(table, "Or", (a, b) -> a != 0 || b != 0 ? 1 : 0);
        comparison(table, "Xor", (a, b) -> a != 0 ^ b != 0 ? 1 : 0);
    }

    private static void addReductions(Map<String, Function<OperatorCall, ConstantArray>> table) {
        reduction(table, "ReduceSum", 13, 0, Double::sum, (sum, count) -> sum);
        reduction(table, "ReduceMean", 18, 0, Double::sum, (sum, count) -> sum / count);
        reduction(table, "ReduceMax", 18, Double.NEGATIVE_INFINITY, Math::max, (most, count) -> most);
        reduction(table, "ReduceMin", 18, Double.POSITIVE_INFINITY, Math::min, (least, count) -> least);
        reduction(table, "ReduceProd", 18, 1, (a, b) -> a * b, (product, count) -> product);
        reduction(table, "ReduceL2", 18, 0, (sum, v) -> sum + v * v, (sum, count) -> Math.sqrt(sum));
        reduction(table, "ReduceL1", 18, 0, (sum, v) -> sum + Math.abs(v), (sum, count) -> sum);
        reduction(table, "ReduceSumSquare", 18, 0, (sum, v) -> sum + v * v, (sum, count) -> sum);
    }

    private static void unary(Map<String, Function<OperatorCall, ConstantArray>> table, String name,
                              DoubleUnaryOperator function) {
        table.put(name, call -> {
            ConstantArray x = array(call, 0);
            return ConstantArray.of(x.type(), x.dims(), i -> function.applyAsDouble(x.values()[i]));
        });
    }

    private static void binary(Map<String, Function<OperatorCall, ConstantArray>> table, String name,
                               DoubleBinaryOperator function) {
        table.put(name, call -> {
            ConstantArray result = array(call, 0);
            for (int i = 1; i < call.inputCount(); i++) {
                result = combined(call, result, array(call, i), result.type(), function);
            }
            return result;
        });
    }

    private static void comparison(Map<String, Function<OperatorCall, ConstantArray>> table, String name,
                                   DoubleBinaryOperator function) {
        table.put(name, call -> combined(call, array(call, 0), array(call, 1), DType.BOOL, function));
    }

    /** Returns an input in memory. */
    static ConstantArray array(OperatorCall call, int i) {
        return ConstantArray.of(call.constant(i));
    }

    private static ConstantArray combined(OperatorCall call, ConstantArray a, ConstantArray b, DType type,
                                          DoubleBinaryOperator function) {
        int[] dims = ConstantArray.broadcast(a.dims(), b.dims());
        call.importer().limits().countFolded(Shape.of(dims).size());
        double[] left = a.broadcast(dims).values();
        double[] right = b.broadcast(dims).values();
        return ConstantArray.of(type, dims, i -> function.applyAsDouble(left[i], right[i]));
    }

    private static ConstantArray div(OperatorCall call) {
        ConstantArray a = array(call, 0);
        ConstantArray b = array(call, 1);
        if (a.isInteger() && Arrays.stream(b.values()).anyMatch(v -> v == 0)) {
            throw new IllegalArgumentException("divides integers by 0");
        }
        return combined(call, a, b, a.type(), (x, y) -> a.isInteger() ? (double) ((long) x / (long) y) : x / y);
    }

    private static ConstantArray mod(OperatorCall call) {
        ConstantArray a = array(call, 0);
        ConstantArray b = array(call, 1);
        boolean truncates = call.attributes().flag("fmod");
        if (a.isInteger() && Arrays.stream(b.values()).anyMatch(v -> v == 0)) {
            throw new IllegalArgumentException("divides integers by 0");
        }
        return combined(call, a, b, a.type(), (x, y) -> truncates ? x % y : x - Math.floor(x / y) * y);
    }

    private static ConstantArray where(OperatorCall call) {
        ConstantArray condition = array(call, 0);
        ConstantArray a = array(call, 1);
        ConstantArray b = array(call, 2);
        int[] dims = ConstantArray.broadcast(condition.dims(), ConstantArray.broadcast(a.dims(), b.dims()));
        call.importer().limits().countFolded(3L * Shape.of(dims).size());
        double[] first = condition.broadcast(dims).values();
        double[] left = a.broadcast(dims).values();
        double[] right = b.broadcast(dims).values();
        return ConstantArray.of(a.type(), dims, i -> first[i] != 0 ? left[i] : right[i]);
    }

    private static ConstantArray clip(OperatorCall call) {
        ConstantArray x = array(call, 0);
        boolean attributes = call.opset() < 11;
        double least = attributes ? call.attributes().floatValue("min", -Float.MAX_VALUE)
                : call.number(1, Double.NEGATIVE_INFINITY);
        double greatest = attributes ? call.attributes().floatValue("max", Float.MAX_VALUE)
                : call.number(2, Double.POSITIVE_INFINITY);
        return ConstantArray.of(x.type(), x.dims(), i -> Math.min(greatest, Math.max(least, x.values()[i])));
    }

    private static ConstantArray matMul(OperatorCall call) {
        ConstantArray a = array(call, 0);
        ConstantArray b = array(call, 1);
        if (a.rank() < 2 || b.rank() != 2 || a.dims()[a.rank() - 1] != b.dims()[0]) {
            throw new IllegalArgumentException("multiplies constants of shapes " + Shape.of(a.dims()) + " and "
                    + Shape.of(b.dims()) + ", which is not supported");
        }
        int inner = b.dims()[0];
        int columns = b.dims()[1];
        int[] dims = a.dims().clone();
        dims[dims.length - 1] = columns;
        if ((long) Shape.of(dims).size() * inner > MOST_MULTIPLICATIONS) {
            throw new IllegalArgumentException("multiplies large constants; save the model with constants folded");
        }
        return ConstantArray.of(a.type(), dims, i -> {
            double sum = 0;
            for (int k = 0; k < inner; k++) {
                sum += a.values()[i / columns * inner + k] * b.values()[k * columns + i % columns];
            }
            return sum;
        });
    }

    /** A step of a quantisation: from a number, its scale and its zero point. */
    private interface Step {
        double apply(double x, double scale, double zero);
    }

    private static ConstantArray quantize(OperatorCall call) {
        DType type = QuantizationOperators.type(call);
        call.attributes().ignore("saturate", "precision");
        return byScale(call, type, (x, scale, zero) ->
                QuantizationOperators.clipped(type, Math.rint((float) x / (float) scale) + zero));
    }

    /** Returns the numbers that quantised weights stand for. */
    private static ConstantArray dequantize(OperatorCall call) {
        call.attributes().ignore("output_dtype");
        return byScale(call, DType.F32, (x, scale, zero) -> (x - zero) * scale);
    }

    /** Changes each element by the scale and zero point of the tensor, or of its channel. */
    private static ConstantArray byScale(OperatorCall call, DType type, Step step) {
        ConstantArray x = array(call, 0);
        ConstantArray scale = array(call, 1);
        ConstantArray zero = call.has(2) ? array(call, 2) : null;
        int axis = (int) call.attributes().longValue("axis", 1);
        QuantizationOperators.requireSingleBlock(call);
        boolean single = scale.size() == 1;
        int at = single ? 0 : OperatorCall.axis(axis, x.rank());
        if (!single && scale.size() != x.dims()[at] || zero != null && zero.size() != scale.size()) {
            throw new IllegalArgumentException("has " + scale.size() + " scales for shape " + Shape.of(x.dims()));
        }
        int inner = IntStream.range(at + 1, x.rank()).map(i -> x.dims()[i]).reduce(1, (a, b) -> a * b);
        return ConstantArray.of(type, x.dims(), i -> {
            int channel = single ? 0 : i / inner % x.dims()[at];
            return step.apply(x.values()[i], scale.values()[channel], zero == null ? 0 : zero.values()[channel]);
        });
    }

    private static void reduction(Map<String, Function<OperatorCall, ConstantArray>> table, String name, int since,
                                  double start, DoubleBinaryOperator step, DoubleBinaryOperator end) {
        table.put(name, call -> {
            ConstantArray x = array(call, 0);
            int[] axes = ReduceOperators.axes(call, since, x.rank());
            boolean keep = call.attributes().longValue("keepdims", 1) != 0;
            if (axes.length == 0) {
                return x;
            }
            int[] kept = x.dims().clone();
            Arrays.stream(axes).forEach(axis -> kept[axis] = 1);
            ConstantArray sums = ConstantArray.of(x.type(), kept, i -> start);
            int[] strides = sums.strides();
            int[] own = new ConstantArray(x.type(), x.dims(), x.values()).strides();
            int[] dims = x.dims();
            for (int i = 0; i < x.size(); i++) {
                int to = 0;
                for (int axis = 0; axis < dims.length; axis++) {
                    to += own[axis] == 0 ? 0 : i / own[axis] % dims[axis] * strides[axis];
                }
                sums.values()[to] = step.applyAsDouble(sums.values()[to], x.values()[i]);
            }
            double count = sums.size() == 0 ? 1 : (double) x.size() / sums.size();
            int[] left = keep ? kept : IntStream.range(0, kept.length)
                    .filter(i -> Arrays.stream(axes).noneMatch(axis -> axis == i)).map(i -> kept[i]).toArray();
            return ConstantArray.of(x.type(), left, i -> end.applyAsDouble(sums.values()[i], count));
        });
    }
}
