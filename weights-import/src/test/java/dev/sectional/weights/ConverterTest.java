package dev.sectional.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.weights.fixtures.Resources;
import dev.sectional.weights.fixtures.VggTiny;
import dev.sectional.weights.internal.format.FormatDetector;
import dev.sectional.weights.internal.format.OpenedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From any format to safetensors, and to networks. */
class ConverterTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"vgg_tiny.safetensors", "vgg_tiny.zip.pth", "vgg_tiny.legacy.pth",
            "vgg_tiny.checkpoint.pth.tar",
        "vgg_tiny.keras.h5", "vgg_tiny.npz"})
    void keepsEveryBitUnderTorchvisionsNames(String name) throws IOException {
        Path in = Resources.copy(folder, name);
        Path out = folder.resolve("out.safetensors");
        AtomicLong written = new AtomicLong();
        Converter.Summary summary = Converter.convert(in, out, written::set);
        assertEquals(14, summary.tensors());
        assertEquals(Files.size(out), written.get());
        try (OpenedFile file = FormatDetector.open(out)) {
            VggTiny.requireSame(file.tensors(), DType.F32);
        }
    }

    @Test
    void keepsHalfPrecision() throws IOException {
        Path in = Resources.copy(folder, "vgg_tiny.half.pth");
        Path out = folder.resolve("out.safetensors");
        Converter.convert(in, out, bytes -> { });
        try (OpenedFile before = FormatDetector.open(in); OpenedFile after = FormatDetector.open(out)) {
            assertEquals(14, after.tensors().size());
            before.tensors().forEach((name, stored) -> {
                assertEquals(DType.F16, after.tensors().get(name).type());
                assertArrayEquals(stored.values().tensor().data(), after.tensors().get(name).values().tensor().data());
            });
        }
    }

    /**
     * The same layers under the same names, so the same logits to the bit but for the pooling, which here is the
     * identity.
     */
    @Test
    void halvesWeightsAndKeepsBiases() throws IOException {
        Path out = folder.resolve("out.safetensors");
        Converter.convertToHalf(Resources.copy(folder, "vgg_tiny.onnx"), out, LoadOptions.none(), bytes -> { });
        try (WeightsFile before = WeightsFile.open(folder.resolve("vgg_tiny.onnx"));
             WeightsFile after = WeightsFile.open(out)) {
            for (String name : after.names()) {
                boolean bias = after.source(name).shape().rank() == 1;
                assertEquals(bias ? DType.F32 : DType.F16, after.type(name), name);
                if (name.endsWith("weight")) {
                    float[] halved = values(after.source(name));
                    float[] exact = values(before.source(name));
                    for (int i = 0; i < exact.length; i++) {
                        assertEquals(DType.halfToFloat(DType.floatToHalf(exact[i])), halved[i]);
                    }
                }
            }
        }
        try (Network network = ModelFiles.load(out)) {
            assertTrue(network.nodes().size() > 2, "the graph travels in the file");
        }
    }

    private static float[] values(TensorSource source) {
        float[] values = new float[source.shape().size()];
        source.read(0, values, 0, values.length);
        return values;
    }

    @Test
    void refusesWhatHalfPrecisionCannotHold() {
        Path in = folder.resolve("in.safetensors");
        Path out = folder.resolve("out.safetensors");
        SafetensorsWriter.write(in, Map.of(), Map.of("a.weight", Tensor.of(Shape.of(1, 2), 1, 65520)));
        String message = assertThrows(InputException.class,
                () -> Converter.convertToHalf(in, out, LoadOptions.none(), bytes -> { })).getMessage();
        assertTrue(message.contains("a.weight holds 65520.0 at element 1"), message);
        assertTrue(Files.notExists(out));
        SafetensorsWriter.write(in, Map.of(), Map.of("a.weight", Tensor.of(Shape.of(1, 2), 1, 65519)));
        Converter.convertToHalf(in, out, LoadOptions.none(), bytes -> { });
        try (WeightsFile file = WeightsFile.open(out)) {
            assertEquals(65504, values(file.source("a.weight"))[1]);
        }
    }

    @Test
    void anOnnxFileIsTheSameNetwork() throws IOException {
        Path onnx = Resources.copy(folder, "vgg_tiny.onnx");
        Path converted = folder.resolve("converted.safetensors");
        Converter.Summary summary = Converter.convert(onnx, converted, bytes -> { });
        assertEquals(14, summary.tensors());
        Tensor image = VggTiny.image();
        try (Engine engine = Engine.open();
             Network expected = ModelFiles.load(Resources.copy(folder, "vgg_tiny.safetensors"), engine);
             Network graph = ModelFiles.load(onnx, engine);
             Network again = ModelFiles.load(converted, engine)) {
            assertArrayEquals(expected.forward(image).logits().data(), graph.forward(image).logits().data());
            assertArrayEquals(expected.forward(image).logits().data(), again.forward(image).logits().data());
            assertEquals(expected.nodes().stream().map(Node::name).filter(name -> name.startsWith("features")).toList(),
                    graph.nodes().stream().map(Node::name).filter(name -> name.startsWith("features")).toList());
            assertEquals("pixels by ImageNet's mean and standard deviation (--preset, or --mean and --std, state"
                    + " others)", graph.card().assumed().get(0));
            assertEquals(graph.card().assumed(), again.card().assumed());
            assertEquals(graph.card().assumed(), summary.assumed());
            assertEquals(graph.card().mean(), again.card().mean());
        }
        try (OpenedFile file = FormatDetector.open(converted)) {
            VggTiny.requireSame(file.tensors(), DType.F32);
        }
    }

    @Test
    void whatIsToldTravelsWithTheResult() throws IOException {
        Path converted = folder.resolve("converted.safetensors");
        LoadOptions told = LoadOptions.builder().mean(0.5, 0.25, 0).std(1, 2, 4).bgr().build();
        Converter.convert(Resources.copy(folder, "vgg_tiny.onnx"), converted, told, bytes -> { });
        try (Engine engine = Engine.open(); Network network = ModelFiles.load(converted, engine)) {
            assertEquals(List.of(0.5f, 0.25f, 0f), network.card().mean());
            assertEquals(List.of(1f, 2f, 4f), network.card().std());
            assertEquals(ModelCard.Channels.BGR, network.card().channels());
        }
        try (Engine engine = Engine.open();
             Network network = ModelFiles.load(Resources.copy(folder, "vgg_tiny.onnx"), engine, told)) {
            assertEquals(List.of(1f, 2f, 4f), network.card().std());
        }
    }

    @Test
    void keepsMetadata() {
        Path in = folder.resolve("in.safetensors");
        Path out = folder.resolve("out.safetensors");
        Map<String, String> metadata = Map.of("sectional.labels", "[\"a\"]", "note", "kept");
        SafetensorsWriter.write(in, metadata, Map.of("module.x", Tensor.of(Shape.of(1), 3)));
        Converter.convert(in, out, bytes -> { });
        try (OpenedFile file = FormatDetector.open(out)) {
            assertEquals(metadata, file.metadata());
            assertEquals(List.of("x"), List.copyOf(file.tensors().keySet()));
        }
    }

    @Test
    void leavesNothingBehindOnFailure() throws IOException {
        Path in = Resources.copy(folder, "vgg_tiny.legacy.pth");
        byte[] whole = Files.readAllBytes(in);
        Files.write(in, Arrays.copyOf(whole, whole.length - 1));
        Path out = folder.resolve("out.safetensors");
        assertThrows(InputException.class, () -> Converter.convert(in, out, bytes -> { }));
        Files.write(in, whole);
        assertThrows(IllegalStateException.class, () -> Converter.convert(in, out, bytes -> {
            throw new IllegalStateException("stopped on the way");
        }));
        assertThrows(InputException.class, () ->
                Converter.convert(in, folder.resolve("none/out.safetensors"), bytes -> { }));
        assertArrayEquals(new String[] {"vgg_tiny.legacy.pth"}, folder.toFile().list());
    }

    /** What explain refuses is converted, with the reason; a named architecture is checked and travels along. */
    @Test
    void saysWhetherTheResultIsANetwork() {
        Path out = folder.resolve("out.safetensors");
        Path in = Resources.copy(folder, "vgg_tiny.npz");
        String problem = Converter.convert(in, out, bytes -> { }).problem();
        assertTrue(problem.contains("not in the order of a VGG"), problem);
        assertEquals(problem.replace(in.toString(), out.toString()).replace("NumPy archive", "safetensors"),
                assertThrows(InputException.class, () -> ModelFiles.load(out)).getMessage());
        LoadOptions slim = LoadOptions.builder().architecture("SLIM").build();
        assertEquals("", Converter.convert(in, out, slim, bytes -> { }).problem());
        try (Network network = ModelFiles.load(out)) {
            assertEquals(10, network.classes());
        }
        LoadOptions other = LoadOptions.builder().architecture("vgg16").build();
        assertThrows(InputException.class, () -> Converter.convert(in, out, other, bytes -> { }));
    }

    @Test
    void refusesToWriteOverItsSource() throws IOException {
        Path in = Resources.copy(folder, "vgg_tiny.safetensors");
        byte[] before = Files.readAllBytes(in);
        Path same = folder.resolve("./vgg_tiny.safetensors");
        String message = assertThrows(InputException.class, () -> Converter.convert(in, same, bytes -> { }))
                .getMessage();
        assertTrue(message.contains("is the file to convert"), message);
        assertArrayEquals(before, Files.readAllBytes(in));
    }
}
