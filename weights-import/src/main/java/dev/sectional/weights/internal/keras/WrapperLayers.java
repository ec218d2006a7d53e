package dev.sectional.weights.internal.keras;

import dev.sectional.core.Shape;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Layers around another layer, and {@code EinsumDense}. */
final class WrapperLayers {
    /** Layers that compute each step by itself, so that they do the same to all steps at once. */
    private static final Set<String> EACH_STEP = Set.of("Dense", "Activation", "ReLU", "LeakyReLU", "ELU", "Dropout",
            "Rescaling");

    private WrapperLayers() {}

    static void addTo(Map<String, LayerTable.Importer> table) {
        table.put("TimeDistributed", call -> {
            LayerConfig inner = inner(call);
            if (!EACH_STEP.contains(inner.className()) || call.input().rank() < 2) {
                throw new IllegalArgumentException("it wraps a layer of class " + inner.className() + " for shape "
                        + call.input().shape() + "; supported are " + String.join(", ", EACH_STEP.stream().sorted()
                        .toList()) + " on two axes or more");
            }
            return wrapped(call, inner);
        });
        // Outside training the kernel in the file is used as it is.
        table.put("SpectralNormalization", call -> {
            LayerTable.requireInference(call);
            call.config().get("power_iterations");
            return wrapped(call, inner(call));
        });
        table.put("EinsumDense", WrapperLayers::einsum);
    }

    private static LayerConfig inner(LayerCall call) {
        Object layer = call.config().get("layer");
        return KerasModel.layer(layer, call.config().keras3(), 0);
    }

    private static KerasValue wrapped(LayerCall call, LayerConfig inner) {
        LayerConfig named = new LayerConfig(inner.className(), inner.module(), call.config().name(), inner.config(),
                inner.keras3());
        boolean spectral = call.config().className().equals("SpectralNormalization");
        Map<String, Object> training = Boolean.TRUE.equals(call.named().get("training")) ? Map.of("training", true)
                : Map.of();
        return LayerTable.run(new LayerCall(named, List.of(call.input()), training,
                new Inner(call.weights(), spectral), call.index(), call.nodes()));
    }

    /**
     * The weights of the layer inside. Archives have them in a group of their own, HDF5 files beside those of the
     * wrapper, which come last.
     */
    private record Inner(KerasWeights weights, boolean spectral) implements KerasWeights {
        @Override
        public List<StoredTensor> of(int layer, String... parts) {
            if (parts.length > 0) {
                return weights.of(layer, parts);
            }
            List<StoredTensor> apart = weights.of(layer, "layer");
            if (!apart.isEmpty()) {
                return apart;
            }
            List<StoredTensor> all = weights.of(layer);
            return spectral && !all.isEmpty() ? all.subList(0, all.size() - 1) : all;
        }

        @Override
        public KerasWeights nested(int layer, KerasModel model) {
            throw new IllegalArgumentException("it wraps a model, which is not supported");
        }
    }

    /**
     * Adds a linear layer whose equation says which axes it sums: the last ones of the input, which are the first ones
     * of the kernel.
     */
    private static KerasValue einsum(LayerCall call) {
        KerasValue x = call.input();
        String equation = call.config().text("", "equation").replace(" ", "");
        String[] sides = equation.split("->", -1);
        String[] factors = sides[0].split(",", -1);
        String biasAxes = call.config().text("", "bias_axes");
        if (sides.length != 2 || factors.length != 2) {
            throw new IllegalArgumentException("its equation is " + equation);
        }
        String kernelAxes = factors[1];
        String summed = kernelAxes.chars().filter(axis -> sides[1].indexOf(axis) < 0)
                .mapToObj(axis -> String.valueOf((char) axis)).collect(Collectors.joining());
        String made = kernelAxes.substring(Math.min(kernelAxes.length(), summed.length()));
        boolean open = factors[0].startsWith("...");
        String kept = factors[0].endsWith(summed)
                ? factors[0].substring(0, factors[0].length() - summed.length()) : "";
        boolean linear = !summed.isEmpty() && !made.isEmpty() && kernelAxes.startsWith(summed)
                && sides[1].equals(kept + made) && made.chars().noneMatch(axis -> kept.indexOf(axis) >= 0)
                && (open ? x.rank() >= summed.length() : factors[0].length() == x.rank() + 1 && !kept.isEmpty());
        if (!linear || !made.endsWith(biasAxes)) {
            throw new IllegalArgumentException("its equation is " + equation + (linear ? " with bias_axes " + biasAxes
                    : "") + "; supported is the sum over the last axes, such as abc,cd->abd");
        }
        List<StoredTensor> weights = call.weights(biasAxes.isEmpty() ? 1 : 2);
        Shape kernel = weights.get(0).values().shape();
        int[] own = x.shape().dims();
        int rest = own.length - summed.length();
        int[] inputs = Arrays.copyOfRange(own, rest, own.length);
        if (kernel.rank() != kernelAxes.length()
                || !Arrays.equals(inputs, Arrays.copyOf(kernel.dims(), summed.length()))) {
            throw new IllegalArgumentException("its kernel has shape " + kernel + " for an input of shape "
                    + x.shape());
        }
        int[] flat = Arrays.copyOf(own, rest + 1);
        flat[rest] = Arrays.stream(inputs).reduce(1, Math::multiplyExact);
        boolean whole = biasAxes.equals(made);
        KerasValue y = KernelLayers.linear(call, call.config().name(), call.reshaped(x, flat), weights.get(0),
                whole ? weights.get(1) : null, summed.length());
        int[] shape = Arrays.copyOf(own, rest + made.length());
        System.arraycopy(kernel.dims(), summed.length(), shape, rest, made.length());
        y = call.reshaped(y, shape);
        if (!whole && !biasAxes.isEmpty()) {
            y = call.constant("bias", "AddConstant", y, call.nodes().source(weights.get(1), weights.get(1).values()));
        }
        return ActivationLayers.applied(call, y);
    }
}
