package dev.sectional.weights.internal.keras;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Attention, put together from linear layers, matrix products and softmax. */
final class AttentionLayers {
    /** What Keras adds to the scores of masked positions. */
    private static final float MASKED = -1e9f;

    private AttentionLayers() {}

    static void addTo(Map<String, LayerTable.Importer> table) {
        table.put("MultiHeadAttention", AttentionLayers::multiHead);
        table.put("GroupQueryAttention", AttentionLayers::multiHead);
        table.put("GroupedQueryAttention", AttentionLayers::multiHead);
        table.put("Attention", AttentionLayers::attention);
        table.put("AdditiveAttention", AttentionLayers::attention);
    }

    /** Returns query, value and key; the key is the value if it is not given. */
    private static KerasValue[] arguments(LayerCall call) {
        List<Object> given = new ArrayList<>(call.positional());
        if (given.size() == 1 && given.get(0) instanceof List<?> list) {
            given = new ArrayList<>(list);
        }
        for (String name : List.of("query", "value", "key")) {
            if (call.named().get(name) instanceof KerasValue value) {
                given.add(value);
            }
        }
        boolean masked = call.named().entrySet().stream().anyMatch(argument -> argument.getKey().endsWith("mask")
                && !argument.getKey().equals("use_causal_mask") && argument.getValue() != null);
        if (masked || Boolean.TRUE.equals(call.named().get("return_attention_scores"))
                || given.stream().skip(3).anyMatch(each -> each != null)) {
            throw new IllegalArgumentException("it is called with a mask other than use_causal_mask, or returns its"
                    + " scores, which is not supported");
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
        KerasValue x = given[0];
        int rank = x.rank();
        int[] axes = axes(call, x);
        KerasValue query = heads(call, tokens(call, x, axes), "query");
        KerasValue value = heads(call, tokens(call, given[1], axes), "value");
        KerasValue key = heads(call, tokens(call, given[2], axes), "key");
        int heads = query.shape().dim(query.rank() - 2);
        int width = query.channels();
        KerasValue left = turned(call, query, 2, 1, 3);                        // heads, queries, width
        KerasValue right = turned(call, repeated(call, key, heads), 2, 3, 1);   // heads, width, keys
        KerasValue scores = call.emitPart("scores", "MatMul", Map.of(),
                call.constant("scale", "MultiplyConstant", left, 1 / Math.sqrt(width)), right);
        if (causal(call) && rank != 2) {
            throw new IllegalArgumentException("it is called with a causal mask on more than one axis of steps");
        }
        KerasValue attention = softmax(call, scores);
        KerasValue mixed = call.emitPart("mix", "MatMul", Map.of(), attention,
                turned(call, repeated(call, value, heads), 2, 1, 3));
        int[] shape = Arrays.copyOf(query.shape().dims(), query.rank() - 1);
        shape[shape.length - 1] = heads * value.channels();
        KerasValue joined = call.reshaped(turned(call, mixed, 2, 1, 3), shape);
        return untokens(call, projected(call, joined, "attention_output", 2), x, axes);
    }

    /** Returns the axes along which positions attend to each other, in rising order. */
    private static int[] axes(LayerCall call, KerasValue x) {
        int[] given = call.config().wholes("attention_axes");
        int[] axes = given == null ? IntStream.range(0, x.rank() - 1).toArray()
                : Arrays.stream(given).map(x::axis).toArray();
        for (int i = 0; i < axes.length; i++) {
            if (axes[i] == x.rank() - 1 || i > 0 && axes[i] <= axes[i - 1]) {
                throw new IllegalArgumentException("its attention_axes are " + Arrays.toString(given) + " for shape "
                        + x.shape() + "; supported are axes in rising order without the last");
            }
        }
        return axes;
    }

    /** Returns the other axes than those of attention and the last one, then those of attention, then the last. */
    private static int[] order(KerasValue x, int[] axes) {
        IntStream others = IntStream.range(0, x.rank() - 1).filter(axis ->
                Arrays.stream(axes).noneMatch(own -> own == axis));
        return IntStream.concat(IntStream.concat(others, Arrays.stream(axes)), IntStream.of(x.rank() - 1)).toArray();
    }

    /** Returns a value as (T, D), or as (B, T, D) where axes beside those of attention make a batch of B. */
    private static KerasValue tokens(LayerCall call, KerasValue x, int[] axes) {
        if (axes[axes.length - 1] >= x.rank() - 1) {
            throw new IllegalArgumentException("it takes values of one number of axes, got shape " + x.shape());
        }
        int[] order = order(x, axes);
        boolean inOrder = Arrays.equals(order, IntStream.range(0, x.rank()).toArray());
        KerasValue turned = inOrder ? x : permuted(call, x, order);
        int steps = Arrays.stream(axes).map(x.shape()::dim).reduce(1, Math::multiplyExact);
        int batch = x.shape().size() / x.channels() / steps;
        return batch == 1 ? call.reshaped(turned, steps, x.channels())
                : call.reshaped(turned, batch, steps, x.channels());
    }

    /** Returns tokens with the axes of {@code like}, whose last size may be another. */
    private static KerasValue untokens(LayerCall call, KerasValue tokens, KerasValue like, int[] axes) {
        int[] order = order(like, axes);
        int[] shape = Arrays.stream(order).map(like.shape()::dim).toArray();
        shape[shape.length - 1] = tokens.channels();
        KerasValue y = call.reshaped(tokens, shape);
        int[] back = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            back[order[i]] = i;
        }
        return Arrays.equals(back, order) && Arrays.equals(back, IntStream.range(0, back.length).toArray()) ? y
                : permuted(call, y, back);
    }

    /** Adds the softmax along the last axis, after the mask that hides later positions if the call asks for it. */
    private static KerasValue softmax(LayerCall call, KerasValue scores) {
        KerasValue masked = scores;
        if (causal(call)) {
            int queries = scores.shape().dim(scores.rank() - 2);
            int keys = scores.channels();
            float[] mask = new float[Math.multiplyExact(queries, keys)];
            for (int i = 0; i < mask.length; i++) {
                mask[i] = i % keys > i / keys ? MASKED : 0;
            }
            masked = call.constant("mask", "AddConstant", scores, Tensor.of(Shape.of(queries, keys), mask));
        }
        return call.emitPart("softmax", "Softmax", NodeSpec.settings("axis", masked.rank() - 1), masked);
    }

    private static boolean causal(LayerCall call) {
        return Boolean.TRUE.equals(call.named().get("use_causal_mask"));
    }

    /** Adds attention without projections: products of query and key, or a tanh of their sums. */
    private static KerasValue attention(LayerCall call) {
        KerasValue[] given = arguments(call);
        KerasValue query = given[0];
        KerasValue key = given[2];
        int rank = query.rank();
        if (rank < 2 || key.rank() != rank || given[1].rank() != rank) {
            throw new IllegalArgumentException("it takes values (steps, channels), got shapes " + query.shape()
                    + ", " + given[1].shape() + " and " + key.shape());
        }
        boolean additive = call.config().className().equals("AdditiveAttention");
        boolean concat = "concat".equals(call.config().text("dot", "score_mode"));
        call.config().require("score_mode", "dot", "concat");
        boolean scaled = call.config().flag(additive, "use_scale");
        List<StoredTensor> weights = call.weights((scaled ? 1 : 0) + (concat ? 1 : 0));
        KerasValue scores;
        if (additive || concat) {
            KerasValue sum = call.emitPart("sum", "Add", Map.of(), withAxis(call, query, rank - 1),
                    withAxis(call, key, rank - 2));
            sum = scaled && concat ? times(call, sum, weights.get(0)) : sum;
            KerasValue tanh = call.emitPart("tanh", "Tanh", Map.of(), sum);
            tanh = scaled && additive ? times(call, tanh, weights.get(0)) : tanh;
            scores = call.emitPart("scores", "ReduceSum", NodeSpec.settings("axes", new int[] {rank}, "keep", false),
                    tanh);
            scores = concat ? times(call, scores, weights.get(weights.size() - 1)) : scores;
        } else {
            int[] axes = IntStream.range(0, rank).map(i -> i < rank - 2 ? i : 2 * rank - 3 - i).toArray();
            scores = call.emitPart("scores", "MatMul", Map.of(), query, permuted(call, key, axes));
            scores = scaled ? times(call, scores, weights.get(0)) : scores;
        }
        return call.emit("MatMul", Map.of(), Map.of(), softmax(call, scores), given[1]);
    }

    /** Returns a value with one more axis, of size 1. */
    private static KerasValue withAxis(LayerCall call, KerasValue x, int at) {
        return call.reshaped(x, IntStream.range(0, x.rank() + 1).map(i -> i == at ? 1
                : x.shape().dim(i < at ? i : i - 1)).toArray());
    }

    private static KerasValue times(LayerCall call, KerasValue x, StoredTensor stored) {
        return call.constant("scale", "MultiplyConstant", x, call.vector(stored, stored.values().shape().size()));
    }

    private static KerasValue permuted(LayerCall call, KerasValue x, int... axes) {
        return call.emitPart("permute", "Permute", NodeSpec.settings("axes", axes), x);
    }

    /** Permutes the last three of the axes (B, T, heads, width), or all of (T, heads, width). */
    private static KerasValue turned(LayerCall call, KerasValue x, int first, int second, int third) {
        return x.rank() == 3 ? permuted(call, x, first - 1, second - 1, third - 1)
                : permuted(call, x, 0, first, second, third);
    }

    /** Returns keys or values with each head as often as queries share it. */
    private static KerasValue repeated(LayerCall call, KerasValue x, int heads) {
        int axis = x.rank() - 2;
        int own = x.shape().dim(axis);
        if (own == heads) {
            return x;
        }
        if (own == 0 || heads % own != 0) {
            throw new IllegalArgumentException("it has " + heads + " heads of queries and " + own + " of keys");
        }
        int[] indices = IntStream.range(0, heads).map(head -> head / (heads / own)).toArray();
        return call.emitPart("repeat", "Gather", NodeSpec.settings("axis", axis, "indices", indices, "drop", false), x);
    }

    /** Returns a projection (T, heads, width), or (B, T, heads, width). */
    private static KerasValue heads(LayerCall call, KerasValue x, String part) {
        KerasValue y = projected(call, x, part, 1);
        Shape kernel = parts(call, part).get(0).values().shape();
        int[] shape = Arrays.copyOf(x.shape().dims(), x.rank() + 1);
        shape[x.rank() - 1] = kernel.dim(1);
        shape[x.rank()] = kernel.dim(2);
        return call.reshaped(y, shape);
    }

    private static KerasValue projected(LayerCall call, KerasValue x, String part, int inputAxes) {
        List<StoredTensor> weights = parts(call, part);
        Shape kernel = weights.get(0).values().shape();
        if (kernel.rank() != 3) {
            throw new IllegalArgumentException("the kernel of its " + part + " has shape " + kernel
                    + ", wanted three dimensions");
        }
        return KernelLayers.linear(call, call.config().name() + "/" + part, x, weights.get(0),
                weights.size() > 1 ? weights.get(1) : null, inputAxes);
    }

    private static List<StoredTensor> parts(LayerCall call, String part) {
        String dense = part.equals("attention_output") ? "output_dense" : part + "_dense";
        return call.part(call.config().flag(true, "use_bias") ? 2 : 1, dense, "_" + dense, part);
    }
}
