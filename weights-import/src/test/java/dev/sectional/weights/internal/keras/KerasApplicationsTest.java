package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import dev.sectional.weights.WeightsFile;
import dev.sectional.weights.fixtures.Resources;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights alone, taken out of the archives of whole models: the names of the layers tell the graph. */
class KerasApplicationsTest {
    private static final LoadOptions SMALL = LoadOptions.builder().inputSize(32, 32).build();

    @TempDir
    Path folder;

    private byte[] weights(String archive) throws IOException {
        return members("keras/" + archive).get("model.weights.h5");
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

    /** Layers without names of their own are told by the order of their numbers, which begin anywhere. */
    @ParameterizedTest
    @CsvSource({"ResNet50,123.68", "ResNet50V2,127.5", "DenseNet121,123.675", "Xception,127.5", "InceptionV3,127.5",
        "InceptionResNetV2,127.5"})
    void weightsAloneComputeWhatKerasDoes(String name, double mean) throws IOException {
        Map<String, byte[]> members = members("keras/alone/" + name + ".zip");
        Path answers = Files.write(folder.resolve("m.npz"), members.remove(name + ".npz"));
        Path file = Files.write(folder.resolve("model"), members.values().iterator().next());
        try (Engine engine = Engine.open(); WeightsFile expected = WeightsFile.open(answers)) {
            Tensor image = expected.source("x").tensor();
            int side = image.shape().dim(1);
            LoadOptions size = LoadOptions.builder().inputSize(side, side).build();
            try (Network network = ModelFiles.load(file, engine, size)) {
                Tape tape = network.forward(image);
                float[] logits = expected.source("logits").tensor().data();
                requireNear(logits, tape.logits().data(), 1e-5, "logits");
                Tensor one = Tensor.zeros(Shape.of(logits.length));
                int top = IntStream.range(0, logits.length).reduce((a, b) -> logits[b] > logits[a] ? b : a)
                        .orElseThrow();
                one.data()[top] = 1;
                Tensor gradient = tape.gradient(one, Network.IMAGE_INDEX).toChannelsFirst();
                requireNear(expected.source("gradient").tensor().data(), everyThird(gradient), 1e-4, "gradient");
                assertTrue(network.card().assumed().contains("the layers between the weights as in keras.applications."
                        + name), network.card().assumed().toString());
                assertEquals(mean / 255, network.card().mean().get(0), 1e-2);
            }
        }
    }

    private static float[] everyThird(Tensor map) {
        int side = map.shape().dim(1);
        int third = (side + 2) / 3;
        float[] every = new float[3 * third * third];
        for (int i = 0; i < every.length; i++) {
            int row = i / third % third * 3;
            every[i] = map.data()[(i / third / third * side + row) * side + i % third * 3];
        }
        return every;
    }

    private static void requireNear(float[] expected, float[] found, double share, String what) {
        assertEquals(expected.length, found.length);
        double greatest = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            greatest = Math.max(greatest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - found[i]));
        }
        assertTrue(difference <= share * greatest, what + " differ by " + difference + " of " + greatest);
    }

    private static Map<String, byte[]> members(String archive) throws IOException {
        Map<String, byte[]> members = new LinkedHashMap<>();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(Resources.bytes(archive)))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                members.put(entry.getName(), in.readAllBytes());
            }
        }
        return members;
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
