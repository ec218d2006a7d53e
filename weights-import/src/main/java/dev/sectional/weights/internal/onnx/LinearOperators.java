package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.weights.internal.common.TensorViews;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/** Matrix products: of a value and constant weights, which become a linear layer, and of two values. */
final class LinearOperators {
    private LinearOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("Gemm", LinearOperators::gemm);
        table.put("MatMul", LinearOperators::matMul);
    }

    private static void gemm(OperatorCall call) {
        boolean first = call.attributes().flag("transA");
        boolean second = call.attributes().flag("transB");
        float alpha = call.attributes().floatValue("alpha", 1);
        float beta = call.attributes().floatValue("beta", 1);
        call.attributes().ignore("broadcast");
        DynamicValue x = call.dynamic(0);
        if (x.rank() != 2) {
            throw new IllegalArgumentException("takes a vector (batch, elements), got shape "
                    + call.importer().withBatch(x.dims()));
        }
        x = first ? ShapeOperators.transposed(call, x, new int[] {1, 0}) : x;
        DynamicValue y;
        if (call.isConstant(1)) {
            ConstantValue b = call.constant(1);
            requireMatrix(b);
            TensorSource weight = second ? b.values() : call.importer().transposed(b);
            if (alpha != 1) {
                float[] scale = new float[weight.shape().dim(0)];
                Arrays.fill(scale, alpha);
                weight = TensorViews.rowsScaled(weight, scale);
            }
            y = linear(call, x, 1, weight);
        } else {
            DynamicValue b = call.dynamic(1);
            y = product(call, x, second ? ShapeOperators.transposed(call, b, new int[] {1, 0}) : b);
            y = alpha == 1 ? y : ArithmeticOperators.withConstant(call, "Multiply", y, number(alpha));
        }
        call.setOutput(call.has(2) ? plus(call, y, beta) : y);
    }

    private static DynamicValue plus(OperatorCall call, DynamicValue y, float beta) {
        if (call.isConstant(2)) {
            ConstantArray c = ConstantFolder.array(call, 2);
            ConstantValue scaled = beta == 1 ? call.constant(2)
                    : ConstantArray.of(c.type(), c.dims(), i -> c.values()[i] * beta).toConstant();
            return ArithmeticOperators.withConstant(call, "Add", y, scaled);
        }
        DynamicValue c = call.dynamic(2);
        return ArithmeticOperators.merged(call, "Add", y,
                beta == 1 ? c : ArithmeticOperators.withConstant(call, "Multiply", c, number(beta)));
    }

    private static ConstantValue number(float value) {
        return ConstantValue.of(DType.F32, Tensor.of(Shape.of(), value));
    }

    private static void matMul(OperatorCall call) {
        call.setOutput(product(call, call.input(0), call.input(1)));
    }

    /** Returns the product of two values, or of a value and a constant, on their last two axes. */
    static DynamicValue product(OperatorCall call, GraphValue left, GraphValue right) {
        if (right instanceof ConstantValue b) {
            DynamicValue x = call.importer().computed((DynamicValue) left);
            Shape shape = b.shape();
            int leading = IntStream.range(0, Math.max(0, shape.rank() - 2)).map(shape::dim).reduce(1, (m, n) -> m * n);
            if (shape.rank() >= 2 && leading == 1 && shape.rank() <= Math.max(2, x.rank())) {
                ConstantValue matrix = b.reshaped(Shape.of(shape.dim(shape.rank() - 2), shape.dim(shape.rank() - 1)));
                requireMatrix(matrix);
                return linear(call, x, x.rank() - 1, call.importer().transposed(matrix));
            }
            if (shape.rank() == 1) {
                DynamicValue y = linear(call, x, x.rank() - 1, b.reshaped(Shape.of(1, shape.dim(0))).values());
                return y.reshaped(Arrays.copyOf(y.dims(), y.rank() - 1), call.name());
            }
            return product(call, x, Constants.node(call, b, IntStream.range(0, shape.rank()).toArray()));
        }
        DynamicValue y = call.importer().computed((DynamicValue) right);
        if (left instanceof ConstantValue a) {
            if (a.shape().rank() == 2 && y.rank() >= 2) {
                requireMatrix(a);
                return linear(call, y, y.rank() - 2, a.values());
            }
            return product(call, Constants.node(call, a, IntStream.range(0, a.shape().rank()).toArray()), y);
        }
        return product(call, call.importer().computed((DynamicValue) left), y);
    }

    private static DynamicValue product(OperatorCall call, DynamicValue a, DynamicValue b) {
        int rank = Math.max(a.rank(), b.rank());
        if (a.rank() < 2 || b.rank() < 2 || call.importer().batch() != 1 && a.rank() != b.rank()) {
            throw new IllegalArgumentException("multiplies shapes " + Shape.of(a.dims()) + " and "
                    + Shape.of(b.dims()) + ", wanted matrices");
        }
        DynamicValue left = widened(call, a, rank);
        DynamicValue right = widened(call, b, rank);
        if (left.dims()[rank - 1] != right.dims()[rank - 2]) {
            throw new IllegalArgumentException("multiplies shapes " + Shape.of(a.dims()) + " and "
                    + Shape.of(b.dims()));
        }
        int[] dims = new int[rank];
        int[] leading = ConstantArray.broadcast(Arrays.copyOf(left.dims(), rank - 2),
                Arrays.copyOf(right.dims(), rank - 2));
        System.arraycopy(leading, 0, dims, 0, rank - 2);
        dims[rank - 2] = left.dims()[rank - 2];
        dims[rank - 1] = right.dims()[rank - 1];
        int[] order = IntStream.range(0, rank).filter(i -> i >= rank - 2 || dims[i] != 1).toArray();
        return call.add("MatMul", Map.of(), Map.of(), dims, order, call.layouts().arranged(left, order),
                call.layouts().arranged(right, order));
    }

    private static DynamicValue widened(OperatorCall call, DynamicValue value, int rank) {
        int[] dims = new int[rank];
        Arrays.fill(dims, 1);
        System.arraycopy(value.dims(), 0, dims, rank - value.rank(), value.rank());
        return value.reshaped(dims, call.name());
    }

    /**
     * Adds a linear layer along an axis.
     *
     * @param weight (outputs, inputs)
     */
    static DynamicValue linear(OperatorCall call, DynamicValue value, int axis, TensorSource weight) {
        call.requireNotBatch(axis);
        call.importer().limits().countChannels(weight.shape().dim(0));
        DynamicValue x = call.layouts().withLast(value, axis);
        int[] dims = x.dims().clone();
        dims[axis] = weight.shape().dim(0);
        return call.add("Linear", Map.of(), OperatorCall.tensors(weight, null), dims, Layouts.storedOrder(x), x);
    }

    private static void requireMatrix(ConstantValue b) {
        if (b.shape().rank() != 2 || b.shape().size() == 0) {
            throw new IllegalArgumentException("its weights have shape " + b.shape() + ", wanted a matrix");
        }
    }
}
