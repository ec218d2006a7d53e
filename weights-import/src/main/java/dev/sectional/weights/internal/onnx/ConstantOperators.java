package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.weights.internal.common.TensorViews;
import dev.sectional.weights.internal.onnx.proto.GraphProto;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import java.util.Arrays;
import java.util.Map;

/** Nodes that hold or fill constants, and branches that a constant decides. */
final class ConstantOperators {
    private ConstantOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("Constant", ConstantOperators::constant);
        table.put("ConstantOfShape", ConstantOperators::constantOfShape);
        table.put("If", ConstantOperators::branch);
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

    /** Imports the branch that a constant condition takes. */
    private static void branch(OperatorCall call) {
        if (!call.isConstant(0)) {
            throw new IllegalArgumentException("its condition depends on the image; export the model without branches");
        }
        boolean holds = call.number(0, 0) != 0;
        GraphProto then = call.attributes().graph("then_branch");
        GraphProto otherwise = call.attributes().graph("else_branch");
        call.importer().runBranch(holds ? then : otherwise, call.node());
        call.setAllComputed();
    }

    private static long[] toLongs(int[] ints) {
        return ints == null ? null : Arrays.stream(ints).asLongStream().toArray();
    }
}
