package dev.sectional.weights.internal.architecture;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.named.ModelTensors;
import dev.sectional.weights.internal.architecture.FamilyGraph.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * MaxViT (Tu et al. 2022) by torchvision's names: each layer is a mobile convolution, attention inside windows, and
 * attention inside a grid, whose positions lie apart. The graph holds for images of one size.
 */
final class MaxVitFamilies {
    private static final double EPSILON = 1e-3;
    private static final double LAYER_NORM_EPSILON = 1e-5;
    private static final String TABLE = ".window_attention.attn_layer.1.relative_position_bias_table";

    private final FamilyGraph graph;
    private final ModelTensors tensors;
    private int size;
    private int partition;

    private MaxVitFamilies(FamilyGraph graph) {
        this.graph = graph;
        this.tensors = graph.tensors();
    }

    /** Adds the network and returns its configuration: width of the stem, layers and widths of the blocks, windows. */
    static String maxVit(FamilyGraph graph) {
        return new MaxVitFamilies(graph).build();
    }

    private String build() {
        graph.epsilon(EPSILON);
        int blocks = graph.numbers("blocks").size();
        partition = WindowAttention.side(tensors.shape("blocks.0.layers.0.layers" + TABLE, 2).dim(0));
        if (partition == 0) {
            throw new IllegalArgumentException("has windows of unequal sides, or none");
        }
        int[] wanted = graph.fixedSize(Math.multiplyExact(partition, 2 << Math.min(blocks, 16)));
        if (wanted[0] != wanted[1] || wanted[0] % (partition * (2 << blocks)) != 0) {
            throw new IllegalArgumentException("takes square images of a side that " + partition * (2 << blocks)
                    + " divides; give such an --input-size");
        }
        size = wanted[0] / 2;
        Value image = graph.image("stem.0.0", 3);
        Value x = graph.kind("image_size", "FixedSize", image, image.channels(), Map.of(), "size", wanted);
        x = graph.kind("GELU", graph.convNorm("stem.0.0", "stem.0.1", x, 2));
        x = graph.conv("stem.1.0", x, 1, 1);
        StringBuilder config = new StringBuilder().append(x.channels());
        List<String> heads = new ArrayList<>();
        for (int block = 0; block < blocks; block++) {
            String name = "blocks." + block + ".layers";
            int layers = graph.numbers(name).size();
            for (int i = 0; i < layers; i++) {
                x = layer(name + "." + i + ".layers", x, i == 0 ? 2 : 1);
            }
            config.append(':').append(layers).append(',').append(x.channels());
            heads.add(String.valueOf(tensors.shape(name + ".0.layers" + TABLE, 2).dim(1)));
        }
        x = graph.layerNorm("classifier.2", graph.pooled(x), LAYER_NORM_EPSILON);
        if (tensors.has("classifier.3.weight") && tensors.has("classifier.5.weight")) {
            x = graph.kind("Tanh", graph.linear("classifier.3", x));
            graph.classifier(x, "classifier.5", "ReLU");
        } else {
            graph.classifier(x, "classifier", "ReLU");
        }
        tensors.assume("windows and grids of " + partition + "x" + partition);
        return config + ":" + partition + ":" + String.join(",", heads);
    }

    private Value layer(String name, Value x, int stride) {
        Value y = convolution(name + ".MBconv", x, stride);
        y = attention(name + ".window_attention", y, false);
        return attention(name + ".grid_attention", y, true);
    }

    private Value convolution(String name, Value x, int stride) {
        Value shortcut = x;
        if (stride == 2) {
            size = size / 2;
            shortcut = graph.conv(name + ".proj.1", graph.averagePool(name + ".proj.0", x, 3, 2, 1), 1, 0);
        }
        String layers = name + ".layers.";
        Value y = graph.norm(layers + "pre_norm", x);
        y = graph.kind("GELU", graph.convNorm(layers + "conv_a.0", layers + "conv_a.1", y, 1));
        y = graph.kind("GELU", graph.convNorm(layers + "conv_b.0", layers + "conv_b.1", y, stride));
        y = graph.squeezeExcitation(layers + "squeeze_excitation", y, "SiLU", "Sigmoid");
        return graph.sum(name + ".add", shortcut, graph.conv(layers + "conv_c", y, 1, 0));
    }

    /** Adds attention and a perceptron in windows; the windows of a grid take every n-th position. */
    private Value attention(String name, Value x, boolean grid) {
        int channels = x.channels();
        int side = grid ? size / partition : partition;
        int[] map = {size, size};
        Value y = WindowAttention.cut(graph, name, x, map, side);
        y = grid ? graph.kind(name + ".grid", "Permute", y, channels, Map.of(), "axes", new int[] {1, 0, 2}) : y;
        Value normed = graph.layerNorm(name + ".attn_layer.0", y, LAYER_NORM_EPSILON);
        y = graph.sum(name + ".add_1", y, attended(name + ".attn_layer.1", normed));
        Value hidden = graph.linear(name + ".mlp_layer.1", graph.layerNorm(name + ".mlp_layer.0", y,
                LAYER_NORM_EPSILON));
        y = graph.sum(name + ".add_2", y, graph.linear(name + ".mlp_layer.3", graph.kind("GELU", hidden)));
        y = grid ? graph.kind(name + ".windows_again", "Permute", y, channels, Map.of(), "axes", new int[] {1, 0, 2})
                : y;
        return WindowAttention.uncut(graph, name, y, map, side);
    }

    private Value attended(String name, Value x) {
        int channels = x.channels();
        String table = name + ".relative_position_bias_table";
        int heads = tensors.shape(table, 2).dim(1);
        if (channels % heads != 0) {
            throw new IllegalArgumentException("has " + heads + " heads for " + channels + " channels");
        }
        tensors.ignore(name + ".relative_position_index");
        int offsets = (2 * partition - 1) * (2 * partition - 1);
        Map<String, TensorSource> projection = new LinkedHashMap<>();
        projection.put("weight", tensors.use(name + ".to_qkv.weight", Shape.of(3 * channels, channels)));
        projection.put("bias", tensors.use(name + ".to_qkv.bias", Shape.of(3 * channels)));
        Tensor scale = Tensor.of(Shape.of(1), new float[] {(float) (1 / Math.sqrt(channels))});
        Tensor positions = WindowAttention.positions(tensors.use(table, Shape.of(offsets, heads)).tensor().data(),
                partition, heads);
        int windows = size / partition * (size / partition);
        return new WindowAttention(new String[] {"to_qkv", "merge"}, projection, false, scale, positions, null)
                .attend(graph, name, x, new int[] {windows, partition * partition, heads});
    }
}
