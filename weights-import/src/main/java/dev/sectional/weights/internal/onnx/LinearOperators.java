package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.TensorViews;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.stream.IntStream;

/**
 * Matrix products, sums, and what scales and shifts each channel. A scale and a shift that follow a convolution or a linear
 * layer whose output nothing else takes become part of its weights, as relevance rules want it.
 */
final class LinearOperators {
    private LinearOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> known) {
        known.put("Gemm", LinearOperators::gemm);
        known.put("MatMul", LinearOperators::matMul);
        known.put("BatchNormalization", LinearOperators::batchNorm);
        known.put("Sum", LinearOperators::sum);
        known.put("Add", call -> arithmetic(call, Long::sum, LinearOperators::sum));
        known.put("Sub", call -> arithmetic(call, (a, b) -> a - b, LinearOperators::difference));
        known.put("Mul", call -> arithmetic(call, (a, b) -> a * b, LinearOperators::product));
        known.put("Div", call -> arithmetic(call, (a, b) -> a / b, LinearOperators::quotient));
    }

    private static void gemm(OperatorCall call) {
        DynamicValue x = call.vector(0);
        ConstantValue b = call.known(1);
        boolean outputsFirst = call.attributes().flag("transB");
        float alpha = call.attributes().number("alpha", 1);
        float beta = call.attributes().number("beta", 1);
        call.attributes().ignore("broadcast");
        if (call.attributes().flag("transA")) {
            throw new IllegalArgumentException("transA exchanges images and values; it is not supported");
        }
        requireMatrix(b);
        call.importer().budget().channels(b.shape().dim(outputsFirst ? 0 : 1));
        TensorSource weight = outputsFirst ? b.values() : call.importer().transposed(b);
        int outputs = weight.shape().dim(0);
        ConstantValue c = call.knownOrNull(2);
        float[] bias = c == null ? null : perChannel(c, new int[] {x.dims()[0], outputs}, 1);
        for (int i = 0; bias != null && i < outputs; i++) {
            bias[i] *= beta;
        }
        if (alpha != 1) {
            float[] scale = new float[outputs];
            Arrays.fill(scale, alpha);
            weight = TensorViews.rowsScaled(weight, scale);
        }
        call.emit("Linear", Map.of(), OperatorCall.tensors(weight, bias == null ? null : Tensor.of(Shape.of(outputs), bias)), x);
    }

    private static void matMul(OperatorCall call) {
        DynamicValue x = call.vector(0);
        ConstantValue b = call.known(1);
        requireMatrix(b);
        call.importer().budget().channels(b.shape().dim(1));
        call.emit("Linear", Map.of(), OperatorCall.tensors(call.importer().transposed(b), null), x);
    }

    private static void requireMatrix(ConstantValue b) {
        if (b.shape().rank() != 2 || b.shape().size() == 0) {
            throw new IllegalArgumentException("its weights have shape " + b.shape() + ", wanted a matrix");
        }
    }

    private static void batchNorm(OperatorCall call) {
        DynamicValue x = call.mapOrVector(0);
        float epsilon = call.attributes().number("epsilon", 1e-5f);
        call.attributes().ignore("momentum", "is_test");
        if (call.attributes().flag("training_mode") || call.attributes().whole("spatial", 1) == 0) {
            throw new IllegalArgumentException("normalises by the batch or by place; only batch norm for evaluation is supported");
        }
        if (!(epsilon >= 0) || Float.isInfinite(epsilon)) {
            throw new IllegalArgumentException("its epsilon is " + epsilon);
        }
        float[][] values = new float[4][];
        for (int i = 0; i < 4; i++) {
            if (!call.known(i + 1).shape().equals(Shape.of(x.channels()))) {
                throw new IllegalArgumentException("input " + (i + 2) + " has shape " + call.known(i + 1).shape() + ", wanted " + x.channels() + " values");
            }
            values[i] = call.known(i + 1).values().tensor().data();
        }
        double[] scale = new double[x.channels()];
        double[] shift = new double[x.channels()];
        for (int c = 0; c < scale.length; c++) {
            scale[c] = values[0][c] / Math.sqrt((double) values[3][c] + epsilon);
            shift[c] = values[1][c] - scale[c] * values[2][c];
        }
        if (foldable(call, x)) {
            fold(call, x, scale, shift);
        } else {
            Map<String, TensorSource> tensors = new LinkedHashMap<>();
            for (String key : List.of("weight", "bias", "running_mean", "running_var")) {
                tensors.put(key, call.known(tensors.size() + 1).values());
            }
            call.emit("BatchNorm2d", NodeSpec.settings("epsilon", epsilon), tensors, x);
        }
    }

    private static void sum(OperatorCall call) {
        List<Integer> constants = IntStream.range(0, call.inputs()).filter(call::isKnown).boxed().toList();
        DynamicValue[] inputs = IntStream.range(0, call.inputs()).filter(i -> !call.isKnown(i)).mapToObj(call::mapOrVector).toArray(DynamicValue[]::new);
        if (inputs.length == 0) {
            throw new IllegalArgumentException("adds constants alone, which is not supported");
        }
        if (inputs.length > 1 && !constants.isEmpty()) {
            throw new IllegalArgumentException("adds several values of the image and constants, which is not supported");
        }
        if (constants.isEmpty()) {
            if (inputs.length == 1) {
                call.put(call.computed(0));
            } else {
                call.emit("Add", Map.of(), Map.of(), inputs);
            }
            return;
        }
        double[] shift = new double[inputs[0].channels()];
        constants.forEach(i -> {
            float[] more = perChannel(call.known(i), inputs[0].dims(), 1);
            Arrays.setAll(shift, c -> shift[c] + more[c]);
        });
        affine(call, inputs[0], filled(shift.length, 1), shift);
    }

    private static void difference(OperatorCall call) {
        boolean minuend = !call.isKnown(0);
        DynamicValue x = call.mapOrVector(minuend ? 0 : 1);
        double[] shift = constant(call, minuend ? 1 : 0, x, v -> minuend ? -v : v);
        affine(call, x, filled(shift.length, minuend ? 1 : -1), shift);
    }

    private static void product(OperatorCall call) {
        boolean first = !call.isKnown(0);
        DynamicValue x = call.mapOrVector(first ? 0 : 1);
        double[] scale = constant(call, first ? 1 : 0, x, v -> v);
        affine(call, x, scale, new double[scale.length]);
    }

    private static void quotient(OperatorCall call) {
        DynamicValue x = call.mapOrVector(0);
        double[] scale = constant(call, 1, x, v -> 1 / v);
        affine(call, x, scale, new double[scale.length]);
    }

    /** Two constants are worked out, as far as shapes need it; else the operator is what the image's values go through. */
    private static void arithmetic(OperatorCall call, LongBinaryOperator constants, OperatorTable.Operator otherwise) {
        if (!call.isKnown(0) || !call.isKnown(1)) {
            otherwise.run(call);
            return;
        }
        long[] a = call.whole(0);
        long[] b = call.whole(1);
        int size = Math.max(a.length, b.length);
        if (a.length != size && a.length != 1 || b.length != size && b.length != 1) {
            throw new IllegalArgumentException("takes " + a.length + " numbers and " + b.length);
        }
        long[] result = IntStream.range(0, size).mapToLong(i -> constants.applyAsLong(a[i % a.length], b[i % b.length])).toArray();
        call.put(ConstantValue.ofWhole(call.known(a.length == size ? 0 : 1).shape(), result));
    }

    private static double[] constant(OperatorCall call, int input, DynamicValue x, DoubleUnaryOperator change) {
        if (!call.isKnown(input)) {
            throw new IllegalArgumentException("combines two values of the image; only constants are supported here");
        }
        float[] values = perChannel(call.known(input), x.dims(), 1);
        return IntStream.range(0, values.length).mapToDouble(i -> change.applyAsDouble(values[i])).toArray();
    }

    /** One value per index of an axis, from a constant that ONNX would spread over all others. */
    private static float[] perChannel(ConstantValue constant, int[] dims, int axis) {
        Shape shape = constant.shape();
        int shift = dims.length - shape.rank();
        boolean fits = shape.size() == 1 || shape.size() == dims[axis] && axis >= shift && axis - shift >= 0 && shape.dim(axis - shift) == dims[axis];
        if (shift < 0 || !fits) {
            throw new IllegalArgumentException("a constant of shape " + shape + " does not go with shape " + Shape.of(dims)
                    + ": wanted one number, or one per channel");
        }
        float[] values = constant.values().tensor().data();
        float[] spread = new float[dims[axis]];
        for (int i = 0; i < spread.length; i++) {
            spread[i] = values[i % values.length];
        }
        return spread;
    }

    private static void affine(OperatorCall call, DynamicValue x, double[] scale, double[] shift) {
        if (foldable(call, x)) {
            fold(call, x, scale, shift);
            return;
        }
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        tensors.put("weight", vector(scale));
        tensors.put("bias", vector(shift));
        tensors.put("running_mean", vector(new double[scale.length]));
        tensors.put("running_var", vector(filled(scale.length, 1)));
        call.emit("BatchNorm2d", NodeSpec.settings("epsilon", 0), tensors, x);
    }

    private static boolean foldable(OperatorCall call, DynamicValue x) {
        NodeSpec spec = call.importer().spec(x);
        return spec != null && !x.shared() && (spec.kind().equals("Conv2d") || spec.kind().equals("Linear"));
    }

    /** {@code scale (w x + b) + shift} as {@code (scale w) x + (scale b + shift)}. */
    private static void fold(OperatorCall call, DynamicValue x, double[] scale, double[] shift) {
        NodeSpec spec = call.importer().spec(x);
        TensorSource weight = spec.tensors().get("weight");
        TensorSource before = spec.tensors().get("bias");
        float[] bias = before == null ? new float[scale.length] : before.tensor().copy().data();
        float[] factors = new float[scale.length];
        boolean scaled = false;
        for (int c = 0; c < scale.length; c++) {
            bias[c] = (float) (bias[c] * scale[c] + shift[c]);
            factors[c] = (float) scale[c];
            scaled |= scale[c] != 1;
        }
        call.importer().replace(spec.with(OperatorCall.tensors(scaled ? TensorViews.rowsScaled(weight, factors) : weight,
                Tensor.of(Shape.of(bias.length), bias))));
        call.put(x);
    }

    private static TensorSource vector(double[] values) {
        Tensor vector = Tensor.zeros(Shape.of(values.length));
        IntStream.range(0, values.length).forEach(i -> vector.data()[i] = (float) values[i]);
        return vector;
    }

    private static double[] filled(int count, double value) {
        double[] filled = new double[count];
        Arrays.fill(filled, value);
        return filled;
    }
}
