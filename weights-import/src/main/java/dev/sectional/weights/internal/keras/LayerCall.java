package dev.sectional.weights.internal.keras;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.common.TensorViews;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A call of a layer as its importer sees it: configuration, arguments, weights, and the way to add nodes. A call that
 * is not supported is an {@link IllegalArgumentException}; {@link GraphBuilder} adds the layer's class and name.
 *
 * @param config of the layer
 * @param positional arguments: values, numbers, texts, nulls, and lists of these
 * @param named arguments by name
 * @param weights of the model; null for an activation that is no layer of its own
 * @param index of the layer in the model
 * @param nodes of the network
 */
record LayerCall(LayerConfig config, List<Object> positional, Map<String, Object> named, KerasWeights weights,
        int index,
                 GraphNodes nodes) {
    /** Returns all values among the arguments, positional ones first. */
    List<KerasValue> inputs() {
        List<KerasValue> values = new ArrayList<>();
        collect(positional, values);
        named.values().forEach(value -> collect(value, values));
        return values;
    }

    private static void collect(Object value, List<KerasValue> into) {
        if (value instanceof KerasValue found) {
            into.add(found);
        } else if (value instanceof List<?> list) {
            list.forEach(each -> collect(each, into));
        }
    }

    /** Returns the only value among the arguments. */
    KerasValue input() {
        List<KerasValue> all = inputs();
        if (all.size() != 1) {
            throw new IllegalArgumentException("it takes " + all.size() + " inputs, wanted one");
        }
        return all.get(0);
    }

    /** Returns the only value among the arguments, a feature map (rows, columns, channels). */
    KerasValue featureMap() {
        KerasValue x = input();
        if (x.rank() != 3) {
            throw new IllegalArgumentException("it takes a feature map (rows, columns, channels), got shape "
                    + x.shape());
        }
        return x;
    }

    /** Returns the weights of the layer, which must be so many. */
    List<StoredTensor> weights(int count) {
        List<StoredTensor> found = weights == null ? List.of() : weights.of(index);
        if (found.size() != count) {
            throw new IllegalArgumentException("the file has " + found.size() + " weights for it, wanted " + count);
        }
        return found;
    }

    /** Returns the weights of a part of the layer, which must be so many. */
    List<StoredTensor> part(int count, String... names) {
        List<StoredTensor> found = weights.of(index, names);
        if (found.size() != count) {
            throw new IllegalArgumentException("the file has " + found.size() + " weights for its part " + names[0]
                    + ", wanted " + count);
        }
        return found;
    }

    /** Returns a vector of that length. */
    TensorSource vector(StoredTensor stored, int length) {
        if (stored.values().shape().size() != length) {
            throw new IllegalArgumentException("a weight has shape " + stored.values().shape() + ", wanted " + length
                    + " elements");
        }
        return nodes.source(stored, stored.values().reshape(Shape.of(length)));
    }

    /** Adds a node, named after the layer. */
    KerasValue emit(String kind, Map<String, Object> settings, Map<String, TensorSource> tensors,
            KerasValue... inputs) {
        return nodes.add(config.name(), kind, settings, tensors, inputs);
    }

    /** Adds a node without weights that is a part of the layer. */
    KerasValue emitPart(String part, String kind, Map<String, Object> settings, KerasValue... inputs) {
        return nodes.add(config.name() + "/" + part, kind, settings, Map.of(), inputs);
    }

    /** Adds a node with one constant, which broadcasts to the value. */
    KerasValue constant(String part, String kind, KerasValue x, TensorSource value) {
        return nodes.add(config.name() + "/" + part, kind, Map.of(), Map.of("value", value), x);
    }

    /** Adds a node with one number. */
    KerasValue constant(String part, String kind, KerasValue x, double number) {
        return constant(part, kind, x, Tensor.of(Shape.of(1), new float[] {(float) number}));
    }

    /** Returns {@code scale x + shift} along the last axis, as a node named after the layer. */
    KerasValue affine(KerasValue x, double[] scale, double[] shift) {
        int channels = x.channels();
        return batchNorm(x, NodeSpec.settings("epsilon", 0.0), normTensors(spread(scale, channels),
                spread(shift, channels), TensorViews.filled(Shape.of(channels), 0),
                TensorViews.filled(Shape.of(channels), 1)));
    }

    /** Adds a batch norm along the last axis of a value of any rank, as a node named after the layer. */
    KerasValue batchNorm(KerasValue x, Map<String, Object> settings, Map<String, TensorSource> tensors) {
        boolean plain = x.rank() == 1 || x.rank() == 3;
        KerasValue map = plain ? x : reshaped(x, 1, x.shape().size() / x.channels(), x.channels());
        return reshaped(emit("BatchNorm2d", settings, tensors, map), x.shape().dims());
    }

    /** Returns the tensors of a batch norm. */
    static Map<String, TensorSource> normTensors(TensorSource weight, TensorSource bias, TensorSource mean,
                                                 TensorSource variance) {
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        tensors.put("weight", weight);
        tensors.put("bias", bias);
        tensors.put("running_mean", mean);
        tensors.put("running_var", variance);
        return tensors;
    }

    /** Returns one number per channel; one number stands for all. */
    static TensorSource spread(double[] numbers, int channels) {
        if (numbers.length != channels && numbers.length != 1) {
            throw new IllegalArgumentException("it has " + numbers.length + " numbers for " + channels + " channels");
        }
        float[] values = new float[channels];
        for (int c = 0; c < channels; c++) {
            values[c] = (float) numbers[numbers.length == 1 ? 0 : c];
        }
        return Tensor.of(Shape.of(channels), values);
    }

    /** Returns the value under another shape of the same size, in the order of its elements. */
    KerasValue reshaped(KerasValue x, int... shape) {
        if (Arrays.equals(x.shape().dims(), shape)) {
            return x;
        }
        boolean vector = shape.length == 1 && x.rank() == 3
                && (x.channels() == 1 || x.shape().dim(0) * x.shape().dim(1) == 1);
        // The order of elements is the same here, and Flatten says what happens.
        return vector ? emit("Flatten", Map.of(), Map.of(), x)
                : emit("Reshape", NodeSpec.settings("shape", shape), Map.of(), x);
    }

    /** Returns the same call with other values as arguments, for a layer that consists of several. */
    LayerCall with(LayerConfig other, KerasValue... values) {
        return new LayerCall(other, List.of((Object[]) values), Map.of(), weights, index, nodes);
    }
}
