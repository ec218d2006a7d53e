package dev.sectional.nn.model;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.Window;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.AddConstant;
import dev.sectional.nn.layer.Arithmetic;
import dev.sectional.nn.layer.Concat;
import dev.sectional.nn.layer.Constant;
import dev.sectional.nn.layer.ConvTranspose2d;
import dev.sectional.nn.layer.Expand;
import dev.sectional.nn.layer.FixedSize;
import dev.sectional.nn.layer.Gather;
import dev.sectional.nn.layer.MatMul;
import dev.sectional.nn.layer.MultiplyConstant;
import dev.sectional.nn.layer.Normalization;
import dev.sectional.nn.layer.PReLU;
import dev.sectional.nn.layer.Pad;
import dev.sectional.nn.layer.Permute;
import dev.sectional.nn.layer.Pointwise;
import dev.sectional.nn.layer.Quantize;
import dev.sectional.nn.layer.Reduce;
import dev.sectional.nn.layer.Reshape;
import dev.sectional.nn.layer.Resize;
import dev.sectional.nn.layer.ScalarFunction;
import dev.sectional.nn.layer.Slice;
import dev.sectional.nn.layer.Softmax;
import java.util.Map;
import java.util.function.Function;

/**
 * The kinds of layers for values of any rank. Axes count from 0, without the batch, in the order in which values are
 * stored: rows, columns, channels for a feature map. A list of settings has one number per axis.
 *
 * <table>
 * <caption>Kinds</caption>
 * <tr><th>kind</th><th>settings</th><th>tensors</th></tr>
 * <tr><td>the functions of {@link ScalarFunction}, such as Sigmoid or GELU</td>
 * <td>their parameters; defaults apply</td><td></td></tr>
 * <tr><td>PReLU</td><td></td><td>weight, broadcasts</td></tr>
 * <tr><td>Subtract, Multiply, Divide, Maximum, Minimum</td><td></td><td></td></tr>
 * <tr><td>AddConstant, MultiplyConstant, Constant</td><td></td><td>value</td></tr>
 * <tr><td>Permute</td><td>axes</td><td></td></tr>
 * <tr><td>Reshape, Expand</td><td>shape</td><td></td></tr>
 * <tr><td>Slice</td><td>axis, start, step, count</td><td></td></tr>
 * <tr><td>Gather</td><td>axis, indices, drop</td><td></td></tr>
 * <tr><td>Concat</td><td>axis (default: the last)</td><td></td></tr>
 * <tr><td>Pad</td><td>before, after, mode (0 constant, 1 reflect, 2 edge), value (default 0)</td><td></td></tr>
 * <tr><td>Softmax, LogSoftmax</td><td>axis</td><td></td></tr>
 * <tr><td>ReduceMean, ReduceSum, ReduceMax, ReduceMin, ReduceL2</td><td>axes, keep</td><td></td></tr>
 * <tr><td>GlobalMaxPool2d</td><td></td><td></td></tr>
 * <tr><td>FixedSize</td><td>size (2), only (default 0)</td><td></td></tr>
 * <tr><td>MatMul</td><td></td><td></td></tr>
 * <tr><td>LayerNorm, RMSNorm</td><td>axes (number of last axes), epsilon</td><td>weight, bias, or none</td></tr>
 * <tr><td>GroupNorm</td><td>groups, epsilon</td><td>weight, bias (C), or none</td></tr>
 * <tr><td>LpNormalize</td><td>axis, p (1 or 2), epsilon (default 0)</td><td></td></tr>
 * <tr><td>Resize</td><td>size (2; 0, 0: by scale), scale (2, optional), mode, coordinates, rounding (numbers of the
 * constants of {@link Resize}; default 0), cubic_a (default -0.75), exclude_outside (default 0)</td><td></td></tr>
 * <tr><td>ConvTranspose2d</td><td>stride (2), padding (4), dilation (2), groups, output_padding (2)</td>
 * <td>weight (C, O / groups, kh, kw), bias (O) or none</td></tr>
 * <tr><td>Quantize</td><td>least, greatest</td><td>scale, zero (default 0), which broadcast</td></tr>
 * </table>
 */
final class TensorKinds {
    private TensorKinds() {
    }

    static void addTo(Map<String, Function<NodeSpec, Layer>> kinds) {
        for (ScalarFunction function : ScalarFunction.values()) {
            kinds.put(function.kind(), spec -> new Pointwise(function, parameter(spec, function, 0),
                    parameter(spec, function, 1)));
        }
        for (Arithmetic.Operation operation : Arithmetic.Operation.values()) {
            kinds.put(operation.kind(), spec -> new Arithmetic(operation));
        }
        for (Reduce.Operation operation : Reduce.Operation.values()) {
            kinds.put(operation.kind(), spec -> new Reduce(operation, spec.wholes("axes"), spec.whole("keep") != 0));
        }
        kinds.put("GlobalMaxPool2d", spec -> new Reduce(Reduce.Operation.MAX, new int[] {0, 1}, true));
        kinds.put("PReLU", spec -> new PReLU(spec.tensor("weight")));
        kinds.put("AddConstant", spec -> new AddConstant(spec.tensor("value")));
        kinds.put("MultiplyConstant", spec -> new MultiplyConstant(spec.tensor("value")));
        kinds.put(LayerRegistry.CONSTANT, spec -> new Constant(spec.tensor("value")));
        kinds.put("Softmax", spec -> new Softmax(spec.whole("axis"), false));
        kinds.put("LogSoftmax", spec -> new Softmax(spec.whole("axis"), true));
        kinds.put("Quantize", TensorKinds::quantize);
        kinds.put("MatMul", spec -> new MatMul());
        kinds.put("Resize", TensorKinds::resize);
        kinds.put("ConvTranspose2d", TensorKinds::convTranspose);
        addNormalizations(kinds);
        addRearrangements(kinds);
    }

    private static void addRearrangements(Map<String, Function<NodeSpec, Layer>> kinds) {
        kinds.put("FixedSize", spec -> new FixedSize(spec.wholes("size", 2)[0], spec.wholes("size", 2)[1],
                spec.whole("only", 0) != 0));
        kinds.put("Permute", spec -> new Permute(spec.wholes("axes")));
        kinds.put("Reshape", spec -> new Reshape(Shape.of(spec.wholes("shape"))));
        kinds.put("Expand", spec -> new Expand(Shape.of(spec.wholes("shape"))));
        kinds.put("Slice", spec -> new Slice(spec.whole("axis"), spec.whole("start"), spec.whole("step"),
                spec.whole("count")));
        kinds.put("Gather", spec -> new Gather(spec.whole("axis"), spec.wholes("indices"), spec.whole("drop", 0) != 0));
        kinds.put("Concat", spec -> spec.settings().containsKey("axis") ? new Concat(spec.whole("axis"))
                : new Concat());
        kinds.put("Pad", spec -> new Pad(spec.wholes("before"), spec.wholes("after"),
                choice(spec, "mode", Pad.Mode.values()), (float) spec.decimal("value", 0)));
    }

    private static void addNormalizations(Map<String, Function<NodeSpec, Layer>> kinds) {
        kinds.put("LayerNorm", spec -> affine(spec, Normalization.layerNorm(spec.whole("axes"),
                spec.decimal("epsilon"))));
        kinds.put("RMSNorm", spec -> affine(spec, Normalization.rmsNorm(spec.whole("axes"), spec.decimal("epsilon"))));
        kinds.put("GroupNorm", spec -> affine(spec, Normalization.groupNorm(spec.whole("groups"),
                spec.decimal("epsilon"))));
        kinds.put("LpNormalize", spec -> Normalization.lpNormalize(spec.whole("axis"), spec.whole("p"),
                spec.decimal("epsilon", 0)));
    }

    private static Layer affine(NodeSpec spec, Normalization plain) {
        Normalization scaled = spec.has("weight") ? plain.weight(spec.tensor("weight")) : plain;
        return spec.has("bias") ? scaled.bias(spec.tensor("bias")) : scaled;
    }

    private static Layer resize(NodeSpec spec) {
        int[] size = spec.wholes("size", 2);
        double[] scale = spec.decimals("scale");
        if (scale.length != 0 && scale.length != 2) {
            throw new IllegalArgumentException("its scale is two numbers, got " + scale.length);
        }
        return new Resize(size[0], size[1], choice(spec, "mode", Resize.Interpolation.values()),
                choice(spec, "coordinates", Resize.Coordinates.values()),
                choice(spec, "rounding", Resize.Rounding.values()), spec.decimal("cubic_a", -0.75),
                spec.whole("exclude_outside", 0) != 0, scale.length == 0 ? 0 : scale[0],
                scale.length == 0 ? 0 : scale[1]);
    }

    private static Layer convTranspose(NodeSpec spec) {
        TensorSource weight = spec.tensor("weight");
        if (weight.shape().rank() != 4) {
            throw new IllegalArgumentException("its weight has shape (C, O / groups, rows, columns), got "
                    + weight.shape());
        }
        int[] kernel = {weight.shape().dim(2), weight.shape().dim(3)};
        Window[] windows = LayerRegistry.windows(spec, kernel, spec.wholes("dilation", 2));
        ConvTranspose2d layer = ConvTranspose2d.of(weight, new ConvolutionGeometry(windows[0], windows[1]),
                spec.whole("groups"), spec.wholes("output_padding", 2));
        return spec.has("bias") ? layer.bias(spec.tensor("bias")) : layer;
    }

    private static double parameter(NodeSpec spec, ScalarFunction function, int i) {
        return i < function.parameters().size()
                ? spec.decimal(function.parameters().get(i), function.defaultValue(i)) : 0;
    }

    private static Layer quantize(NodeSpec spec) {
        TensorSource scale = spec.tensor("scale");
        TensorSource zero = spec.has("zero") ? spec.tensor("zero") : Tensor.zeros(scale.shape());
        return new Quantize(scale, zero, spec.decimal("least"), spec.decimal("greatest"));
    }

    /** Returns the constant of an enum that a setting names by its number; the first if it is missing. */
    static <E> E choice(NodeSpec spec, String key, E[] values) {
        int number = spec.whole(key, 0);
        if (number < 0 || number >= values.length) {
            throw new IllegalArgumentException("its " + key + " is " + number + ", wanted 0 to " + (values.length - 1));
        }
        return values[number];
    }
}
