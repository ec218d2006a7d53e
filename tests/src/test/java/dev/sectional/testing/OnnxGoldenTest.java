package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.Safetensors;
import dev.sectional.nn.Network;
import dev.sectional.weights.Converter;
import dev.sectional.weights.ModelFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A real ImageNet network from an ONNX file against the float64 reference. Without the files it fails in CI and is
 * skipped elsewhere.
 */
class OnnxGoldenTest {
    private static final Path SHARED = Path.of("../../shared");
    private static final Path MODEL = SHARED.resolve("models/squeezenet1_0.onnx");
    private static final double LOGITS = 1e-5;
    /** Where two elements of a pooling window are equal up to rounding, either may count as the greatest. */
    private static final double RELEVANCE = 1e-4;
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"coffee, 967", "chelsea, 285"})
    void squeezeNet(String photo, int expected) {
        Path file = SHARED.resolve("golden/squeezenet_" + photo + ".safetensors");
        boolean there = Files.exists(MODEL) && Files.exists(file);
        assertTrue(there || System.getenv("CI") == null, "in CI this needs " + MODEL + " and " + file);
        assumeTrue(there, "skipped: needs " + MODEL + " and " + file);
        Path converted = folder.resolve("squeezenet.safetensors");
        Converter.convert(MODEL, converted, bytes -> { });
        try (Engine engine = Engine.open(Provider.configured(), 2); Safetensors golden = Safetensors.open(file)) {
            Tensor image = golden.tensor("input");
            for (Path weights : new Path[] {MODEL, converted}) {
                try (Network network = ModelFiles.load(weights, engine)) {
                    Attribution ours = Rsp.reference().startLayer(golden.metadata().get("start_layer"))
                            .explain(network, image, Target.top(1));
                    assertEquals(expected, ours.target());
                    Golden.requireClose("logits", golden.doubles("logits"), network.forward(image).logits(), LOGITS);
                    Golden.requireClose("relevance", golden.doubles("relevance"), ours.relevance(), RELEVANCE);
                    assertEquals(network.indexOf("fire9.concat"), network.lastFeatureMap(),
                            "the default start layer of RSP");
                }
            }
        }
    }
}
