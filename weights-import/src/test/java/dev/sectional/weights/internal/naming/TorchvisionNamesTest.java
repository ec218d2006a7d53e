package dev.sectional.weights.internal.naming;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TorchvisionNamesTest {
    @ParameterizedTest
    @CsvSource({"features.0.weight,classifier.6.bias", "module.features.0.weight,module.classifier.6.bias",
        "model.features.0.weight,model.classifier.6.bias", "features.module.0.weight,classifier.6.bias",
        "module.model.features.0.weight,module.model.classifier.6.bias",
        "_orig_mod.module.features.0.weight,_orig_mod.module.classifier.6.bias",
        "state_dict.module.features.0.weight,state_dict.module.classifier.6.bias"})
    void leavesWrappersOut(String weight, String bias) {
        assertEquals(List.of("features.0.weight", "classifier.6.bias"), names(weight, bias));
    }

    @Test
    void keepsAPrefixThatNotAllShare() {
        assertEquals(List.of("model.features.0.weight", "head.weight"),
                names("model.features.0.weight", "head.weight"));
        assertEquals(List.of("lin0.model.1.weight"), names("lin0.model.1.weight"));
        assertEquals(List.of("model"), names("model"));
        assertEquals(List.of(), names());
    }

    @Test
    void readsAveragedWeightsAndOldDenseNets() {
        assertEquals(List.of("fc.weight"), names("n_averaged", "module.fc.weight"));
        assertEquals(List.of("features.denseblock1.denselayer12.norm1.running_mean", "features.norm5.weight"),
                names("features.denseblock1.denselayer12.norm.1.running_mean", "features.norm5.weight"));
    }

    @Test
    void readsTimmsLayout() {
        var renamed = torchvision(Map.of("pre_logits.fc1.weight", Shape.of(4, 2, 1, 3)));
        assertEquals(Shape.of(4, 6), renamed.get("classifier.0.weight").values().shape());
        assertEquals(List.of("features.0.bias", "classifier.0.weight", "classifier.0.bias", "classifier.3.weight",
                "classifier.6.bias"),
                names("features.0.bias", "pre_logits.fc1.weight", "pre_logits.fc1.bias", "pre_logits.fc2.weight",
                        "head.fc.bias"));
    }

    @Test
    void leavesASqueezeNetsClassifierAConvolution() {
        var renamed = torchvision(Map.of("features.3.squeeze.weight", Shape.of(2, 3, 1, 1), "classifier.1.weight",
                Shape.of(5, 4, 1, 1)));
        assertEquals(Shape.of(5, 4, 1, 1), renamed.get("classifier.1.weight").values().shape());
    }

    @Test
    void readsTorchRaysLayout() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put("classifier.0.weight", Shape.of(2, 2, 1, 2));
        shapes.put("classifier.2.weight", Shape.of(2, 2, 1, 1));
        shapes.put("classifier.4.weight", Shape.of(5, 2, 1, 1));
        shapes.put("classifier.4.bias", Shape.of(5));
        var renamed = torchvision(shapes);
        assertEquals(List.of("classifier.0.weight", "classifier.3.weight", "classifier.6.weight", "classifier.6.bias"),
                List.copyOf(renamed.keySet()));
        assertEquals(Shape.of(5, 2), renamed.get("classifier.6.weight").values().shape());
        Tensor first = renamed.get("classifier.0.weight").values().tensor();
        assertEquals(Shape.of(2, 4), first.shape());
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5, 6, 7}, first.data());
    }

    @Test
    void leavesTorchvisionsOwnClassifierAlone() {
        List<String> own = List.of("classifier.0.weight", "classifier.3.weight", "classifier.6.weight");
        assertEquals(own, names(own.toArray(String[]::new)));
    }

    @Test
    void refusesTwoTensorsOfOneName() {
        String message = assertThrows(InputException.class, () -> names("features.0.bias", "module.features.0.bias"))
                .getMessage();
        assertTrue(message.startsWith("cannot read x.pth: two tensors are named features.0.bias"), message);
    }

    private static final String[] TRANSFORMER = {"cls_token", "patch_embed.proj.weight", "blocks.0.attn.qkv.weight"};

    @ParameterizedTest
    @CsvSource({"pos_embed,encoder.pos_embedding", "patch_embed.proj.bias,conv_proj.bias",
        "norm.weight,encoder.ln.weight",
        "head.bias,heads.head.bias", "blocks.11.norm1.weight,encoder.layers.encoder_layer_11.ln_1.weight",
        "blocks.2.norm2.bias,encoder.layers.encoder_layer_2.ln_2.bias",
        "blocks.2.attn.qkv.bias,encoder.layers.encoder_layer_2.self_attention.in_proj_bias",
        "blocks.2.attn.proj.weight,encoder.layers.encoder_layer_2.self_attention.out_proj.weight",
        "blocks.2.mlp.fc1.weight,encoder.layers.encoder_layer_2.mlp.0.weight",
        "blocks.2.mlp.fc2.weight,encoder.layers.encoder_layer_2.mlp.3.weight",
        "blocks.2.ls1.gamma,blocks.2.ls1.gamma", "fc_norm.weight,fc_norm.weight"})
    void readsTimmsTransformers(String timm, String torchvision) {
        List<String> expected = List.of("class_token", "conv_proj.weight",
                "encoder.layers.encoder_layer_0.self_attention.in_proj_weight", torchvision);
        assertEquals(expected, names(TRANSFORMER[0], TRANSFORMER[1], TRANSFORMER[2], timm));
        assertEquals(expected, names("module." + TRANSFORMER[0], TRANSFORMER[1], TRANSFORMER[2], timm));
    }

    /** Without one of the three names it is another network, whose names stay. */
    @Test
    void knowsATransformerByThreeNames() {
        assertTrue(isTimmTransformer(TRANSFORMER));
        assertTrue(isTimmTransformer("model.cls_token", "model.patch_embed.proj.weight",
                "model.blocks.0.attn.qkv.weight"));
        for (int missing = 0; missing < 3; missing++) {
            String[] two = {TRANSFORMER[(missing + 1) % 3], TRANSFORMER[(missing + 2) % 3], "norm.weight"};
            assertEquals(List.of(two), names(two));
            assertFalse(isTimmTransformer(two));
        }
        assertEquals(List.of("class_token", "cls_token", "conv_proj.weight",
                "encoder.layers.encoder_layer_0.self_attention.in_proj_weight"),
                names("class_token", TRANSFORMER[0], TRANSFORMER[1], TRANSFORMER[2]), "a name that is taken");
    }

    private static boolean isTimmTransformer(String... names) {
        return TorchvisionNames.isTimmTransformer(tensors(shapes(names)));
    }

    @ParameterizedTest
    @CsvSource({"stem.1.bias,features.0.1.bias", "head.norm.weight,classifier.0.weight",
        "head.fc.bias,classifier.2.bias", "stages.1.downsample.0.weight,features.2.0.weight",
        "stages.3.downsample.1.bias,features.6.1.bias", "stages.2.blocks.8.gamma,features.5.8.layer_scale",
        "stages.0.blocks.1.norm.bias,features.1.1.block.2.bias",
        "stages.0.blocks.1.mlp.fc1.weight,features.1.1.block.3.weight",
        "stages.0.blocks.1.mlp.fc2.bias,features.1.1.block.5.bias", "stages.0.other,stages.0.other"})
    void readsTimmsConvNeXts(String timm, String torchvision) {
        assertEquals(List.of("features.0.0.weight", "features.1.0.block.0.weight", torchvision),
                names("stem.0.weight", "stages.0.blocks.0.conv_dw.weight", timm));
        assertEquals(List.of("stem.0.weight", timm), names("stem.0.weight", timm));
        assertEquals(List.of("stages.0.blocks.0.conv_dw.weight", timm),
                names("stages.0.blocks.0.conv_dw.weight", timm));
    }

    @Test
    void reshapesTheScalesAndLinearLayersOfAConvNeXt() {
        Map<String, Shape> shapes = new LinkedHashMap<>(Map.of("stem.0.weight", Shape.of(4, 3, 4, 4),
                "stages.0.blocks.0.conv_dw.weight", Shape.of(4, 1, 7, 7)));
        shapes.put("stages.0.blocks.0.gamma", Shape.of(4));
        shapes.put("stages.0.blocks.1.gamma", Shape.of(4, 1, 1));
        shapes.put("stages.0.blocks.0.mlp.fc1.weight", Shape.of(16, 4, 1, 1));
        shapes.put("stages.0.blocks.0.mlp.fc2.weight", Shape.of(4, 16));
        shapes.put("stages.0.blocks.1.mlp.fc2.weight", Shape.of(4, 16, 1, 3));
        shapes.put("stages.0.blocks.1.mlp.fc1.weight", Shape.of(4, 16, 2, 2));
        var renamed = torchvision(shapes);
        assertEquals(Shape.of(4, 1, 1), renamed.get("features.1.0.layer_scale").values().shape());
        assertEquals(Shape.of(4, 1, 1), renamed.get("features.1.1.layer_scale").values().shape());
        assertEquals(Shape.of(16, 4), renamed.get("features.1.0.block.3.weight").values().shape());
        assertEquals(Shape.of(4, 16), renamed.get("features.1.0.block.5.weight").values().shape());
        assertEquals(Shape.of(4, 16, 1, 3), renamed.get("features.1.1.block.5.weight").values().shape());
        assertEquals(Shape.of(4, 16, 2, 2), renamed.get("features.1.1.block.3.weight").values().shape());
        assertEquals(Shape.of(4, 3, 4, 4), renamed.get("features.0.0.weight").values().shape());
    }

    private static final String[] SWIN = {"patch_embed.proj.weight",
        "layers.0.blocks.0.attn.relative_position_bias_table"};

    @ParameterizedTest
    @CsvSource({"patch_embed.norm.bias,features.0.2.bias", "head.fc.weight,head.weight", "norm.weight,norm.weight",
        "layers.2.blocks.13.mlp.fc1.bias,features.5.13.mlp.0.bias",
        "layers.1.blocks.0.mlp.fc2.weight,features.3.0.mlp.3.weight",
        "layers.1.downsample.norm.bias,features.2.norm.bias",
        "layers.3.blocks.1.attn.qkv.weight,features.7.1.attn.qkv.weight", "layers.1.other,layers.1.other"})
    void readsTimmsSwinTransformers(String timm, String torchvision) {
        assertEquals(List.of("features.0.0.weight", "features.1.0.attn.relative_position_bias_table", torchvision),
                names(SWIN[0], SWIN[1], timm));
        assertEquals(List.of(SWIN[0], "norm.weight"), names(SWIN[0], "norm.weight"));
        assertEquals(List.of(SWIN[1], "norm.weight"), names(SWIN[1], "norm.weight"));
    }

    /** Version 2 has no table of biases: two other names tell it. */
    @Test
    void knowsASwinTransformerOfVersion2ByThreeNames() {
        String[] all = {SWIN[0], "layers.0.blocks.0.attn.logit_scale", "layers.0.blocks.0.attn.q_bias"};
        assertEquals(List.of("features.0.0.weight", "features.1.0.attn.logit_scale", "features.1.0.attn.q_bias"),
                names(all));
        for (int missing = 0; missing < 3; missing++) {
            String[] two = {all[(missing + 1) % 3], all[(missing + 2) % 3], "norm.weight"};
            assertEquals(List.of(two), names(two));
        }
    }

    /** Older files merge patches at the end of a stage, and store masks and two-dimensional tables of positions. */
    @Test
    void readsOlderSwinTransformers() {
        Map<String, Shape> shapes = shapes(SWIN[0], SWIN[1], "layers.0.downsample.reduction.weight",
                "layers.2.downsample.norm.weight", "layers.0.blocks.1.attn_mask", "head.weight", "head.fc.weight");
        shapes.put("layers.0.blocks.0.attn.relative_position_index", Shape.of(3, 3));
        shapes.put("layers.0.blocks.1.attn.relative_position_index", Shape.of(9));
        var renamed = torchvision(shapes);
        assertEquals(List.of("features.0.0.weight", "features.1.0.attn.relative_position_bias_table",
                "features.2.reduction.weight", "features.6.norm.weight", "head.weight", "head.fc.weight",
                "features.1.0.attn.relative_position_index", "features.1.1.attn.relative_position_index"),
                List.copyOf(renamed.keySet()));
        assertEquals(Shape.of(9), renamed.get("features.1.0.attn.relative_position_index").values().shape());
        assertEquals(Shape.of(9), renamed.get("features.1.1.attn.relative_position_index").values().shape());
    }

    @Test
    void knowsTorchRayByTwoConvolutions() {
        Shape convolution = Shape.of(2, 2, 1, 1);
        Shape matrix = Shape.of(2, 2);
        assertTrue(isTorchRay(convolution, convolution));
        assertFalse(isTorchRay(matrix, convolution));
        assertFalse(isTorchRay(convolution, matrix));
        assertFalse(TorchRayVgg.matches(tensors(Map.of("classifier.4.weight", convolution))));
        assertFalse(TorchRayVgg.matches(tensors(Map.of("classifier.0.weight", convolution))));
    }

    private static boolean isTorchRay(Shape first, Shape last) {
        return TorchRayVgg.matches(tensors(Map.of("module.classifier.0.weight", first, "module.classifier.4.weight",
                last)));
    }

    @Test
    void flattensOnlyLinearLayersOfAClassifier() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (String name : List.of("classifier.1.weight", "classifier.1.bias", "features.1.weight",
                "classifier.1.weight_v")) {
            shapes.put(name, Shape.of(2, 3, 1, 2));
        }
        shapes.put("classifier.2.weight", Shape.of(2, 3, 2));
        shapes.put("classifier.3.weight", Shape.of(0, 3, 1, 2));
        var renamed = torchvision(shapes);
        assertEquals(List.of(Shape.of(2, 6), Shape.of(2, 3, 1, 2), Shape.of(2, 3, 1, 2), Shape.of(2, 3, 1, 2),
                Shape.of(2, 3, 2), Shape.of(0, 3, 1, 2)),
                renamed.values().stream().map(each -> each.values().shape()).toList());
    }

    private static List<String> names(String... names) {
        return List.copyOf(torchvision(shapes(names)).keySet());
    }

    private static Map<String, Shape> shapes(String... names) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (String name : names) {
            shapes.put(name, Shape.of(1));
        }
        return shapes;
    }

    private static Map<String, StoredTensor> torchvision(Map<String, Shape> shapes) {
        return TorchvisionNames.rename("x.pth", tensors(shapes));
    }

    private static Map<String, StoredTensor> tensors(Map<String, Shape> shapes) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        shapes.forEach((name, shape) -> {
            Tensor values = Tensor.zeros(shape);
            for (int i = 0; i < shape.size(); i++) {
                values.data()[i] = i;
            }
            tensors.put(name, new StoredTensor(DType.F32, values));
        });
        return tensors;
    }
}
