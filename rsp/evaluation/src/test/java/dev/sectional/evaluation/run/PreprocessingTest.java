package dev.sectional.evaluation.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.Safetensors;
import dev.sectional.evaluation.Saliency;
import dev.sectional.images.Image;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Flatten;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PreprocessingTest {
    private static final ModelCard CARD = ModelCard.fromMetadata(Map.of("sectional.input", "3,16,16", "sectional.mean",
            "0.4,0.5,0.6", "sectional.std", "0.2,0.25,0.3"));

    /** The expected input is PyTorch's: {@code src/test/oracle/torchray.py}. */
    @ParameterizedTest
    @ValueSource(strings = {"wide", "high"})
    void resizesTheShorterSideAsTorchRay(String name) throws Exception {
        try (Safetensors maps = Safetensors.open(Path.of(Saliency.class.getResource("maps.safetensors").toURI()));
                Engine engine = Engine.open(); Network network = network(engine)) {
            Tensor expected = maps.tensor(name + ".input");

            Tensor input = Preprocessing.TORCHRAY.input(image(maps.tensor(name + ".picture")), network);

            assertEquals(expected.shape(), input.shape());
            assertArrayEquals(expected.data(), input.data(), 2e-6f);
        }
    }

    @Test
    void squashesToTheNetworksSize() throws Exception {
        try (Engine engine = Engine.open(); Network network = network(engine)) {
            Image image = Image.of(new byte[3 * 40 * 20], 40, 20);

            Tensor input = Preprocessing.SQUASH.input(image, network);

            assertEquals(network.inputShape(), input.shape());
            assertEquals((0 - 0.6f) / 0.3f, input.data()[2 * 16 * 16], 1e-6f);
        }
    }

    private static Network network(Engine engine) {
        return Network.builder().card(CARD).add("pool", new AdaptiveAvgPool2d(1, 1)).add("flat", new Flatten())
                .engine(engine).build();
    }

    private static Image image(Tensor values) {
        int height = values.shape().dim(1);
        int width = values.shape().dim(2);
        byte[] rgb = new byte[values.data().length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) values.data()[i % 3 * width * height + i / 3];
        }
        return Image.of(rgb, width, height);
    }
}
