package dev.sectional.weights.internal.architecture;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.layer.Concat;
import dev.sectional.nn.model.named.ModelTensors;
import dev.sectional.weights.internal.architecture.FamilyGraph.Value;
import java.util.List;
import java.util.Map;

/**
 * Vision transformers (Dosovitskiy et al. 2021) by torchvision's names. The method builds a network and returns its
 * configuration, by which {@link Families} tells the models apart.
 */
final class TransformerFamilies {
    /** Elements of an attention head in every model but the huge one, which has 16 heads of 80. */
    private static final int HEAD = 64;
    private static final int HUGE = 1280;
    private static final String BLOCK = "encoder.layers.encoder_layer_";

    private TransformerFamilies() {
    }

    static String visionTransformer(FamilyGraph graph) {
        ModelTensors tensors = graph.tensors();
        Shape patch = tensors.shape("conv_proj.weight", 4);
        int width = patch.dim(0);
        int tokens = tensors.shape("encoder.pos_embedding", 3).dim(1);
        int grid = (int) Math.round(Math.sqrt(tokens - 1.0));
        int heads = width == HUGE ? 16 : width / HEAD;
        if (patch.dim(2) != patch.dim(3) || grid * grid != tokens - 1 || width != HUGE && width % HEAD != 0) {
            throw tensors.wrong("is a vision transformer of width " + width + " with " + tokens
                    + " positions, whose heads or image size are unknown; " + ModelTensors.EXPORT);
        }
        int side = Math.multiplyExact(grid, patch.dim(2));
        graph.imageSide(side, true);
        Value image = graph.image("conv_proj", patch.dim(2));
        Value x = graph.kind("image_size", "FixedSize", image, image.channels(), Map.of(), "size",
                new int[] {side, side}, "only", true);
        x = graph.conv("conv_proj", x, patch.dim(2), 0);
        x = graph.kind("tokens", "Reshape", x, width, Map.of(), "shape", new int[] {tokens - 1, width});
        Value token = graph.kind("class_token", "Constant", image, width,
                Map.of("value", tensors.use("class_token", Shape.of(1, 1, width)).reshape(Shape.of(1, width))));
        x = graph.merge("encoder.tokens", "Concat", List.of(token, x), width, "axis", 0);
        x = graph.kind("encoder.pos_embedding", "AddConstant", x, width, Map.of("value",
                tensors.use("encoder.pos_embedding", Shape.of(1, tokens, width)).reshape(Shape.of(tokens, width))));
        int blocks = 0;
        for (; tensors.has(BLOCK + blocks + ".ln_1.weight"); blocks++) {
            x = block(graph, BLOCK + blocks + ".", x, tokens, heads);
        }
        x = graph.layerNorm("encoder.ln", x);
        x = graph.kind("encoder.class", "Gather", x, width, Map.of(), "axis", 0, "indices", new int[1], "drop", true);
        if (tensors.has("heads.pre_logits.weight")) {
            x = graph.kind("Tanh", graph.linear("heads.pre_logits", x));
        }
        tensors.addHead(graph.builder(), tensors.numbered("heads", 2).isEmpty() && !tensors.has("heads.weight")
                ? "heads.head" : "heads", x.channels());
        tensors.assume(heads + " attention heads of " + width / heads + " elements");
        return width + ":" + blocks + ":" + patch.dim(2);
    }

    private static Value block(FamilyGraph graph, String name, Value x, int tokens, int heads) {
        Value y = attention(graph, name + "self_attention", graph.layerNorm(name + "ln_1", x), tokens, heads);
        Value sum = graph.sum(name + "add_1", y, x);
        boolean old = graph.tensors().has(name + "mlp.linear_1.weight");
        Value hidden = graph.linear(name + (old ? "mlp.linear_1" : "mlp.0"), graph.layerNorm(name + "ln_2", sum));
        y = graph.linear(name + (old ? "mlp.linear_2" : "mlp.3"), graph.kind("GELU", hidden));
        return graph.sum(name + "add_2", y, sum);
    }

    /** Adds self-attention of tokens (T, D), whose query, key and value are one linear layer. */
    private static Value attention(FamilyGraph graph, String name, Value x, int tokens, int heads) {
        int width = x.channels();
        int size = width / heads;
        ModelTensors tensors = graph.tensors();
        Value all = graph.kind(name + ".in_proj", "Linear", x, 3 * width, Map.of(
                "weight", tensors.use(name + ".in_proj_weight", Shape.of(3 * width, width)),
                "bias", tensors.use(name + ".in_proj_bias", Shape.of(3 * width))));
        Value[] parts = new Value[3];
        String[] names = {".query", ".key", ".value"};
        for (int i = 0; i < 3; i++) {
            Value part = graph.kind(name + names[i], "Slice", all, width, Map.of(), "axis", 1, "start", i * width,
                    "step", 1, "count", width);
            part = graph.kind("Reshape", part, "shape", new int[] {tokens, heads, size});
            parts[i] = graph.kind("Permute", part, "axes", i == 1 ? new int[] {1, 2, 0} : new int[] {1, 0, 2});
        }
        Value query = graph.kind(name + ".scale", "MultiplyConstant", parts[0], width,
                Map.of("value", Tensor.of(Shape.of(1), new float[] {(float) (1 / Math.sqrt(size))})));
        Value scores = graph.kind("Softmax", graph.product(name + ".scores", query, parts[1]), "axis", 2);
        Value mixed = graph.kind("Permute", graph.product(name + ".mix", scores, parts[2]), "axes",
                new int[] {1, 0, 2});
        return graph.linear(name + ".out_proj", graph.kind("Reshape", mixed, "shape", new int[] {tokens, width}));
    }
}
