package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.weights.internal.common.PixelPreset;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

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
}
