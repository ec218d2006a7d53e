package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.PixelPreset;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KerasPreprocessingTest {
    private static Map<String, String> card(String name, List<LayerConfig> layers) {
        return KerasPreprocessing.card(new KerasModel(name, false, layers, List.of(), List.of(), List.of(), null),
                List.of(), 3);
    }

    private static List<LayerConfig> layers(String... names) {
        return Stream.of(names).map(name -> new LayerConfig("Conv2D", "", name, Map.of(), true)).toList();
    }

    /** A fine-tuned model built from {@code base.output} has the layers of the family, but a name of its own. */
    @Test
    void knowsFamiliesByTheirLayers() throws IOException {
        int found = 0;
        try (InputStream in = KerasPreprocessing.class.getResourceAsStream("applications.zip");
             ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                String family = entry.getName().replaceAll("\\.json", "");
                var json = ConfigJson.object(new String(zip.readAllBytes(), StandardCharsets.UTF_8));
                List<LayerConfig> layers = KerasModel.read("Functional", json.get("config"), true).layers();
                PixelPreset expected = family.startsWith("DenseNet") ? PixelPreset.IMAGENET
                        : family.matches("ResNet\\d+") ? PixelPreset.CAFFE : PixelPreset.TF;
                Map<String, String> card = card("mine", layers);
                assertEquals(expected.card().get("sectional.mean"), card.get("sectional.mean"), family);
                assertEquals("assumed", card.get("sectional.normalisation"));
                String named = card.get("sectional.assumed").replaceAll(".* for (\\w+), whose layers.*", "$1");
                assertTrue(family.startsWith(named.replace("ResNetV2", "ResNet")), family + " is no " + named);
                found++;
            }
        }
        assertTrue(found > 10, "graphs in the archive");
    }

    @Test
    void knowsVggAndTellsItFromXception() {
        String caffe = PixelPreset.CAFFE.card().get("sectional.mean");
        List<LayerConfig> vgg = layers("block1_conv1", "block1_conv2", "block2_conv1", "block3_conv3", "head");
        assertEquals(caffe, card("mine", vgg).get("sectional.mean"));
        assertEquals(Map.of(), card("mine", layers("block1_conv1", "block1_conv2", "block2_conv1", "dense")));
        assertEquals("0.5", card("Xception", layers("a")).get("sectional.mean"));
        assertEquals(Map.of(), KerasPreprocessing.card(new KerasModel("xception", false, vgg, List.of(), List.of(),
                List.of(), null), List.of(), 1), "one channel");
    }

    /** The names that keras.applications gives its models, and others like them. */
    @ParameterizedTest
    @CsvSource({"vgg16,CAFFE", "VGG19,CAFFE", "resnet50,CAFFE", "resnet152,CAFFE", "resnet101v2,TF", "xception,TF",
        "mobilenet_1.00_224,TF", "mobilenetv2_1.00_224,TF", "inception_v3,TF", "inception_resnet_v2,TF", "nasnet,TF",
        "NASNet_mobile,TF", "densenet121,IMAGENET", "densenet201,IMAGENET", "vgg17,", "resnet50v3,", "mobilenet_x,",
        "my_vgg16,"})
    void knowsFamiliesByTheirNames(String name, PixelPreset preset) {
        List<LayerConfig> inside = List.of(new LayerConfig("Sequential", "", name, Map.of("layers",
                List.of(Map.of("class_name", "ReLU", "config", Map.of("name", "r")))), true));
        for (Map<String, String> card : List.of(card(name, layers("a")), card("mine", inside))) {
            assertEquals(preset == null ? null : preset.card().get("sectional.mean"), card.get("sectional.mean"));
            assertEquals(preset == PixelPreset.CAFFE ? "BGR" : null, card.get("sectional.channels"));
            assertEquals(null, card.get("sectional.normalisation"), "a name leaves no doubt");
            if (preset != null) {
                assertTrue(card.get("sectional.assumed").contains("prepares them for " + name + " (--preset "
                        + preset.name().toLowerCase(Locale.ROOT) + ")"), card.get("sectional.assumed"));
            }
        }
    }

    /** Layers of nested models count; a model that scales its image does not ask for its name. */
    @Test
    void looksIntoModelsAndAtTheirFirstLayers() {
        List<Object> config = layers("block1_conv1", "block1_conv2", "block2_conv1", "block3_conv3").stream()
                .map(layer -> (Object) Map.of("class_name", "Conv2D", "config", Map.of("name", layer.name()))).toList();
        List<LayerConfig> nested = List.of(new LayerConfig("Sequential", "", "base", Map.of("layers", config), true));
        assertEquals(PixelPreset.CAFFE.card().get("sectional.mean"), card("mine", nested).get("sectional.mean"));
        NodeSpec scaling = new NodeSpec("r", "MultiplyConstant", Map.of(), Map.of("value",
                Tensor.of(Shape.of(1), 1 / 255f)), List.of(Network.IMAGE));
        KerasModel vgg = new KerasModel("vgg16", false, layers("a"), List.of(), List.of(), List.of(), null);
        assertEquals("0", KerasPreprocessing.card(vgg, List.of(scaling), 3).get("sectional.mean"));
        assertEquals("0", KerasPreprocessing.card(vgg, List.of(scaling), 1).get("sectional.mean"));
    }
}
