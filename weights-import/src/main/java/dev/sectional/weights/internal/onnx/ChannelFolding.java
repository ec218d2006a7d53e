package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.TensorViews;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Makes a scale and a shift of each channel part of the weights of the layer before it, if nothing else uses that
 * layer's output, because relevance rules expect that.
 */
final class ChannelFolding {
    private static final Set<String> PRODUCTS = Set.of("Conv2d", "Linear");
    private static final Set<String> NORMS = Set.of("LayerNorm", "GroupNorm");

    private ChannelFolding() {}

    /**
     * Returns a value with a constant added or multiplied: folded into the layer before, or as a layer that scales and
     * shifts channels. Null if the constant is not one number per channel.
     *
     * @param x aligned value
     * @param kind {@code Add} or {@code Multiply}
     * @param operand constant in the stored order of the value
     */
    static DynamicValue folded(OperatorCall call, DynamicValue x, String kind, Tensor operand) {
        int channels = x.channels();
        int[] dims = operand.shape().dims();
        boolean perChannel = operand.shape().size() == dims[dims.length - 1] && dims[dims.length - 1] == channels;
        if (!perChannel && operand.shape().size() != 1) {
            return null;
        }
        double[] scale = new double[channels];
        double[] shift = new double[channels];
        Arrays.fill(scale, 1);
        for (int c = 0; c < channels; c++) {
            (kind.equals("Add") ? shift : scale)[c] = operand.data()[operand.data().length == 1 ? 0 : c];
        }
        if (folds(call, x)) {
            fold(call, x, scale, shift);
            return x;
        }
        boolean layer = perChannel && channels > 1 && (x.shape().rank() == 3 || x.shape().rank() == 1);
        return layer ? call.addSame("BatchNorm2d", NodeSpec.settings("epsilon", 0),
                ArithmeticOperators.affine(scale, shift), x) : null;
    }

    /** Returns whether a scale and a shift of each channel of a value can become part of a layer's weights. */
    static boolean folds(OperatorCall call, DynamicValue x) {
        NodeSpec spec = call.importer().spec(x);
        if (spec == null || x.shared()) {
            return false;
        }
        boolean norm = NORMS.contains(spec.kind()) && spec.tensors().getOrDefault("weight",
                Tensor.zeros(Shape.of(x.channels()))).shape().equals(Shape.of(x.channels()))
                && (!spec.kind().equals("LayerNorm") || Long.valueOf(1).equals(spec.settings().get("axes")));
        return norm || PRODUCTS.contains(spec.kind());
    }

    /** Turns {@code scale (w x + b) + shift} into {@code (scale w) x + (scale b + shift)}. */
    static void fold(OperatorCall call, DynamicValue x, double[] scale, double[] shift) {
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
        TensorSource changed = weight;
        if (NORMS.contains(spec.kind())) {
            float[] gain = weight == null ? null : weight.tensor().copy().data();
            for (int c = 0; c < factors.length; c++) {
                factors[c] *= gain == null ? 1 : gain[c];
            }
            changed = Tensor.of(Shape.of(factors.length), factors);
        } else if (scaled) {
            changed = TensorViews.rowsScaled(weight, factors);
        }
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        tensors.put("weight", changed);
        tensors.put("bias", Tensor.of(Shape.of(bias.length), bias));
        call.importer().replace(spec.with(tensors));
    }
}
