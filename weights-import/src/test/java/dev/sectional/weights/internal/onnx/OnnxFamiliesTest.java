package dev.sectional.weights.internal.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.Safetensors;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import dev.sectional.weights.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A small network of each family as PyTorch's exporters write it, and one network by other writers of ONNX, against
 * PyTorch in float64. The files are written by {@code onnx_families.py} and {@code onnx_exporters.py} in
 * {@code src/test/oracle}, which say what is in them.
 */
class OnnxFamiliesTest {
    private static final double LOGITS = 1e-5;
    /** Where a unit lies within rounding of 0, its ReLU may pass the gradient here and stop it there. */
    private static final double GRADIENT = 1e-3;
    private static final int FEWEST = 70;

    @TempDir
    private Path folder;

    private static Path resources() {
        try {
            return Path.of(OnnxFamiliesTest.class.getResource("/families/resnet.zip").toURI()).getParent();
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static Stream<String> families() throws IOException {
        try (Stream<Path> files = Files.list(resources())) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".zip")).sorted()
                    .toList().stream();
        }
    }

    @Test
    void theFamiliesAreAllThere() throws IOException {
        assertTrue(families().count() >= FEWEST, "families that a script wrote are missing");
    }

    @ParameterizedTest
    @MethodSource("families")
    void computesWhatPyTorchDoes(String name) throws IOException {
        unpack(resources().resolve(name));
        try (Safetensors expected = Safetensors.open(folder.resolve("expected.safetensors"));
                Engine engine = Engine.open(Provider.configured(), 2);
                Network network = ModelFiles.load(folder.resolve("model.onnx"), engine)) {
            float[] logits = expected.tensor("logits").data();
            Tape tape = network.forward(expected.tensor("input"));
            assertEquals(logits.length, network.classes());
            double off = difference(logits, tape.logits().data());
            if (expected.names().contains("step")) {   // quantised: a value half way between two steps may take either
                double step = expected.tensor("step").data()[0];
                assertTrue(off * greatest(logits) <= 1.01 * step, "logits are off by " + off + ", step " + step);
                return;
            }
            assertTrue(off <= LOGITS, "logits are off by " + off);
            if (name.contains("float16")) {
                String assumed = "float32 for what the graph computes in " + name.replaceAll("[.].*", "");
                assertTrue(network.card().assumed().contains(assumed), network.card().assumed().toString());
            }
            int top = IntStream.range(0, logits.length).reduce((a, b) -> logits[b] > logits[a] ? b : a).orElseThrow();
            Tensor one = Tensor.zeros(Shape.of(logits.length));
            one.data()[top] = 1;
            Tensor gradient = tape.gradient(one, Network.IMAGE_INDEX).toChannelsFirst();
            Tensor wanted = expected.tensor("gradient");
            double slope = difference(wanted.data(), rows(gradient, wanted.shape()));
            assertTrue(slope <= GRADIENT, "the gradient is off by " + slope);
        }
    }

    private void unpack(Path archive) throws IOException {
        try (InputStream bytes = Files.newInputStream(archive); ZipInputStream zip = new ZipInputStream(bytes)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Files.write(folder.resolve(Path.of(entry.getName()).getFileName()), zip.readAllBytes());
            }
        }
    }

    /** Returns the rows that the file has: each, or every n-th of a large image. */
    private static float[] rows(Tensor gradient, Shape wanted) {
        int columns = wanted.dim(2);
        int step = (gradient.shape().dim(1) + wanted.dim(1) - 1) / wanted.dim(1);
        float[] rows = new float[wanted.size()];
        for (int row = 0; row < rows.length / columns; row++) {
            int channel = row / wanted.dim(1);
            int from = (channel * gradient.shape().dim(1) + row % wanted.dim(1) * step) * columns;
            System.arraycopy(gradient.data(), from, rows, row * columns, columns);
        }
        return rows;
    }

    /** Returns the greatest difference, of the greatest expected value. */
    private static double difference(float[] expected, float[] ours) {
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs((double) expected[i] - ours[i]));
        }
        assertTrue(greatest(expected) > 0, "nothing to compare with");
        return worst / greatest(expected);
    }

    private static double greatest(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> Math.abs(values[i])).max().orElse(0);
    }
}
