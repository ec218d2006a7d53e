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
import java.util.LinkedHashMap;
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

    /** A small AlexNet, whose graph is written into the result. */
    private static Map<String, Tensor> alexNet() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        int[][] shapes = {{2, 3, 11, 11}, {2, 2, 5, 5}, {2, 2, 3, 3}, {2, 2, 3, 3}, {2, 2, 3, 3}, {1000, 72},
            {4, 1000}, {3, 4}};
        String[] layers = {"features.0", "features.3", "features.6", "features.8", "features.10", "classifier.1",
            "classifier.4", "classifier.6"};
        for (int i = 0; i < shapes.length; i++) {
            Tensor weight = Tensor.zeros(Shape.of(shapes[i]));
            Arrays.fill(weight.data(), 0.5f);
            tensors.put(layers[i] + ".weight", weight);
            tensors.put(layers[i] + ".bias", Tensor.zeros(Shape.of(shapes[i][0])));
        }
        return tensors;
    }

    private DType converted(Map<String, DType> types, float last, String name) {
        Path in = folder.resolve("in.safetensors");
        Path out = folder.resolve("out.safetensors");
        Map<String, Tensor> tensors = alexNet();
        float[] large = tensors.get("classifier.1.weight").data();
        large[large.length - 1] = last;
        SafetensorsWriter.write(in, Map.of("sectional.input", "3,64,64"), tensors, types, bytes -> { });
        Converter.Summary summary = Converter.convert(in, out, bytes -> { });
        assertEquals("", summary.problem());
        assertEquals(16, summary.tensors());
        assertEquals(tensors.values().stream().mapToLong(each -> each.shape().size()).sum(), summary.elements());
        try (WeightsFile file = WeightsFile.open(out)) {
            float[] values = file.source("classifier.1.weight").tensor().data();
            assertEquals(last, values[values.length - 1]);
            return file.type(name);
        }
    }

    /** The type of half precision that a file has serves for whatever it holds exactly. */
    @Test
    void aGraphsTensorsKeepHalfPrecisionWhereItIsExact() {
        Map<String, DType> half = Map.of("classifier.6.weight", DType.F16);
        Map<String, DType> brain = Map.of("classifier.6.weight", DType.BF16);
        String large = "classifier.1.weight";   // more elements than are checked at once
        assertEquals(DType.F16, converted(half, 0.25f, large));
        assertEquals(DType.F32, converted(half, 1 / 3f, large));
        assertEquals(DType.F16, converted(half, 1 / 3f, "features.0.weight"));
        assertEquals(DType.F16, converted(half, 0x1.004p0f, large), "11 bits");
        assertEquals(DType.BF16, converted(brain, 0.25f, large));
        assertEquals(DType.F32, converted(brain, 0x1.004p0f, large));
        assertEquals(DType.F32, converted(Map.of(), 0.25f, large));
        Map<String, DType> both = Map.of("classifier.6.weight", DType.BF16, "classifier.4.weight", DType.F16);
        assertEquals(DType.F32, converted(both, 0.25f, "classifier.6.weight"), "no single type");
        assertEquals(DType.F32, converted(Map.of("classifier.6.weight", DType.F64), 0.25f, large));
    }

    @Test
    void everyElementIsCheckedForHalfPrecision() {
        Path in = folder.resolve("in.safetensors");
        Path out = folder.resolve("out.safetensors");
        float[] values = new float[70_000];   // more than are checked at once
        values[69_999] = -65520;
        values[69_998] = Float.NEGATIVE_INFINITY;
        SafetensorsWriter.write(in, Map.of(), Map.of("a.weight", Tensor.of(Shape.of(2, 35_000), values)));
        String message = assertThrows(InputException.class,
                () -> Converter.convertToHalf(in, out, LoadOptions.none(), bytes -> { })).getMessage();
        assertTrue(message.contains("a.weight holds -65520.0 at element 69999, beyond float16"), message);
        SafetensorsWriter.write(in, Map.of(), Map.of("a.bias", Tensor.of(Shape.of(70_000), values)));
        assertEquals(70_000, Converter.convertToHalf(in, out, LoadOptions.none(), bytes -> { }).elements());
        try (WeightsFile file = WeightsFile.open(out)) {
            assertEquals(DType.F32, file.type("a.bias"), "vectors keep their type");
        }
    }

    @Test
    void wholeNumbersAndDoublesBecomeFloats() {
        Path in = folder.resolve("in.safetensors");
        Path out = folder.resolve("out.safetensors");
        SafetensorsWriter.write(in, Map.of(), Map.of("a", Tensor.of(Shape.of(1), 3), "b", Tensor.of(Shape.of(1), 4)),
                Map.of("a", DType.F64, "b", DType.BF16), bytes -> { });
        Converter.convert(in, out, LoadOptions.none(), bytes -> { });
        try (WeightsFile file = WeightsFile.open(out)) {
            assertEquals(DType.F32, file.type("a"));
            assertEquals(DType.BF16, file.type("b"));
            assertEquals(3, values(file.source("a"))[0]);
        }
    }

    @Test
    void aNamedArchitectureIsWritten() throws IOException {
        Path out = folder.resolve("out.safetensors");
        LoadOptions slim = LoadOptions.builder().architecture("SLIM").build();
        Converter.convert(Resources.copy(folder, "vgg_tiny.npz"), out, slim, bytes -> { });
        try (WeightsFile file = WeightsFile.open(out)) {
            assertEquals("slim", file.metadata().get("sectional.architecture"));
        }
    }

    /** A link to the source is the source; a source that is not there is named as such. */
    @Test
    void linksAndMissingSourcesAreNoticed() throws IOException {
        Path in = Resources.copy(folder, "vgg_tiny.npz");
        Path link = Files.createSymbolicLink(folder.resolve("link"), in);
        assertTrue(assertThrows(InputException.class, () -> Converter.convert(in, link, bytes -> { })).getMessage()
                .startsWith("cannot write " + link + ": it is the file to convert"));
        Path none = folder.resolve("none");
        assertTrue(assertThrows(InputException.class, () -> Converter.convert(none, in, bytes -> { })).getMessage()
                .contains("there is no such file"));
    }
}
