package dev.sectional.weights.internal.architecture;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.named.ModelTensors;
import dev.sectional.weights.internal.architecture.FamilyGraph.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Swin transformers (Liu et al. 2021 and, as version 2, 2022) by torchvision's names. Maps are cut into windows, in
 * which positions attend to each other; every second block moves the windows by half their side. The graph holds for
 * images of one size, which the user may choose: paddings and masks follow from it.
 */
final class SwinFamilies {
    private static final int PATCH = 4;
    private static final double EPSILON = 1e-5;
    /** What torchvision adds to the scores of positions that only moving the windows made neighbours. */
    private static final float MASKED = -100;
    private static final double LARGEST_SCALE = Math.log(100);

    private final FamilyGraph graph;
    private final ModelTensors tensors;
    private final boolean second;
    private int rows;
    private int columns;
    private int window;

    private SwinFamilies(FamilyGraph graph) {
        this.graph = graph;
        this.tensors = graph.tensors();
        this.second = tensors.has("features.1.0.attn.logit_scale");
    }

    /** Adds the network and returns its configuration: version, width, blocks of the stages, window, heads. */
    static String swin(FamilyGraph graph) {
        return new SwinFamilies(graph).build();
    }

    private String build() {
        int[] size = graph.fixedSize(second ? 256 : 224);
        Value image = graph.image("features.0.0", PATCH);
        Value x = graph.kind("image_size", "FixedSize", image, image.channels(), Map.of(), "size", size);
        x = norm("features.0.2", graph.conv("features.0.0", x, PATCH, 0));
        rows = size[0] / PATCH;
        columns = size[1] / PATCH;
        if (Math.min(rows, columns) < 1) {
            throw new IllegalArgumentException("takes images of at least " + PATCH + " pixels a side");
        }
        int width = x.channels();
        List<String> depths = new ArrayList<>();
        List<String> heads = new ArrayList<>();
        int stage = 1;
        for (; !graph.numbers("features." + stage).isEmpty(); stage += 2) {
            String name = "features." + stage;
            if (stage > 1) {
                x = merged("features." + (stage - 1), x);
            }
            int blocks = graph.numbers(name).size();
            for (int i = 0; i < blocks; i++) {
                x = block(name + "." + i, x, i % 2 == 1);
            }
            depths.add(String.valueOf(blocks));
            heads.add(String.valueOf(tensors.shape(name + ".0.attn.qkv.weight", 2).dim(0) / 3 / head(name)));
        }
        x = norm("norm", x);
        graph.head(x, "head", "ReLU");
        tensors.assume("windows of " + window + "x" + window + " moved by " + window / 2 + " in every second block");
        return (second ? "v2:" : "v1:") + width + ":" + String.join(",", depths) + ":" + window + ":"
                + String.join(",", heads);
    }

    private int head(String stage) {
        return tensors.shape(stage + ".0.attn.qkv.weight", 2).dim(1) / heads(stage + ".0.attn");
    }

    private int heads(String name) {
        return second ? tensors.shape(name + ".logit_scale", 3).dim(0)
                : tensors.shape(name + ".relative_position_bias_table", 2).dim(1);
    }

    private Value norm(String name, Value x) {
        return graph.layerNorm(name, x, EPSILON);
    }

    private Value block(String name, Value x, boolean moved) {
        Value y = second ? norm(name + ".norm1", attention(name + ".attn", x, moved))
                : attention(name + ".attn", norm(name + ".norm1", x), moved);
        Value sum = graph.sum(name + ".add_1", y, x);
        Value hidden = graph.kind("GELU", graph.linear(name + ".mlp.0", second ? sum : norm(name + ".norm2", sum)));
        y = graph.linear(name + ".mlp.3", hidden);
        return graph.sum(name + ".add_2", second ? norm(name + ".norm2", y) : y, sum);
    }

    /** Joins squares of 2 x 2 positions, of which the order is: down first, then right. */
    private Value merged(String name, Value x) {
        int high = rows + rows % 2;
        int wide = columns + columns % 2;
        Value y = padded(name, x, high, wide);
        y = graph.kind(name + ".squares", "Reshape", y, x.channels(), Map.of(), "shape",
                new int[] {high / 2, 2, wide / 2, 2, x.channels()});
        y = graph.kind(name + ".order", "Permute", y, x.channels(), Map.of(), "axes", new int[] {0, 2, 3, 1, 4});
        rows = high / 2;
        columns = wide / 2;
        y = graph.kind(name + ".joined", "Reshape", y, 4 * x.channels(), Map.of(), "shape",
                new int[] {rows, columns, 4 * x.channels()});
        return second ? norm(name + ".norm", reduced(name, y)) : reduced(name, norm(name + ".norm", y));
    }

    private Value reduced(String name, Value x) {
        int outputs = tensors.shape(name + ".reduction.weight", 2).dim(0);
        return graph.kind(name + ".reduction", "Linear", x, outputs, Map.of("weight",
                tensors.use(name + ".reduction.weight", Shape.of(outputs, x.channels()))));
    }

    private Value padded(String name, Value x, int high, int wide) {
        return high == rows && wide == columns ? x : graph.kind(name + ".pad", "Pad", x, x.channels(), Map.of(),
                "before", new int[3], "after", new int[] {high - rows, wide - columns, 0}, "mode", 0);
    }

    private Value attention(String name, Value x, boolean moved) {
        int channels = x.channels();
        int heads = heads(name);
        side(name);
        if (channels % heads != 0) {
            throw new IllegalArgumentException("has " + heads + " heads for " + channels + " channels");
        }
        int high = (rows + window - 1) / window * window;
        int wide = (columns + window - 1) / window * window;
        int[] shift = {moved && window < high ? window / 2 : 0, moved && window < wide ? window / 2 : 0};
        int count = high / window * (wide / window);
        int positions = window * window;
        Value y = rolled(name, padded(name, x, high, wide), new int[] {high, wide}, shift, false);
        int[] cut = {high / window, window, wide / window, window, channels};
        y = graph.kind(name + ".cut", "Reshape", y, channels, Map.of(), "shape", cut);
        y = graph.kind(name + ".by_window", "Permute", y, channels, Map.of(), "axes", new int[] {0, 2, 1, 3, 4});
        y = graph.kind(name + ".windows", "Reshape", y, channels, Map.of(), "shape",
                new int[] {count, positions, channels});
        y = attended(name, y, new int[] {count, positions, heads}, shift[0] + shift[1] == 0 ? null
                : mask(high, wide, shift));
        y = graph.kind(name + ".uncut", "Reshape", y, channels, Map.of(), "shape",
                new int[] {high / window, wide / window, window, window, channels});
        y = graph.kind(name + ".by_row", "Permute", y, channels, Map.of(), "axes", new int[] {0, 2, 1, 3, 4});
        y = graph.kind(name + ".map", "Reshape", y, channels, Map.of(), "shape", new int[] {high, wide, channels});
        y = rolled(name, y, new int[] {high, wide}, shift, true);
        y = high == rows ? y : graph.kind(name + ".rows", "Slice", y, channels, Map.of(), "axis", 0, "start", 0,
                "step", 1, "count", rows);
        return wide == columns ? y : graph.kind(name + ".columns", "Slice", y, channels, Map.of(), "axis", 1, "start",
                0, "step", 1, "count", columns);
    }

    /** Sets the side of the windows, which the table of relative positions shows. */
    private void side(String name) {
        tensors.ignore(name + ".relative_position_index");
        tensors.ignore(name + ".relative_coords_table");
        long offsets;
        if (!second) {
            offsets = tensors.shape(name + ".relative_position_bias_table", 2).dim(0);
        } else if (tensors.has(name + ".relative_coords_table")) {
            offsets = tensors.shape(name + ".relative_coords_table", 4).size() / 2;
        } else {
            long pairs = tensors.shape(name + ".relative_position_index", 1).dim(0);
            offsets = Math.round(Math.pow(2 * Math.sqrt(Math.sqrt(pairs)) - 1, 2));
        }
        int side = (int) Math.round((Math.sqrt(offsets) + 1) / 2);
        if (side < 2 || (2L * side - 1) * (2L * side - 1) != offsets || window != 0 && window != side) {
            throw new IllegalArgumentException("has windows of unequal sides, or none: '" + name + "' has " + offsets
                    + " relative positions");
        }
        window = side;
    }

    /** Moves rows and columns up and left in a circle, or back. */
    private Value rolled(String name, Value x, int[] size, int[] shift, boolean back) {
        Value y = x;
        for (int axis = 0; axis < 2; axis++) {
            if (shift[axis] != 0) {
                int[] from = new int[size[axis]];
                for (int i = 0; i < from.length; i++) {
                    from[i] = Math.floorMod(back ? i - shift[axis] : i + shift[axis], from.length);
                }
                y = graph.kind(name + (back ? ".back_" : ".moved_") + axis, "Gather", y, x.channels(), Map.of(), "axis",
                        axis, "indices", from, "drop", false);
            }
        }
        return y;
    }

    /** Adds attention inside windows (windows, positions, channels); sizes are windows, positions and heads. */
    private Value attended(String name, Value x, int[] sizes, Tensor mask) {
        int channels = x.channels();
        int width = channels / sizes[2];
        Map<String, TensorSource> weights = new LinkedHashMap<>();
        weights.put("weight", tensors.use(name + ".qkv.weight", Shape.of(3 * channels, channels)));
        weights.put("bias", projectionBias(name, channels));
        Value all = graph.kind(name + ".qkv", "Linear", x, 3 * channels, weights);
        Value[] parts = new Value[3];
        String[] names = {".query", ".key", ".value"};
        for (int i = 0; i < 3; i++) {
            Value part = graph.kind(name + names[i], "Slice", all, channels, Map.of(), "axis", 2, "start",
                    i * channels, "step", 1, "count", channels);
            part = graph.kind("Reshape", part, "shape", new int[] {sizes[0], sizes[1], sizes[2], width});
            part = second && i < 2 ? graph.kind("LpNormalize", part, "axis", 3, "p", 2, "epsilon", 1e-12) : part;
            parts[i] = graph.kind("Permute", part, "axes", i == 1 ? new int[] {0, 2, 3, 1} : new int[] {0, 2, 1, 3});
        }
        Value query = graph.kind(name + ".scale", "MultiplyConstant", parts[0], channels, Map.of("value",
                scale(name, sizes[2], width)));
        Value scores = graph.product(name + ".scores", query, parts[1]);
        scores = graph.kind(name + ".positions", "AddConstant", scores, channels, Map.of("value",
                positions(name, sizes[2])));
        if (mask != null) {
            scores = graph.kind(name + ".mask", "AddConstant", scores, channels, Map.of("value", mask));
        }
        Value mixed = graph.product(name + ".mix", graph.kind("Softmax", scores, "axis", 3), parts[2]);
        Value joined = graph.kind("Reshape", graph.kind("Permute", mixed, "axes", new int[] {0, 2, 1, 3}), "shape",
                new int[] {sizes[0], sizes[1], channels});
        return graph.linear(name + ".proj", new Value(joined.node(), channels));
    }

    /** Returns the bias of query, key and value; version 2 has none for the key, whatever the file holds. */
    private TensorSource projectionBias(String name, int channels) {
        TensorSource bias = tensors.use(name + ".qkv.bias", Shape.of(3 * channels));
        if (!second) {
            return bias;
        }
        float[] values = bias.tensor().data().clone();
        Arrays.fill(values, channels, 2 * channels, 0);
        return Tensor.of(Shape.of(3 * channels), values);
    }

    private Tensor scale(String name, int heads, int width) {
        if (!second) {
            return Tensor.of(Shape.of(1), new float[] {(float) (1 / Math.sqrt(width))});
        }
        float[] logarithms = tensors.use(name + ".logit_scale", Shape.of(heads, 1, 1)).tensor().data();
        float[] scales = new float[heads];
        for (int i = 0; i < heads; i++) {
            scales[i] = (float) Math.exp(Math.min(logarithms[i], LARGEST_SCALE));
        }
        return Tensor.of(Shape.of(heads, 1, 1), scales);
    }

    /** Returns what the relative position of two positions adds to their score: (heads, positions, positions). */
    private Tensor positions(String name, int heads) {
        int side = 2 * window - 1;
        float[] table = second ? table(name, heads) : tensors.use(name + ".relative_position_bias_table",
                Shape.of(side * side, heads)).tensor().data();
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

    /** Returns the table that version 2 computes from logarithms of relative positions by a small network. */
    private float[] table(String name, int heads) {
        int hidden = tensors.shape(name + ".cpb_mlp.0.weight", 2).dim(0);
        float[] first = tensors.use(name + ".cpb_mlp.0.weight", Shape.of(hidden, 2)).tensor().data();
        float[] bias = tensors.use(name + ".cpb_mlp.0.bias", Shape.of(hidden)).tensor().data();
        float[] last = tensors.use(name + ".cpb_mlp.2.weight", Shape.of(heads, hidden)).tensor().data();
        int side = 2 * window - 1;
        float[] table = new float[side * side * heads];
        for (int i = 0; i < side * side; i++) {
            double down = logarithm(i / side - window + 1);
            double right = logarithm(i % side - window + 1);
            for (int head = 0; head < heads; head++) {
                double sum = 0;
                for (int k = 0; k < hidden; k++) {
                    sum += last[head * hidden + k] * Math.max(0, first[2 * k] * down + first[2 * k + 1] * right
                            + bias[k]);
                }
                table[i * heads + head] = (float) (16 / (1 + Math.exp(-sum)));
            }
        }
        return table;
    }

    private double logarithm(int offset) {
        double scaled = 8.0 * offset / (window - 1);
        return Math.signum(scaled) * Math.log(Math.abs(scaled) + 1) / Math.log(2) / 3;
    }

    /** Returns what keeps positions apart that were no neighbours before the windows moved: (windows, 1, p, p). */
    private Tensor mask(int high, int wide, int[] shift) {
        int count = high / window * (wide / window);
        int positions = window * window;
        int[] part = new int[count * positions];
        for (int i = 0; i < part.length; i++) {
            int at = i / positions;
            int row = at / (wide / window) * window + i % positions / window;
            int column = at % (wide / window) * window + i % positions % window;
            part[i] = 3 * region(row, high, shift[0]) + region(column, wide, shift[1]);
        }
        float[] values = new float[Math.multiplyExact(part.length, positions)];
        for (int i = 0; i < part.length; i++) {
            for (int q = 0; q < positions; q++) {
                values[i * positions + q] = part[i] == part[i / positions * positions + q] ? 0 : MASKED;
            }
        }
        return Tensor.of(Shape.of(count, 1, positions, positions), values);
    }

    /** Returns 0 before the last window, 2 for what moved around the border, 1 between. */
    private int region(int at, int size, int shift) {
        return at < size - window ? 0 : at < size - shift ? 1 : 2;
    }
}
