package dev.sectional.nn.model;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.PoolingGeometry;
import dev.sectional.core.TensorSource;
import dev.sectional.core.Window;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.AutoPadding;
import dev.sectional.nn.layer.AvgPool2d;
import dev.sectional.nn.layer.BatchNorm2d;
import dev.sectional.nn.layer.Clip;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Dropout;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.LeakyReLU;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.LocalResponseNorm;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.Pad2d;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.layer.Unflatten;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Creates layers from {@link NodeSpec}s: the list of layer kinds that a file may name. To add a kind, add a line to
 * this table and an entry to the map. Pairs are rows, columns; padding is top, left, bottom, right; a flag is 0 or 1;
 * auto_pad is 0 for the given padding, 1 or 2 for padding by the size of the input (same upper, same lower), which
 * replaces it.
 *
 * <table>
 * <caption>Kinds</caption>
 * <tr><th>kind</th><th>settings</th><th>tensors</th></tr>
 * <tr><td>Conv2d</td><td>stride (2), padding (4), dilation (2), groups, auto_pad (default 0)</td>
 * <td>weight (O, C / groups, kh, kw), bias (O) or none</td></tr>
 * <tr><td>Linear</td><td></td><td>weight (M, N), bias (M) or none</td></tr>
 * <tr><td>BatchNorm2d</td><td>epsilon</td><td>weight, bias, running_mean, running_var (C)</td></tr>
 * <tr><td>ReLU, Dropout, Flatten, Add</td><td></td><td></td></tr>
 * <tr><td>LeakyReLU</td><td>slope</td><td></td></tr>
 * <tr><td>Clip</td><td>least, greatest</td><td></td></tr>
 * <tr><td>LocalResponseNorm</td><td>size, alpha, beta, k</td><td></td></tr>
 * <tr><td>MaxPool2d</td><td>kernel (2), stride (2), padding (4), dilation (2), ceil, auto_pad</td><td></td></tr>
 * <tr><td>AvgPool2d</td><td>kernel (2), stride (2), padding (4), ceil, count_padding, auto_pad</td><td></td></tr>
 * <tr><td>AdaptiveAvgPool2d</td><td>size (2)</td><td></td></tr>
 * <tr><td>Pad2d</td><td>padding (4)</td><td></td></tr>
 * <tr><td>Unflatten</td><td>shape (channels, rows, columns)</td><td></td></tr>
 * </table>
 *
 * <p>{@link TensorKinds} lists the kinds for values of any rank.
 */
final class LayerRegistry {
    static final String CONSTANT = "Constant";
    private static final int[] NO_DILATION = {1, 1};
    private static final Map<String, Function<NodeSpec, Layer>> KINDS = kinds();

    private LayerRegistry() {
    }

    /**
     * Creates the layer that a description names.
     *
     * @throws IllegalArgumentException if there is no such kind, or it does not accept these settings and weights
     */
    static Layer layer(NodeSpec spec) {
        Function<NodeSpec, Layer> kind = KINDS.get(spec.kind());
        if (kind == null) {
            throw new IllegalArgumentException("there is no such kind of layer: the kinds are "
                    + String.join(", ", KINDS.keySet()));
        }
        return kind.apply(spec);
    }

    private static Map<String, Function<NodeSpec, Layer>> kinds() {
        Map<String, Function<NodeSpec, Layer>> kinds = new LinkedHashMap<>();
        kinds.put("Conv2d", LayerRegistry::conv);
        kinds.put("Linear", spec -> {
            Linear linear = Linear.of(spec.tensor("weight"));
            return spec.has("bias") ? linear.bias(spec.tensor("bias")) : linear;
        });
        kinds.put("BatchNorm2d", spec -> BatchNorm2d.of(spec.tensor("running_mean"), spec.tensor("running_var"))
                .weight(spec.tensor("weight")).bias(spec.tensor("bias")).epsilon(spec.number("epsilon")));
        kinds.put("ReLU", spec -> new ReLU());
        kinds.put("LeakyReLU", spec -> new LeakyReLU(spec.number("slope")));
        kinds.put("Clip", spec -> new Clip(spec.number("least"), spec.number("greatest")));
        kinds.put("LocalResponseNorm", spec -> new LocalResponseNorm(spec.whole("size"), spec.number("alpha"),
                spec.number("beta"), spec.number("k")));
        kinds.put("MaxPool2d", spec -> {
            Window[] windows = windows(spec, spec.wholes("dilation", 2));
            return MaxPool2d.of(new PoolingGeometry(windows[0], windows[1], spec.whole("ceil") != 0))
                    .autoPadding(autoPadding(spec));
        });
        kinds.put("AvgPool2d", spec -> {
            Window[] windows = windows(spec, NO_DILATION);
            return AvgPool2d.of(windows[0], windows[1]).ceil(spec.whole("ceil") != 0)
                    .countPadding(spec.whole("count_padding") != 0).autoPadding(autoPadding(spec));
        });
        kinds.put("AdaptiveAvgPool2d", spec -> {
            int[] size = spec.wholes("size", 2);
            return new AdaptiveAvgPool2d(size[0], size[1]);
        });
        kinds.put("Pad2d", spec -> {
            int[] padding = spec.wholes("padding", 4);
            return new Pad2d(padding[0], padding[1], padding[2], padding[3]);
        });
        kinds.put("Flatten", spec -> new Flatten());
        kinds.put("Unflatten", spec -> {
            int[] shape = spec.wholes("shape", 3);
            return new Unflatten(shape[0], shape[1], shape[2]);
        });
        kinds.put("Dropout", spec -> new Dropout());
        kinds.put("Add", spec -> new Add());
        TensorKinds.addTo(kinds);
        return kinds;
    }

    private static Conv2d conv(NodeSpec spec) {
        TensorSource weight = spec.tensor("weight");
        if (weight.shape().rank() != 4) {
            throw new IllegalArgumentException("its weight has shape (O, C / groups, rows, columns), got "
                    + weight.shape());
        }
        int[] kernel = {weight.shape().dim(2), weight.shape().dim(3)};
        Window[] windows = windows(spec, kernel, spec.wholes("dilation", 2));
        Conv2d conv = Conv2d.of(weight).geometry(new ConvolutionGeometry(windows[0], windows[1]))
                .groups(spec.whole("groups")).autoPadding(autoPadding(spec));
        return spec.has("bias") ? conv.bias(spec.tensor("bias")) : conv;
    }

    private static AutoPadding autoPadding(NodeSpec spec) {
        return TensorKinds.choice(spec, "auto_pad", AutoPadding.values());
    }

    private static Window[] windows(NodeSpec spec, int[] dilation) {
        return windows(spec, spec.wholes("kernel", 2), dilation);
    }

    /** Returns the windows of rows and columns. */
    static Window[] windows(NodeSpec spec, int[] kernel, int[] dilation) {
        int[] stride = spec.wholes("stride", 2);
        int[] given = spec.wholes("padding", 4);
        int[] padding = autoPadding(spec) == AutoPadding.NONE ? given : new int[given.length];
        return new Window[] {new Window(kernel[0], stride[0], padding[0], padding[2], dilation[0]),
            new Window(kernel[1], stride[1], padding[1], padding[3], dilation[1])};
    }
}
