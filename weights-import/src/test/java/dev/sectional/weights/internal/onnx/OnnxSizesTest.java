package dev.sectional.weights.internal.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.weights.Converter;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import java.net.URISyntaxException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Graphs of open size: {@code onnx_sizes.py} writes the files. */
class OnnxSizesTest {
    private static final LoadOptions SIZE = LoadOptions.builder().inputSize(16, 16).build();

    @TempDir
    Path folder;

    private static Path file(String name) {
        try {
            return Path.of(OnnxSizesTest.class.getResource("/onnx_sizes/" + name + ".onnx").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aGraphThatHoldsForEverySizeTakesEverySize() {
        try (Network network = ModelFiles.load(file("open_size"), SIZE)) {
            assertEquals("conv", network.nodes().get(0).name());
            assertEquals(2, network.logits(Tensor.zeros(Shape.of(3, 25, 40))).shape().size());
        }
    }

    /** The crop ends at a quarter of the height of the import, which is wrong for any other height. */
    @Test
    void aGraphThatComputesWithTheSizeTakesThatSizeAlone() {
        Path converted = folder.resolve("converted.safetensors");
        Converter.convert(file("computed_size"), converted, SIZE, bytes -> { });
        for (Network each : new Network[] {ModelFiles.load(file("computed_size"), SIZE), ModelFiles.load(converted)}) {
            try (Network network = each) {
                assertEquals(2, network.logits(Tensor.zeros(Shape.of(3, 16, 16))).shape().size());
                IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                        () -> network.logits(Tensor.zeros(Shape.of(3, 32, 32))));
                assertTrue(e.getMessage().contains("imported for images of 16x16"), e.getMessage());
            }
        }
    }
}
