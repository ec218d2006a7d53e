package dev.sectional.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.weights.fixtures.Resources;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The named ways in which pixels become inputs. */
class PresetTest {
    @TempDir
    Path folder;

    /** A white pixel, less the mean and divided by the deviation, as keras.applications documents its modes. */
    @ParameterizedTest
    @CsvSource({"imagenet,RGB,2.2489083,2.64", "tf,RGB,1,1", "CAFFE,BGR,131.32,151.061", "unit,RGB,1,1",
        "raw,RGB,255,255"})
    void statesMeanDeviationAndOrder(String name, ModelCard.Channels channels, float red, float blue) {
        LoadOptions options = LoadOptions.builder().architecture("slim").preset(name).build();
        try (Network network = ModelFiles.load(Resources.copy(folder, "vgg_tiny.npz"), options)) {
            ModelCard card = network.card();
            assertEquals(channels, card.channels());
            assertEquals(red, (1 - card.mean().get(0)) / card.std().get(0), 1e-3);
            assertEquals(blue, (1 - card.mean().get(2)) / card.std().get(2), 1e-3);
            assertFalse(card.normalisationAssumed());
            assertTrue(card.assumed().stream().noneMatch(each -> each.contains("mean")), card.assumed().toString());
        }
    }

    @Test
    void isGivenAloneAndByItsName() {
        assertEquals("preset torch: give one of imagenet, tf, caffe, unit, raw",
                assertThrows(IllegalArgumentException.class, () -> LoadOptions.builder().preset("torch")).getMessage());
        for (LoadOptions.Builder both : List.of(LoadOptions.builder().mean(0), LoadOptions.builder().std(1),
                LoadOptions.builder().range(1), LoadOptions.builder().bgr())) {
            assertThrows(IllegalArgumentException.class, () -> both.preset("tf").build());
        }
    }
}
