package dev.sectional.weights.internal.keras;

import dev.sectional.core.Shape;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Attention, put together from linear layers, matrix products and softmax. */
final class AttentionLayers {
    private AttentionLayers() {}

    static void addTo(Map<String, LayerTable.Importer> table) {
        table.put("MultiHeadAttention", AttentionLayers::multiHead);
    }

    /** Returns query, value and key; the key is the value if it is not given. */
    private static KerasValue[] arguments(LayerCall call) {
        List<Object> given = new ArrayList<>(call.positional());
        for (String name : List.of("query", "value", "key")) {
            if (call.named().get(name) instanceof KerasValue value) {
                given.add(value);
            }
        }
        if (call.named().get("attention_mask") != null || Boolean.TRUE.equals(call.named().get("use_causal_mask"))
                || Boolean.TRUE.equals(call.named().get("return_attention_scores"))
                || given.stream().skip(3).anyMatch(each -> each != null)) {
            throw new IllegalArgumentException(
                    "it is called with a mask or returns its scores, which is not supported");
        }
        List<KerasValue> values = given.stream().filter(KerasValue.class::isInstance).map(KerasValue.class::cast)
                .toList();
        if (values.size() < 2 || values.size() > 3) {
            throw new IllegalArgumentException("it takes " + values.size() + " inputs, wanted query, value and key");
        }
        return new KerasValue[] {values.get(0), values.get(1), values.get(values.size() - 1)};
    }

    private static KerasValue multiHead(LayerCall call) {
        KerasValue[] given = arguments(call);
        int[] axes = call.config().wholes("attention_axes");
        int rank = given[0].rank();
        if (axes != null && (axes.length != rank - 1 || Arrays.stream(axes).map(given[0]::axis).distinct()
                .anyMatch(axis -> axis == rank - 1))) {
            throw new IllegalArgumentException("its attention_axes are " + Arrays.toString(axes)
                    + "; all axes but the last are supported");
        }
        KerasValue query = heads(call, tokens(call, given[0]), "query");
        KerasValue value = heads(call, tokens(call, given[1]), "value");
        KerasValue key = heads(call, tokens(call, given[2]), "key");
        int heads = query.shape().dim(1);
        int width = query.shape().dim(2);
        KerasValue left = permuted(call, query, 1, 0, 2);    // heads, queries, width
        KerasValue right = permuted(call, key, 1, 2, 0);     // heads, width, keys
        KerasValue scores = call.emitPart("scores", "MatMul", Map.of(),
                call.constant("scale", "MultiplyConstant", left, 1 / Math.sqrt(width)), right);
        KerasValue attention = call.emitPart("softmax", "Softmax", NodeSpec.settings("axis", 2), scores);
        KerasValue mixed = call.emitPart("mix", "MatMul", Map.of(), attention, permuted(call, value, 1, 0, 2));
        KerasValue joined = call.reshaped(permuted(call, mixed, 1, 0, 2), query.shape().dim(0),
                heads * value.shape().dim(2));
        KerasValue projected = projected(call, joined, "attention_output", 2);
        int[] shape = given[0].shape().dims();
        shape[rank - 1] = projected.channels();
        return call.reshaped(projected, shape);
    }

    /** Returns a value as tokens (T, D): rows and columns of a feature map become one axis. */
    private static KerasValue tokens(LayerCall call, KerasValue x) {
        return call.reshaped(x, x.shape().size() / x.channels(), x.channels());
    }

    private static KerasValue permuted(LayerCall call, KerasValue x, int... axes) {
        return call.emitPart("permute", "Permute", NodeSpec.settings("axes", axes), x);
    }

    /** Returns a projection (T, heads, width). */
    private static KerasValue heads(LayerCall call, KerasValue x, String part) {
        KerasValue y = projected(call, x, part, 1);
        Shape kernel = parts(call, part).get(0).values().shape();
        return call.reshaped(y, x.shape().dim(0), kernel.dim(1), kernel.dim(2));
    }

    private static KerasValue projected(LayerCall call, KerasValue x, String part, int inputAxes) {
        List<StoredTensor> weights = parts(call, part);
        if (weights.get(0).values().shape().rank() != 3) {
            throw new IllegalArgumentException("the kernel of its " + part + " has shape "
                    + weights.get(0).values().shape() + ", wanted three dimensions");
        }
        return KernelLayers.linear(call, call.config().name() + "/" + part, x, weights.get(0),
                weights.size() > 1 ? weights.get(1) : null, inputAxes);
    }

    private static List<StoredTensor> parts(LayerCall call, String part) {
        String dense = part.equals("attention_output") ? "output_dense" : part + "_dense";
        return call.part(call.config().flag(true, "use_bias") ? 2 : 1, dense, "_" + dense, part);
    }
}
