package dev.sectional.weights.internal.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.weights.Converter;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models at other image sizes than that of the file: the same function, or a refusal. */
class KerasSizesTest {
    @TempDir
    Path folder;

    private static Path file(String name) throws Exception {
        return Path.of(KerasSizesTest.class.getResource("/keras/" + name).toURI());
    }

    /** An import for the other size, with the counts of that size, is the same network. */
    @ParameterizedTest
    @CsvSource({"pooling.keras,31,17", "convolutions.keras,40,33", "resizing.keras,30,23", "upsampled.keras,9,13"})
    void aModelThatHoldsForEverySizeTakesEverySize(String name, int rows, int columns) throws Exception {
        try (Network first = ModelFiles.load(file(name));
             Network again = ModelFiles.load(file(name), LoadOptions.builder().inputSize(rows, columns).build())) {
            Tensor image = image(first.inputShape().dim(0), rows, columns);
            assertEquals(Shape.of(image.shape().dim(0), rows, columns), again.card().input());
            assertTrue(Arrays.equals(first.logits(image).data(), again.logits(image).data()), name);
        }
    }

    @ParameterizedTest
    @CsvSource({"shapes.keras,5,6", "shapes.keras,12,10", "digits.keras,7,28", "vgg.h5,8,32", "without_channels.h5,7,9",
        "attention.keras,8,12"})
    void aModelThatComputesWithTheSizeTakesThatSizeAlone(String name, int rows, int columns) throws Exception {
        Path converted = folder.resolve("converted.safetensors");
        Converter.convert(file(name), converted, bytes -> { });
        for (Path each : new Path[] {file(name), converted}) {
            try (Network network = ModelFiles.load(each)) {
                IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                        () -> network.logits(image(network.inputShape().dim(0), rows, columns)));
                assertTrue(e.getMessage().contains("imported for images of"), e.getMessage());
            }
        }
    }

    @Test
    void refusesASizeThatTheWeightsDoNotFit() throws Exception {
        LoadOptions larger = LoadOptions.builder().inputSize(32, 32).build();
        Path digits = file("digits.keras");
        InputException e = assertThrows(InputException.class, () -> ModelFiles.load(digits, larger).close());
        assertTrue(e.getMessage().contains("layer 'dense' (Dense): its kernel has shape"), e.getMessage());
    }

    private static Tensor image(int channels, int rows, int columns) {
        Tensor image = Tensor.zeros(Shape.of(channels, rows, columns));
        for (int i = 0; i < image.data().length; i++) {
            image.data()[i] = (i * 37 % 101) / 50f - 1;
        }
        return image;
    }
}
