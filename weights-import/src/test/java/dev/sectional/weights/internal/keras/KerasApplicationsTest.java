package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.nn.Network;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import dev.sectional.weights.WeightsFile;
import dev.sectional.weights.fixtures.Resources;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights alone, taken out of the archives of whole models: the names of the layers tell the graph. */
class KerasApplicationsTest {
    private static final LoadOptions SMALL = LoadOptions.builder().inputSize(32, 32).build();

    @TempDir
    Path folder;

    private byte[] weights(String archive) throws IOException {
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(Resources.bytes("keras/" + archive)))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                if (entry.getName().equals("model.weights.h5")) {
                    return in.readAllBytes();
                }
            }
        }
        throw new IOException(archive + " has no weights");
    }

    @Test
    void givesWeightsTheGraphThatTheirNamesTell() throws IOException {
        Path file = Files.write(folder.resolve("m.weights.h5"), weights("mobilenet_v1.keras"));
        Path answers = Files.write(folder.resolve("m.npz"), Resources.bytes("keras/mobilenet_v1.npz"));
        try (Engine engine = Engine.open(); Network network = ModelFiles.load(file, engine, SMALL);
             WeightsFile expected = WeightsFile.open(answers)) {
            float[] logits = expected.source("logits").tensor().data();
            float[] ours = network.logits(expected.source("x").tensor()).data();
            assertEquals(logits.length, ours.length);
            for (int i = 0; i < logits.length; i++) {
                assertEquals(logits[i], ours[i], 1e-5, "logit " + i);
            }
            assertTrue(network.card().assumed().contains("the layers between the weights as in"
                    + " keras.applications.MobileNet"), network.card().assumed().toString());
            assertEquals(0.5f, network.card().mean().get(0));
        }
    }

    /** The narrowest networks add the inputs of more blocks to their outputs, which weights do not show. */
    @Test
    void refusesNetworksWhoseSumsAreOthers() throws IOException {
        String message = refusal(weights("mobilenet_v2.keras"));
        assertTrue(message.contains("block expanded_conv keeps 8 channels"), message);
    }

    /** One other name, and the network is unknown. */
    @Test
    void refusesOtherNames() throws IOException {
        String changed = new String(weights("mobilenet_v1.keras"), StandardCharsets.ISO_8859_1)
                .replace("conv_preds", "conv_other");
        String message = refusal(changed.getBytes(StandardCharsets.ISO_8859_1));
        assertTrue(message.contains("without the model's configuration, so the network is unknown"), message);
    }

    private String refusal(byte[] content) throws IOException {
        Path file = Files.write(folder.resolve("n.weights.h5"), content);
        return assertThrows(InputException.class, () -> ModelFiles.load(file, SMALL).close()).getMessage();
    }
}
