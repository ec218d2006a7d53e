package dev.sectional.weights.internal.architecture;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.weights.internal.architecture.FamilyGraph.Value;
import java.util.Map;

/**
 * Attention inside the windows of a map, as Swin transformers and MaxViTs have it, with a bias for each pair of
 * positions.
 *
 * @param linears names of the linear layers of query, key and value together, and of the output
 * @param projection weight and bias of the first one
 * @param normalised whether queries and keys have length 1
 * @param scale of the scores; broadcasts to (heads, positions, channels of a head)
 * @param positions what the relative position of two positions adds to their score: (heads, positions, positions)
 * @param mask what else is added: (windows, 1, positions, positions); null for nothing
 */
record WindowAttention(String[] linears, Map<String, TensorSource> projection, boolean normalised, Tensor scale,
                       Tensor positions, Tensor mask) {
    /** Adds the attention to windows (windows, positions, channels); sizes are windows, positions and heads. */
    Value attend(FamilyGraph graph, String name, Value x, int[] sizes) {
        int channels = x.channels();
        int width = channels / sizes[2];
        Value all = graph.kind(name + "." + linears[0], "Linear", x, 3 * channels, projection);
        Value[] parts = new Value[3];
        String[] names = {".query", ".key", ".value"};
        for (int i = 0; i < 3; i++) {
            Value part = graph.kind(name + names[i], "Slice", all, channels, Map.of(), "axis", 2, "start",
                    i * channels, "step", 1, "count", channels);
            part = graph.kind("Reshape", part, "shape", new int[] {sizes[0], sizes[1], sizes[2], width});
            part = normalised && i < 2 ? graph.kind("LpNormalize", part, "axis", 3, "p", 2, "epsilon", 1e-12) : part;
            parts[i] = graph.kind("Permute", part, "axes", i == 1 ? new int[] {0, 2, 3, 1} : new int[] {0, 2, 1, 3});
        }
        Value query = graph.kind(name + ".scale", "MultiplyConstant", parts[0], channels, Map.of("value", scale));
        Value scores = graph.product(name + ".scores", query, parts[1]);
        scores = graph.kind(name + ".positions", "AddConstant", scores, channels, Map.of("value", positions));
        if (mask != null) {
            scores = graph.kind(name + ".mask", "AddConstant", scores, channels, Map.of("value", mask));
        }
        Value mixed = graph.product(name + ".mix", graph.kind("Softmax", scores, "axis", 3), parts[2]);
        Value joined = graph.kind("Reshape", graph.kind("Permute", mixed, "axes", new int[] {0, 2, 1, 3}), "shape",
                new int[] {sizes[0], sizes[1], channels});
        return graph.linear(name + "." + linears[1], new Value(joined.node(), channels));
    }

    /** Cuts a map into windows of a side: (windows, positions, channels). */
    static Value cut(FamilyGraph graph, String name, Value x, int[] size, int side) {
        int channels = x.channels();
        Value y = graph.kind(name + ".cut", "Reshape", x, channels, Map.of(), "shape",
                new int[] {size[0] / side, side, size[1] / side, side, channels});
        y = graph.kind(name + ".by_window", "Permute", y, channels, Map.of(), "axes", new int[] {0, 2, 1, 3, 4});
        return graph.kind(name + ".windows", "Reshape", y, channels, Map.of(), "shape",
                new int[] {size[0] / side * (size[1] / side), side * side, channels});
    }

    /** Makes a map of what {@link #cut} returns. */
    static Value uncut(FamilyGraph graph, String name, Value x, int[] size, int side) {
        int channels = x.channels();
        Value y = graph.kind(name + ".uncut", "Reshape", x, channels, Map.of(), "shape",
                new int[] {size[0] / side, size[1] / side, side, side, channels});
        y = graph.kind(name + ".by_row", "Permute", y, channels, Map.of(), "axes", new int[] {0, 2, 1, 3, 4});
        return graph.kind(name + ".map", "Reshape", y, channels, Map.of(), "shape",
                new int[] {size[0], size[1], channels});
    }

    /** Returns the side of the windows that a table of relative positions belongs to; 0 if there is none. */
    static int side(long offsets) {
        int side = (int) Math.round((Math.sqrt(offsets) + 1) / 2);
        return side < 2 || (2L * side - 1) * (2L * side - 1) != offsets ? 0 : side;
    }

    /** Returns (heads, positions, positions) from a table with a row for each relative position. */
    static Tensor positions(float[] table, int window, int heads) {
        int side = 2 * window - 1;
        int count = window * window;
        float[] values = new float[Math.multiplyExact(heads, Math.multiplyExact(count, count))];
        for (int head = 0; head < heads; head++) {
            for (int p = 0; p < count; p++) {
                for (int q = 0; q < count; q++) {
                    int down = p / window - q / window + window - 1;
                    int right = p % window - q % window + window - 1;
                    values[(head * count + p) * count + q] = table[(down * side + right) * heads + head];
                }
            }
        }
        return Tensor.of(Shape.of(heads, count, count), values);
    }
}
