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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Swin transformers (Liu et al. 2021 and, as version 2, 2022) by torchvision's names. Maps are cut into windows, in
 * which positions attend to each other; every second block moves the windows by half their side. The graph holds for
 * images of one size, which the user may choose: paddings and masks follow from it.
 */
final class SwinFamilies {
    private static final int PATCH = 4;
    private static final Pattern NAMED_WINDOW = Pattern.compile("window(\\d+)(?:to(\\d+))?_");
    private static final double EPSILON = 1e-5;
    private static final Pattern NAMED_SIZE = Pattern.compile("^swinv2_.*?(\\d+)$");
    /** What torchvision adds to the scores of positions that only moving the windows made neighbours. */
    private static final float MASKED = -100;
    private static final double LARGEST_SCALE = Math.log(100);

    private final FamilyGraph graph;
    private final ModelTensors tensors;
    private final boolean second;
    /** Whether the biases of query and value are tensors of their own, as timm and the authors have them. */
    private final boolean timm;
    private int rows;
    private int columns;
    private int window;
    private int widest;

    private SwinFamilies(FamilyGraph graph) {
        this.graph = graph;
        this.tensors = graph.tensors();
        this.second = tensors.has("features.1.0.attn.logit_scale");
        this.timm = tensors.has("features.1.0.attn.q_bias");
    }

    /** Adds the network and returns its configuration: version, width, blocks of the stages, window, heads. */
    static String swin(FamilyGraph graph) {
        return new SwinFamilies(graph).build();
    }

    /** Returns the configurations of the models of torchvision, and of those of timm that have to be named. */
    static Map<String, String> known() {
        Map<String, String> known = new LinkedHashMap<>();
        String[] sizes = {"tiny", "small", "base", "large"};
        String[] shapes = {"96:2,2,6,2:%s:3,6,12,24", "96:2,2,18,2:%s:3,6,12,24", "128:2,2,18,2:%s:4,8,16,32",
            "192:2,2,18,2:%s:6,12,24,48"};
        for (int i = 0; i < sizes.length; i++) {
            if (i < 3) {
                known.put("swin_" + sizes[i].charAt(0), "v1:" + shapes[i].formatted("7"));
                known.put("swin_v2_" + sizes[i].charAt(0), "v2:" + shapes[i].formatted("8"));
                known.put("swinv2_" + sizes[i] + "_window8_256", "v2:" + shapes[i].formatted("8"));
                known.put("swinv2_" + sizes[i] + "_window16_256", "v2:" + shapes[i].formatted("16"));
            }
            if (i > 1) {
                known.put("swinv2_" + sizes[i] + "_window12_192", "v2:" + shapes[i].formatted("12"));
                known.put("swinv2_" + sizes[i] + "_window12to16_192to256", "v2:" + shapes[i].formatted("16"));
                known.put("swinv2_" + sizes[i] + "_window12to24_192to384", "v2:" + shapes[i].formatted("24"));
            }
        }
        return known;
    }

    private String build() {
        Matcher named = NAMED_SIZE.matcher(graph.model());
        int[] size = graph.fixedSize(named.find() ? Integer.parseInt(named.group(1)) : second ? 256 : 224);
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
        tensors.assume("windows of " + widest + "x" + widest + " moved by " + widest / 2 + " in every second block");
        return (second ? "v2:" : "v1:") + width + ":" + String.join(",", depths) + ":" + widest + ":"
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
        y = WindowAttention.cut(graph, name, y, new int[] {high, wide}, window);
        y = attended(name, y, new int[] {count, positions, heads}, shift[0] + shift[1] == 0 ? null
                : mask(high, wide, shift));
        y = WindowAttention.uncut(graph, name, y, new int[] {high, wide}, window);
        y = rolled(name, y, new int[] {high, wide}, shift, true);
        y = high == rows ? y : graph.kind(name + ".rows", "Slice", y, channels, Map.of(), "axis", 0, "start", 0,
                "step", 1, "count", rows);
        return wide == columns ? y : graph.kind(name + ".columns", "Slice", y, channels, Map.of(), "axis", 1, "start",
                0, "step", 1, "count", columns);
    }

    /** Sets the side of the windows, which the table of relative positions or the model's name shows. */
    private void side(String name) {
        tensors.ignore(name + ".relative_position_index");
        tensors.ignore(name + ".relative_coords_table");
        long offsets;
        if (!second) {
            offsets = tensors.shape(name + ".relative_position_bias_table", 2).dim(0);
        } else if (tensors.has(name + ".relative_coords_table")) {
            offsets = tensors.shape(name + ".relative_coords_table", 4).size() / 2;
        } else if (tensors.has(name + ".relative_position_index")) {
            long pairs = tensors.shape(name + ".relative_position_index", 1).dim(0);
            offsets = Math.round(Math.pow(2 * Math.sqrt(Math.sqrt(pairs)) - 1, 2));
        } else {
            long named = Math.min(namedWindow(0), Math.min(rows, columns));
            offsets = (2 * named - 1) * (2 * named - 1);
        }
        int side = WindowAttention.side(offsets);
        boolean whole = side == rows && side == columns;   // timm's windows are no larger than the map
        if (side == 0 || window != 0 && window != side && !whole) {
            throw new IllegalArgumentException("has windows of unequal sides, or none: '" + name + "' has " + offsets
                    + " relative positions");
        }
        widest = Math.max(widest, side);
        window = side;
    }

    /**
     * Returns a number of the name of timm's models, such as swinv2_base_window12to16_192to256.
     *
     * @param which 0 for the side of the windows, 1 for that of the training before, 0 if there was none
     */
    private int namedWindow(int which) {
        Matcher name = NAMED_WINDOW.matcher(graph.model());
        if (!name.find()) {
            throw new IllegalArgumentException("is timm's Swin transformer of version 2, whose tensors do not show the"
                    + " side of its windows: name the model, such as --arch swinv2_tiny_window8_256");
        }
        String second = name.group(2);
        return Integer.parseInt(which == 0 ? second == null ? name.group(1) : second : second == null ? "0"
                : name.group(1));
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
        Map<String, TensorSource> projection = new LinkedHashMap<>();
        projection.put("weight", tensors.use(name + ".qkv.weight", Shape.of(3 * channels, channels)));
        projection.put("bias", projectionBias(name, channels));
        float[] table = second ? table(name, sizes[2]) : tensors.use(name + ".relative_position_bias_table",
                Shape.of((2 * window - 1) * (2 * window - 1), sizes[2])).tensor().data();
        return new WindowAttention(new String[] {"qkv", "proj"}, projection, second, scale(name, sizes[2],
                channels / sizes[2]), WindowAttention.positions(table, window, sizes[2]), mask)
                .attend(graph, name, x, sizes);
    }

    /** Returns the bias of query, key and value; version 2 has none for the key, whatever the file holds. */
    private TensorSource projectionBias(String name, int channels) {
        if (tensors.has(name + ".q_bias")) {   // timm's names
            float[] joined = new float[3 * channels];
            tensors.use(name + ".q_bias", Shape.of(channels)).read(0, joined, 0, channels);
            tensors.use(name + ".v_bias", Shape.of(channels)).read(0, joined, 2 * channels, channels);
            tensors.ignore(name + ".k_bias");
            return Tensor.of(Shape.of(3 * channels), joined);
        }
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

    /** Returns the table that version 2 computes from logarithms of relative positions by a small network. */
    private float[] table(String name, int heads) {
        int hidden = tensors.shape(name + ".cpb_mlp.0.weight", 2).dim(0);
        float[] first = tensors.use(name + ".cpb_mlp.0.weight", Shape.of(hidden, 2)).tensor().data();
        float[] bias = tensors.use(name + ".cpb_mlp.0.bias", Shape.of(hidden)).tensor().data();
        float[] last = tensors.use(name + ".cpb_mlp.2.weight", Shape.of(heads, hidden)).tensor().data();
        int side = 2 * window - 1;
        String coordinates = name + ".relative_coords_table";
        float[] stored = timm && tensors.has(coordinates)
                ? tensors.use(coordinates, Shape.of(1, side, side, 2)).tensor().data() : null;
        int trained = stored == null && timm ? namedWindow(1) : 0;
        int before = trained == 0 ? window : window < widest ? trained / 2 : trained;
        float[] table = new float[side * side * heads];
        for (int i = 0; i < side * side; i++) {
            double down = stored != null ? stored[2 * i] : logarithm(i / side - window + 1, before);
            double right = stored != null ? stored[2 * i + 1] : logarithm(i % side - window + 1, before);
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

    private static double logarithm(int offset, int window) {
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
