package dev.sectional.weights.internal.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Networks that names of tensors suggest, by the numbers of their blocks or by one part of a name. */
class LookalikeTest {
    private static Set<String> resNet(boolean bottleneck, int... blocks) {
        Set<String> names = new TreeSet<>(Set.of("conv1.weight", "fc.weight"));
        for (int stage = 1; stage <= blocks.length; stage++) {
            for (int block = 0; block < blocks[stage - 1]; block++) {
                names.add("layer" + stage + "." + block + ".conv1.weight");
                if (bottleneck) {
                    names.add("layer" + stage + "." + block + ".conv3.weight");
                }
            }
        }
        return names;
    }

    private static Set<String> denseNet(int... layers) {
        Set<String> names = new TreeSet<>();
        for (int block = 1; block <= layers.length; block++) {
            for (int layer = 1; layer <= layers[block - 1]; layer++) {
                names.add("features.denseblock" + block + ".denselayer" + layer + ".conv1.weight");
            }
        }
        return names;
    }

    @Test
    void theNumberOfBlocksTellsTheDepth() {
        assertEquals("ResNet-18", Lookalike.of(resNet(false, 2, 2, 2, 2)));
        assertEquals("ResNet-34", Lookalike.of(resNet(false, 3, 4, 6, 3)));
        assertEquals("ResNet-50", Lookalike.of(resNet(true, 3, 4, 6, 3)));
        assertEquals("ResNet-101", Lookalike.of(resNet(true, 3, 4, 23, 3)));
        assertEquals("ResNet-152", Lookalike.of(resNet(true, 3, 8, 36, 3)));
        assertEquals("a ResNet", Lookalike.of(resNet(true, 3, 4, 6, 4)));
        assertEquals("DenseNet-121", Lookalike.of(denseNet(6, 12, 24, 16)));
        assertEquals("DenseNet-161", Lookalike.of(denseNet(6, 12, 36, 24)));
        assertEquals("DenseNet-169", Lookalike.of(denseNet(6, 12, 32, 32)));
        assertEquals("DenseNet-201", Lookalike.of(denseNet(6, 12, 48, 32)));
        assertEquals("a DenseNet", Lookalike.of(denseNet(6, 12, 24)));
    }

    /** A backbone inside a network that does more is not named alone. */
    @Test
    void outputsOfManyPositionsComeBeforeTheBackbone() {
        Set<String> names = new TreeSet<>(resNet(true, 3, 4, 6, 3));
        names.add("rpn.head.conv.weight");
        assertEquals("a detection network of torchvision, which finds objects", Lookalike.of(names));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "classifier.low_classifier.weight | a segmentation network of torchvision, which classifies pixels",
        "blocks.0.gamma_1 | a BEiT or DeiT III of timm",
        "layers.0.blocks.0.attn.relative_position_bias_table | a Swin transformer",
        "blocks.0.MBconv.layers.0.weight | a MaxViT",
        "vit.embeddings.cls_token | a vision transformer of Hugging Face",
        "resnet.embedder.weight | a ResNet of Hugging Face",
        "visual.transformer.resblocks.0 | a CLIP",
        "_conv_stem.weight | an EfficientNet of the package efficientnet_pytorch",
        "downsample_layers.0.0.weight | a ConvNeXt by its authors' names",
        "patch_embed.proj.weight | a transformer of timm",
        "model.22.dfl.conv.weight | a YOLO",
        "transformer.h.0.attn.bias | a language model",
        "bert.embeddings.weight | a language model",
        "encoder.layers.encoder_layer_0.ln_1.weight | a vision transformer",
        "features.3.squeeze.weight | a SqueezeNet",
        "w | ''"})
    void onePartOfANameTellsTheFamily(String name, String network) {
        assertEquals(network, Lookalike.of(Set.of(name, "other")));
    }
}
