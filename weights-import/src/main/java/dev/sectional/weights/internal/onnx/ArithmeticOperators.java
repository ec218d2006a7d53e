package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.NodeSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * Arithmetic of two values, or of a value and a constant. A constant that scales or shifts each channel becomes part of
 * the weights of the layer before it where it can ({@link ChannelFolding}).
 */
final class ArithmeticOperators {
    /** A score whose exponential is 0. */
    static final double HIDDEN = -1e30;

    private ArithmeticOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("Add", call -> chain(call, "Add"));
        table.put("Sum", call -> chain(call, "Add"));
        table.put("Mul", call -> chain(call, "Multiply"));
        table.put("Max", call -> chain(call, "Maximum"));
        table.put("Min", call -> chain(call, "Minimum"));
        table.put("Mean", ArithmeticOperators::mean);
        table.put("Sub", ArithmeticOperators::difference);
        table.put("Div", ArithmeticOperators::quotient);
        table.put("Pow", ArithmeticOperators::power);
        table.put("PRelu", ArithmeticOperators::parametricRelu);
        table.put("Where", ArithmeticOperators::where);
    }

    /**
     * Refuses the broadcasting of operator sets before 7 where it differs from today's: {@code axis} says to which axis
     * of the first input the first axis of the second one belongs.
     */
    private static void requireAlignedAtTheEnd(OperatorCall call) {
        int rank = call.inputDims().length;
        int other = call.inputCount() < 2 ? 0 : call.input(1) instanceof DynamicValue value ? value.rank()
                : call.constant(1).shape().rank();
        long axis = call.attributes().longValue("axis", rank - other);
        call.attributes().ignore("broadcast");
        if (call.opset() < 7 && other > 0 && (axis < 0 ? axis + rank : axis) != rank - other) {
            throw new IllegalArgumentException("broadcasts along axis " + axis + " as operator sets before 7 did;"
                    + " convert the model to a newer one (onnx.version_converter)");
        }
    }

    /** Combines inputs from left to right: first the values, then the constants. */
    private static void chain(OperatorCall call, String kind) {
        requireAlignedAtTheEnd(call);
        int[] values = IntStream.range(0, call.inputCount()).filter(i -> !call.isConstant(i)).toArray();
        DynamicValue result = call.dynamic(values[0]);
        for (int i = 1; i < values.length; i++) {
            result = merged(call, kind, result, call.dynamic(values[i]));
        }
        for (int i = 0; i < call.inputCount(); i++) {
            if (call.isConstant(i)) {
                result = withConstant(call, kind, result, kind.equals("Add") ? mask(call, i) : call.constant(i));
            }
        }
        call.setOutput(result);
    }

    /**
     * Returns what is added to a value. Minus infinity, which masks attention, becomes a finite number whose
     * exponential is 0 too, if a Softmax alone reads the sum.
     */
    private static ConstantValue mask(OperatorCall call, int input) {
        ConstantValue given = call.constant(input);
        Shape shape = given.shape();
        boolean read = shape.rank() > 1 && call.importer().readers(call.node().getOutput(0)).stream()
                .allMatch(reader -> reader.getOpType().equals("Softmax"));
        if (!read || call.importer().isEnd(call.node().getOutput(0))) {
            return given;
        }
        float[] values = given.values().tensor().data();
        int columns = shape.dim(shape.rank() - 1);
        for (int from = 0; from < values.length; from += columns) {
            if (IntStream.range(from, from + columns).allMatch(i -> values[i] == Float.NEGATIVE_INFINITY)) {
                throw new IllegalArgumentException("its mask hides all keys of a query, which is not supported; export"
                        + " the model without the mask");
            }
        }
        return ConstantArray.of(DType.F32, shape.dims(),
                i -> values[i] == Float.NEGATIVE_INFINITY ? HIDDEN : values[i]).toConstant();
    }

    private static void mean(OperatorCall call) {
        chain(call, "Add");
        DynamicValue sum = (DynamicValue) call.importer().value(call.node().getOutput(0));
        call.setOutput(withConstant(call, "Multiply", sum, scalar(1.0 / call.inputCount())));
    }

    private static void difference(OperatorCall call) {
        requireAlignedAtTheEnd(call);
        if (call.isConstant(1)) {
            call.setOutput(withConstant(call, "Add", call.dynamic(0), mapped(call.constant(1), v -> -v)));
        } else if (call.isConstant(0)) {
            DynamicValue x = call.dynamic(1);
            ConstantValue c = call.constant(0);
            if (c.shape().size() == 1) {
                x = withConstant(call, "Multiply", x, scalar(-1));
            } else {
                x = call.addSame("Neg", Map.of(), Map.of(), x);
            }
            call.setOutput(withConstant(call, "Add", x, c));
        } else {
            call.setOutput(merged(call, "Subtract", call.dynamic(0), call.dynamic(1)));
        }
    }

    private static void quotient(OperatorCall call) {
        requireAlignedAtTheEnd(call);
        if (call.isConstant(1)) {
            call.setOutput(withConstant(call, "Multiply", call.dynamic(0), mapped(call.constant(1), v -> 1 / v)));
        } else if (call.isConstant(0)) {
            DynamicValue inverse = call.addSame("Reciprocal", Map.of(), Map.of(), call.dynamic(1));
            call.setOutput(withConstant(call, "Multiply", inverse, call.constant(0)));
        } else {
            DynamicValue result = merged(call, "Divide", call.dynamic(0), call.dynamic(1));
            call.setOutput(Patterns.quotient(call, result));
        }
    }

    private static void power(OperatorCall call) {
        double exponent = call.number(1, 1);
        DynamicValue given = call.dynamic(0);
        DynamicValue x = widened(given, Math.max(given.rank(), call.constant(1).shape().rank()), call);
        if (exponent == 1) {
            call.setOutput(x);
        } else if (exponent == 0.5) {
            call.setOutput(call.addSame("Sqrt", Map.of(), Map.of(), x));
        } else if (exponent == -1) {
            call.setOutput(call.addSame("Reciprocal", Map.of(), Map.of(), x));
        } else {
            call.setOutput(call.addSame("Power", NodeSpec.settings("exponent", exponent), Map.of(), x));
        }
    }

    private static void parametricRelu(OperatorCall call) {
        DynamicValue x = call.layouts().aligned(call.dynamic(0));
        ConstantValue slope = call.constant(1);
        if (call.opset() < 7 && slope.shape().rank() == 1 && x.rank() > 2) {   // one slope per channel
            int[] dims = new int[x.rank() - 1];
            Arrays.fill(dims, 1);
            dims[0] = slope.shape().size();
            slope = slope.reshaped(Shape.of(dims));
        }
        if (slope.shape().size() == 1) {
            call.setOutput(call.addSame("LeakyReLU", NodeSpec.settings("slope", call.number(1, 0)), Map.of(), x));
            return;
        }
        Tensor weight = Constants.arranged(call, slope, x.rank(), axesByStorage(x));
        call.setOutput(call.addSame("PReLU", Map.of(), Map.of("weight", weight), x));
    }

    /** Takes a value where a constant condition holds, and a constant elsewhere. */
    private static void where(OperatorCall call) {
        if (!call.isConstant(0) || call.isConstant(1) == call.isConstant(2)) {
            throw new IllegalArgumentException("chooses by a condition that depends on the image, or between two"
                    + " values; only a constant in place of some elements is supported");
        }
        boolean valueWhereTrue = !call.isConstant(1);
        ConstantArray condition = ConstantFolder.array(call, 0);
        ConstantArray constant = ConstantFolder.array(call, valueWhereTrue ? 2 : 1);
        int[] dims = ConstantArray.broadcast(condition.dims(), constant.dims());
        call.importer().limits().countFolded(3L * Shape.of(dims).size());
        double[] holds = condition.broadcast(dims).values();
        double[] given = constant.broadcast(dims).values();
        ConstantArray mask = ConstantArray.of(DType.F32, dims,
                i -> holds[i] != 0 == valueWhereTrue ? 1 : 0);
        // minus infinity, which masks attention, becomes a finite number whose exponential is 0 too
        ConstantArray rest = ConstantArray.of(DType.F32, dims, i -> mask.values()[i] != 0 ? 0
                : Math.max(HIDDEN, Math.min(-HIDDEN, given[i])));
        DynamicValue x = call.dynamic(valueWhereTrue ? 1 : 2);
        DynamicValue kept = withConstant(call, "Multiply", x, mask.toConstant());
        call.setOutput(withConstant(call, "Add", kept, rest.toConstant()));
    }

    /** Combines two values element by element. */
    static DynamicValue merged(OperatorCall call, String kind, DynamicValue a, DynamicValue b) {
        int[] dims = ConstantArray.broadcast(a.dims(), b.dims());
        DynamicValue left = widened(a, dims.length, call);
        DynamicValue right = widened(b, dims.length, call);
        int[] order = call.layouts().commonOrder(List.of(left, right));
        left = call.layouts().arranged(left, order);
        right = call.layouts().arranged(right, order);
        DynamicValue result = call.add(kind, Map.of(), Map.of(), dims, order, left, right);
        return kind.equals("Multiply") ? Patterns.product(call, result) : result;
    }

    private static DynamicValue widened(DynamicValue value, int rank, OperatorCall call) {
        if (value.rank() == rank) {
            return value;
        }
        if (call.importer().batch() != 1) {
            throw new IllegalArgumentException("combines a batch with values of another rank; export the model with a"
                    + " batch of 1");
        }
        int[] dims = new int[rank];
        Arrays.fill(dims, 1);
        System.arraycopy(value.dims(), 0, dims, rank - value.rank(), value.rank());
        return value.reshaped(dims, call.name());
    }

    /** Combines a value with a constant by Add, Multiply, Maximum or Minimum. */
    static DynamicValue withConstant(OperatorCall call, String kind, DynamicValue value, ConstantValue constant) {
        int[] dims = ConstantArray.broadcast(value.dims(), constant.shape().dims());
        int rank = constant.shape().rank();
        if (call.importer().batch() != 1
                && (rank > value.rank() || rank == value.rank() && rank > 0 && constant.shape().dim(0) != 1)) {
            throw new IllegalArgumentException("combines each image of a batch with numbers of its own; export the"
                    + " model with a batch of 1");
        }
        DynamicValue x = widened(value, dims.length, call);
        boolean clips = kind.equals("Maximum") || kind.equals("Minimum");
        if (!Arrays.equals(dims, x.dims())) {
            x = MovementOperators.expanded(call, x, dims);
        }
        if (clips && constant.shape().size() == 1) {
            float bound = constant.values().tensor().data()[0];
            return ActivationOperators.clipped(call, x, kind.equals("Maximum") ? bound : -Float.MAX_VALUE,
                    kind.equals("Minimum") ? bound : Float.MAX_VALUE);
        }
        DynamicValue aligned = call.layouts().aligned(x);
        if (clips) {
            int[] order = Layouts.storedOrder(aligned);
            DynamicValue held = Constants.node(call, constant.reshaped(widened(constant.shape(), dims.length)), order);
            return call.add(kind, Map.of(), Map.of(), dims, order, call.layouts().arranged(aligned, order), held);
        }
        Tensor operand = Constants.arranged(call, constant, dims.length, axesByStorage(aligned));
        DynamicValue folded = ChannelFolding.folded(call, aligned, kind, operand);
        if (folded != null) {
            return Patterns.product(call, folded);
        }
        return Patterns.product(call, call.addSame(kind + "Constant", Map.of(), Map.of("value", operand), aligned));
    }

    private static Shape widened(Shape shape, int rank) {
        int[] dims = new int[rank];
        Arrays.fill(dims, 1);
        System.arraycopy(shape.dims(), 0, dims, rank - shape.rank(), shape.rank());
        return Shape.of(dims);
    }

    /** Returns the axis in ONNX of each stored axis of an aligned value, -1 where there is none. */
    private static int[] axesByStorage(DynamicValue aligned) {
        int[] axes = new int[aligned.shape().rank()];
        Arrays.fill(axes, -1);
        int[] stored = aligned.storedAxes();
        IntStream.range(0, stored.length).filter(i -> stored[i] >= 0).forEach(i -> axes[stored[i]] = i);
        return axes;
    }

    private static ConstantValue scalar(double value) {
        return ConstantValue.of(DType.F32, Tensor.of(Shape.of(), (float) value));
    }

    private static ConstantValue mapped(ConstantValue constant, DoubleUnaryOperator change) {
        ConstantArray array = ConstantArray.of(constant);
        return ConstantArray.of(DType.F32, array.dims(),
                i -> change.applyAsDouble(array.values()[i])).toConstant();
    }

    /** Returns the weights of a layer that scales and shifts each channel. */
    static Map<String, TensorSource> affine(double[] scale, double[] shift) {
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        double[] ones = new double[scale.length];
        Arrays.fill(ones, 1);
        tensors.put("weight", vector(scale));
        tensors.put("bias", vector(shift));
        tensors.put("running_mean", vector(new double[scale.length]));
        tensors.put("running_var", vector(ones));
        return tensors;
    }

    static Tensor vector(double[] values) {
        Tensor vector = Tensor.zeros(Shape.of(values.length));
        IntStream.range(0, values.length).forEach(i -> vector.data()[i] = (float) values[i]);
        return vector;
    }
}
