package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.evaluation.data.SyntheticShapes;
import dev.sectional.images.files.Npy;
import dev.sectional.nn.model.Vgg;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks of one, two and four input channels, from the file to the saved relevance. */
class ChannelsTest {
    @TempDir
    Path folder;

    /**
     * Writes a VGG11 of width 4 for images of 32x32 pixels, with random weights and as many classes as there are
     * synthetic shapes.
     */
    private String weights(int channels) {
        List<String> layers = List.of("4", "M", "4", "M", "4", "4", "M", "4", "4", "M", "4", "4", "M");
        Random random = new Random(channels);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Vgg.parameters(layers, new SyntheticShapes(1, 1).classes().size(), 8, 1).forEach((name, stated) -> {
            Shape shape = name.equals("features.0.weight") ? Shape.of(4, channels, 3, 3) : stated;
            float[] values = new float[shape.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = shape.rank() == 1 ? 0.1f : random.nextFloat() - 0.4f;
            }
            tensors.put(name, Tensor.of(shape, values));
        });
        Path path = folder.resolve(channels + ".safetensors");
        SafetensorsWriter.write(path, Map.of(), tensors);
        return path.toString();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void arraysAreExplained(int channels) throws IOException {
        Path array = folder.resolve("input.npy");
        Tensor image = Tensor.zeros(Shape.of(channels, 32, 32));
        for (int i = 0; i < image.data().length; i++) {
            image.data()[i] = (float) Math.sin(i);
        }
        try (OutputStream out = Files.newOutputStream(array)) {
            Npy.write(out, image);
        }
        Path saved = folder.resolve("relevance.npy");
        Ran ran = Ran.of("explain", array.toString(), "--weights", weights(channels), "--out", folder.toString(),
                "--method", "gradient", "--save-relevance", saved.toString());
        assertEquals(0, ran.status(), ran.err());
        Tensor relevance = Npy.readImage(saved);
        assertEquals(Shape.of(channels, 32, 32), relevance.shape());
        assertTrue(relevance.sumOfAbsolutes() > 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void imagesAreExplained(int channels) {
        Path saved = folder.resolve("relevance.npy");
        Ran ran = Ran.of("explain", Ran.FACE, "--weights", weights(channels), "--out", folder.toString(), "--mean",
                "0.5",
                "--std", "0.25", "--method", "rsp", "--input-size", "64", "--save-relevance", saved.toString());
        assertEquals(0, ran.status(), ran.err());
        assertEquals(Shape.of(channels, 64, 64), Npy.readImage(saved).shape());
    }

    @Test
    void otherNumbersAreRefusedByName() {
        Ran two = Ran.of("explain", Ran.FACE, "--weights", weights(2), "--out", folder.toString());
        assertTrue(two.status() == 2 && two.err().contains("give its input as .npy, float32 (2, H, W)"), two.err());
        Ran means = Ran.of("explain", Ran.FACE, "--weights", weights(1), "--out", folder.toString(), "--mean", "0,0,0");
        assertTrue(means.status() == 2 && means.err().contains("one number, or one for each of the 1 channels"),
                means.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"squash", "torchray"})
    void aGreyNetworkIsEvaluated(String preprocess) throws IOException {
        Path out = folder.resolve("results");
        Path labels = Files.write(folder.resolve("labels.txt"), new SyntheticShapes(1, 1).classes());
        Ran ran = Ran.of("evaluate", "--limit", "2", "--weights", weights(1), "--labels",
                labels.toString(), "--preprocess", preprocess, "--metric",
                "pointing,insertion,infidelity,max-sensitivity", "--methods", "gradient", "--out", out.toString());
        assertEquals(0, ran.status(), ran.err());
        assertTrue(Files.readString(out.resolve("tables.csv")).contains("pointing,gradient"), ran.out());
    }
}
