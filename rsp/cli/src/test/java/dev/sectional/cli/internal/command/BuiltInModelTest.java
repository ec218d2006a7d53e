package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.images.InputImage;
import dev.sectional.nn.Classification;
import dev.sectional.nn.Network;
import dev.sectional.weights.ModelFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The built-in network, EfficientNet-Lite0 in half precision. */
class BuiltInModelTest {
    private static final Path FOLDER = Path.of("src/main/resources/dev/sectional/cli");
    private static final Path MODEL = FOLDER.resolve("efficientnet-lite0.safetensors");
    private static final long GREATEST_BYTES = 9_500_000;
    /** Float32 logits of {@code chelsea.png} by ONNX Runtime; written by {@code efficientnet_lite0_logits.py}. */
    private static final Path LOGITS = Path.of("src/test/resources/efficientnet-lite0.chelsea.npy");

    @Test
    void knowsTheSamples() throws IOException {
        try (Engine engine = Engine.open(); Network network = ModelFiles.load(MODEL, engine)) {
            Classification cat = classify(network, "chelsea");
            assertEquals("Egyptian cat", cat.top().label());
            assertEquals(0.79, cat.top().probability(), 0.01);
            Classification cup = classify(network, "coffee");
            assertEquals("espresso", cup.top().label());
            assertEquals(0.90, cup.top().probability(), 0.01);
            List<String> montage = classify(network, "montage").top(5).stream().map(Classification.Entry::label)
                    .toList();
            assertTrue(montage.contains("Egyptian cat") && montage.contains("espresso"), montage.toString());
            assertHalfPrecisionIsEnough(cat.logits());
        }
    }

    private static void assertHalfPrecisionIsEnough(float[] logits) throws IOException {
        byte[] file = Files.readAllBytes(LOGITS);
        ByteBuffer expected = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN)
                .position(file.length - Float.BYTES * logits.length);
        double greatest = 0;
        double difference = 0;
        for (float logit : logits) {
            float wanted = expected.getFloat();
            greatest = Math.max(greatest, Math.abs(wanted));
            difference = Math.max(difference, Math.abs(wanted - logit));
        }
        assertTrue(difference < 3e-3 * greatest, difference + " of " + greatest);
        assertTrue(difference > 0, "the weights are rounded");
    }

    private static Classification classify(Network network, String sample) {
        return network.classify(InputImage.read(Path.of("samples", sample + ".png"), network).tensor());
    }

    @Test
    void isSmallAndNamesItsOrigin() throws IOException {
        assertTrue(Files.size(MODEL) <= GREATEST_BYTES, Files.size(MODEL) + " bytes");
        String notice = Files.readString(FOLDER.resolve("NOTICE"));
        assertTrue(notice.contains("efficientnet-lite0.safetensors") && notice.contains("Apache License"), notice);
        try (Engine engine = Engine.open(); Network network = ModelFiles.load(MODEL, engine)) {
            assertEquals(Files.readAllLines(FOLDER.resolve("imagenet-classes.txt")), network.card().labels());
        }
    }

    /** A network of 1,000 classes whose file names none gets ImageNet's names, and the command says so. */
    @Test
    void explainsWithoutOptions() throws IOException {
        Path out = Files.createTempDirectory("sectional-test");
        Ran ran = Ran.of("explain", "samples/coffee.png", "--out", out.toString(), "--method", "grad-cam");
        assertEquals(0, ran.status(), ran.err());
        assertTrue(ran.out().startsWith("samples/coffee.png: espresso 0.90"), ran.out());
        assertTrue(ran.err().contains("built-in network of 1000 classes"), ran.err());
    }
}
