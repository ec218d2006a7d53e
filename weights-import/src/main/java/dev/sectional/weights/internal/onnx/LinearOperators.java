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
 * Matrix products, sums, and operators that scale and shift each channel. A scale and a shift behind a convolution or a
 * linear
 * layer become part of its weights if nothing else uses the layer's output, because relevance rules expect that.
 */
final class LinearOperators {
    private LinearOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("Gemm", LinearOperators::gemm);
        table.put("MatMul", LinearOperators::matMul);
        table.put("BatchNormalization", LinearOperators::batchNorm);
        table.put("Sum", LinearOperators::sum);
        table.put("Add", call -> arithmetic(call, Long::sum, LinearOperators::sum));
        table.put("Sub", call -> arithmetic(call, (a, b) -> a - b, LinearOperators::difference));
        table.put("Mul", call -> arithmetic(call, (a, b) -> a * b, LinearOperators::product));
        table.put("Div", call -> arithmetic(call, (a, b) -> a / b, LinearOperators::quotient));
    }

    private static void gemm(OperatorCall call) {
        DynamicValue x = call.vector(0);
        ConstantValue b = call.constant(1);
        boolean outputsFirst = call.attributes().flag("transB");
        float alpha = call.attributes().floatValue("alpha", 1);
        float beta = call.attributes().floatValue("beta", 1);
        call.attributes().ignore("broadcast");
        if (call.attributes().flag("transA")) {
            throw new IllegalArgumentException("transA exchanges the batch and the elements, which is not supported");
        }
        requireMatrix(b);
        call.importer().limits().countChannels(b.shape().dim(outputsFirst ? 0 : 1));
        TensorSource weight = outputsFirst ? b.values() : call.importer().transposed(b);
        int outputs = weight.shape().dim(0);
        ConstantValue c = call.constantOrNull(2);
        float[] bias = c == null ? null : perChannel(c, new int[] {x.dims()[0], outputs});
        for (int i = 0; bias != null && i < outputs; i++) {
            bias[i] *= beta;
        }
        if (alpha != 1) {
            float[] scale = new float[outputs];
            Arrays.fill(scale, alpha);
            weight = TensorViews.rowsScaled(weight, scale);
        }
        Tensor biasTensor = bias == null ? null : Tensor.of(Shape.of(outputs), bias);
        call.emit("Linear", Map.of(), OperatorCall.tensors(weight, biasTensor), x);
    }

    private static void matMul(OperatorCall call) {
        DynamicValue x = call.vector(0);
        ConstantValue b = call.constant(1);
        requireMatrix(b);
        call.importer().limits().countChannels(b.shape().dim(1));
        call.emit("Linear", Map.of(), OperatorCall.tensors(call.importer().transposed(b), null), x);
    }

    private static void requireMatrix(ConstantValue b) {
        if (b.shape().rank() != 2 || b.shape().size() == 0) {
            throw new IllegalArgumentException("its weights have shape " + b.shape() + ", wanted a matrix");
        }
    }

    private static void batchNorm(OperatorCall call) {
        DynamicValue x = call.featureMapOrVector(0);
        float epsilon = call.attributes().floatValue("epsilon", 1e-5f);
        call.attributes().ignore("momentum", "is_test");
        if (call.attributes().flag("training_mode") || call.attributes().longValue("spatial", 1) == 0) {
            throw new IllegalArgumentException("normalises with the batch's statistics or by position;"
                    + " only batch normalisation for evaluation is supported");
        }
        if (!(epsilon >= 0) || Float.isInfinite(epsilon)) {
            throw new IllegalArgumentException("its epsilon is " + epsilon);
        }
        float[][] values = new float[4][];   // gamma, beta, mean, variance
        for (int i = 0; i < 4; i++) {
            ConstantValue parameter = call.constant(i + 1);
            if (!parameter.shape().equals(Shape.of(x.channels()))) {
                throw new IllegalArgumentException("input " + (i + 2) + " has shape " + parameter.shape() + ", wanted "
                        + x.channels() + " elements");
            }
            values[i] = parameter.values().tensor().data();
        }
        double[] scale = new double[x.channels()];
        double[] shift = new double[x.channels()];
        for (int c = 0; c < scale.length; c++) {
            scale[c] = values[0][c] / Math.sqrt((double) values[3][c] + epsilon);
            shift[c] = values[1][c] - scale[c] * values[2][c];
        }
        if (foldable(call, x)) {
            fold(call, x, scale, shift);
            return;
        }
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        for (String key : List.of("weight", "bias", "running_mean", "running_var")) {
            tensors.put(key, call.constant(tensors.size() + 1).values());
        }
        call.emit("BatchNorm2d", NodeSpec.settings("epsilon", epsilon), tensors, x);
    }

    private static void sum(OperatorCall call) {
        List<Integer> constants = IntStream.range(0, call.inputCount()).filter(call::isConstant).boxed().toList();
        DynamicValue[] inputs = IntStream.range(0, call.inputCount()).filter(i -> !call.isConstant(i))
                .mapToObj(call::featureMapOrVector).toArray(DynamicValue[]::new);
        if (inputs.length == 0) {
            throw new IllegalArgumentException("adds constants alone, which is not supported");
        }
        if (inputs.length > 1 && !constants.isEmpty()) {
            throw new IllegalArgumentException("adds several feature maps and constants, which is not supported");
        }
        if (constants.isEmpty()) {
            if (inputs.length == 1) {
                call.setOutput(call.dynamic(0));
            } else {
                call.emit("Add", Map.of(), Map.of(), inputs);
            }
            return;
        }
        double[] shift = new double[inputs[0].channels()];
        constants.forEach(i -> {
            float[] more = perChannel(call.constant(i), inputs[0].dims());
            Arrays.setAll(shift, c -> shift[c] + more[c]);
        });
        affine(call, inputs[0], filled(shift.length, 1), shift);
    }

    private static void difference(OperatorCall call) {
        boolean constantSecond = !call.isConstant(0);
        DynamicValue x = call.featureMapOrVector(constantSecond ? 0 : 1);
        double[] shift = constant(call, constantSecond ? 1 : 0, x, v -> constantSecond ? -v : v);
        affine(call, x, filled(shift.length, constantSecond ? 1 : -1), shift);
    }

    private static void product(OperatorCall call) {
        boolean constantSecond = !call.isConstant(0);
        DynamicValue x = call.featureMapOrVector(constantSecond ? 0 : 1);
        double[] scale = constant(call, constantSecond ? 1 : 0, x, v -> v);
        affine(call, x, scale, new double[scale.length]);
    }

    private static void quotient(OperatorCall call) {
        DynamicValue x = call.featureMapOrVector(0);
        double[] scale = constant(call, 1, x, v -> 1 / v);
        affine(call, x, scale, new double[scale.length]);
    }

    /** Computes two constants at import, as shapes need it; otherwise runs the operator on the network. */
    private static void arithmetic(OperatorCall call, LongBinaryOperator onConstants,
            OperatorTable.Operator otherwise) {
        if (!call.isConstant(0) || !call.isConstant(1)) {
            otherwise.run(call);
            return;
        }
        long[] a = call.integers(0);
        long[] b = call.integers(1);
        int size = Math.max(a.length, b.length);
        if (a.length != size && a.length != 1 || b.length != size && b.length != 1) {
            throw new IllegalArgumentException("takes " + a.length + " numbers and " + b.length);
        }
        long[] result = IntStream.range(0, size)
                .mapToLong(i -> onConstants.applyAsLong(a[i % a.length], b[i % b.length])).toArray();
        call.setOutput(ConstantValue.ofIntegers(call.constant(a.length == size ? 0 : 1).shape(), result));
    }

    private static double[] constant(OperatorCall call, int input, DynamicValue x, DoubleUnaryOperator change) {
        if (!call.isConstant(input)) {
            throw new IllegalArgumentException("combines two feature maps; only constants are supported here");
        }
        float[] values = perChannel(call.constant(input), x.dims());
        return IntStream.range(0, values.length).mapToDouble(i -> change.applyAsDouble(values[i])).toArray();
    }

    /** Returns one number per channel, axis 1 of {@code dims}, from a constant that ONNX broadcasts to {@code dims}. */
    private static float[] perChannel(ConstantValue constant, int[] dims) {
        Shape shape = constant.shape();
        int channels = dims[1];
        int axis = 1 - (dims.length - shape.rank());   // of the constant, whose last axis lies on the last of dims
        boolean onePerChannel = axis >= 0 && shape.size() == channels && shape.dim(axis) == channels;
        if (shape.rank() > dims.length || shape.size() != 1 && !onePerChannel) {
            throw new IllegalArgumentException("a constant of shape " + shape + " does not fit shape " + Shape.of(dims)
                    + ": wanted one number, or one per channel");
        }
        float[] values = constant.values().tensor().data();
        float[] spread = new float[channels];
        for (int i = 0; i < spread.length; i++) {
            spread[i] = values[i % values.length];
        }
        return spread;
    }

    /** Makes {@code scale x + shift} the output, per channel. */
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

    /** Turns {@code scale (w x + b) + shift} into {@code (scale w) x + (scale b + shift)}. */
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
        TensorSource changed = scaled ? TensorViews.rowsScaled(weight, factors) : weight;
        call.importer().replace(spec.with(OperatorCall.tensors(changed, Tensor.of(Shape.of(bias.length), bias))));
        call.setOutput(x);
    }

    private static Tensor vector(double[] values) {
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
