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
import dev.sectional.core.io.MappedFile;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.weights.fixtures.Resources;
import dev.sectional.weights.fixtures.VggTiny;
import dev.sectional.weights.internal.format.FormatDetector;
import dev.sectional.weights.internal.format.OpenedFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From files of any format to networks, with and without options. */
class ModelFilesTest {
    private static final String VGG = "vgg_tiny.safetensors";

    @TempDir
    Path folder;

    @Test
    void opensNetworksOfAnyFormat() throws IOException {
        Tensor image = VggTiny.image();
        float[] first = null;
        LoadOptions slim = LoadOptions.builder().architecture("slim").build();
        try (Engine engine = Engine.open()) {
            for (String name : new String[] {"vgg_tiny.safetensors", "vgg_tiny.legacy.pth",
                    "vgg_tiny.checkpoint.pth.tar", "vgg_tiny.npz",
                "vgg_tiny.keras.h5", "vgg_tiny.onnx"}) {
                LoadOptions options = name.endsWith("onnx") ? LoadOptions.none() : slim;
                try (Network network = ModelFiles.load(Resources.copy(folder, name), engine, options)) {
                    float[] logits = network.forward(image).logits().data();
                    first = first == null ? logits : first;
                    assertEquals(10, logits.length);
                    assertArrayEquals(first, logits);
                }
            }
        }
    }

    @Test
    void namesTheFileThatIsNoNetwork() throws IOException {
        Path in = folder.resolve("other.safetensors");
        SafetensorsWriter.write(in, Map.of(), Map.of("x", Tensor.of(Shape.of(1), 3)));
        try (Engine engine = Engine.open()) {
            String message = assertThrows(InputException.class, () -> ModelFiles.load(in, engine)).getMessage();
            assertTrue(message.startsWith(in + ": "), message);
        }
    }

    @Test
    void opensNoNetworkWithoutItsTop() {
        Path path = folder.resolve("notop.safetensors");
        Map<String, Tensor> tensors = new LinkedHashMap<>(VggTiny.tensors());
        tensors.keySet().removeIf(name -> name.startsWith("classifier"));
        SafetensorsWriter.write(path, Map.of(), tensors);
        try (Engine engine = Engine.open()) {
            assertTrue(assertThrows(InputException.class, () -> ModelFiles.load(path, engine)).getMessage()
                    .contains("no linear layers"));
        }
    }

    /**
     * Linear layers stored as convolutions: RGB means on the scale 0..255, ceil-mode pooling, each class for itself.
     */
    @Test
    void knowsWhatTorchRayWants() {
        Path path = folder.resolve("torchray.safetensors");
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        VggTiny.tensors().forEach((name, tensor) -> {
            Shape shape = tensor.shape();
            String renamed = name.replace("classifier.3", "classifier.2").replace("classifier.6", "classifier.4");
            int side = name.equals("classifier.0.weight") ? 4 : 1;
            tensors.put(renamed, shape.rank() != 2 ? tensor
                    : tensor.reshape(Shape.of(shape.dim(0), shape.dim(1) / side / side, side, side)));
        });
        SafetensorsWriter.write(path, Map.of(), tensors);
        try (OpenedFile file = FormatDetector.open(path); Engine engine = Engine.open(); Network network =
                ModelFiles.load(path, engine, LoadOptions.builder().architecture("slim").build())) {
            VggTiny.requireSame(file.modelWeights(Map.of(), "").tensors(), DType.F32);
            assertEquals("SIGMOID", network.card().output().name());
            assertEquals(List.of((float) (123.68 / 255), (float) (116.779 / 255), (float) (103.939 / 255)),
                    network.card().mean());
            assertEquals((float) (1 / 255.0), network.card().std().get(0));
            Shape[] shapes = network.shapes(Shape.of(3, 17, 17));
            assertEquals(Shape.of(9, 9, 4), shapes[network.indexOf("features.4")]);
        }
    }

    @Test
    void opensAnEngineOfItsOwn() {
        Engine engine;
        try (Network network = ModelFiles.load(Resources.copy(folder, VGG))) {
            engine = network.engine();
            assertEquals(10, network.logits(VggTiny.image()).data().length);
        }
        assertThrows(IllegalStateException.class,
                () -> ModelFiles.load(folder.resolve(VGG), engine).logits(VggTiny.image()));
    }

    @Test
    void leavesTheCallersEngineOpen() {
        try (Engine engine = Engine.open()) {
            ModelFiles.load(Resources.copy(folder, VGG), engine).close();
            try (Network again = ModelFiles.load(folder.resolve(VGG), engine)) {
                assertEquals(10, again.logits(VggTiny.image()).data().length);
            }
        }
    }

    @Test
    void optionsWinOverTheFile() throws IOException {
        List<String> names = IntStream.range(0, 10).mapToObj(i -> "class \"" + i + "\"").toList();
        Path labels = Files.write(folder.resolve("labels.txt"),
                Stream.concat(names.stream(), Stream.of("", " ")).toList());
        LoadOptions options = LoadOptions.builder().range(255).mean(51).std(255, 51, 102).bgr().inputSize(16, 32)
                .labels(labels)
                .source("here").architecture("slim").build();
        try (Network network = ModelFiles.load(Resources.copy(folder, "vgg_tiny.keras.h5"), options)) {
            ModelCard card = network.card();
            assertEquals(List.of(0.2f, 0.2f, 0.2f), card.mean());
            assertEquals(List.of(1f, 0.2f, 0.4f), card.std());
            assertEquals(ModelCard.Channels.BGR, card.channels());
            assertEquals(Shape.of(3, 16, 32), card.input());
            assertEquals(names, card.labels());
            assertEquals("here", card.source());
        }
        LoadOptions other = LoadOptions.builder().architecture("resnet18").build();
        assertThrows(InputException.class, () -> ModelFiles.load(folder.resolve("vgg_tiny.keras.h5"), other));
    }

    @Test
    void aRangeAloneScalesThePixels() {
        try (Network network = ModelFiles.load(Resources.copy(folder, VGG), LoadOptions.builder().range(255).build())) {
            assertEquals(List.of(0f, 0f, 0f), network.card().mean());
            assertEquals(1 / 255f, network.card().std().get(2));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "1,Infinity | mean 1.0,Infinity: give one number, or one for each channel",
        "NaN        | mean NaN: give one number, or one for each channel",
    })
    void refusesAMean(String values, String message) {
        double[] mean = Stream.of(values.split(",")).mapToDouble(Double::parseDouble).toArray();
        assertTrue(refusal(() -> LoadOptions.builder().mean(mean)).startsWith(message));
    }

    @Test
    void refusesOtherSettings() {
        LoadOptions.Builder options = LoadOptions.builder();
        assertTrue(refusal(() -> options.std(1, 0, 1)).contains("none of them 0"));
        assertTrue(refusal(() -> options.range(100)).contains("range 100.0: give 1 or 255"));
        assertTrue(refusal(() -> options.inputSize(0, 5)).contains("input-size 0x5"));
        assertTrue(refusal(() -> options.inputSize(5, 65537)).contains("input-size 5x65537"));
    }

    @Test
    void namesTheLabelsThatAreWrong() throws IOException {
        Path none = folder.resolve("none.txt");
        assertTrue(wrong(() -> LoadOptions.builder().labels(none))
                .startsWith("cannot read labels " + none + ": there is no such file;"));
        Path bytes = Files.write(folder.resolve("bytes.txt"), new byte[] {(byte) 0xff, (byte) 0xfe});
        assertTrue(wrong(() -> LoadOptions.builder().labels(bytes)).contains("not UTF-8"));
        LoadOptions few = LoadOptions.builder().labels(List.of("a", "b")).build();
        assertTrue(wrong(() -> ModelFiles.load(Resources.copy(folder, VGG), few)).contains("10 classes and 2 labels"));
    }

    /** One file of each format: what memory gives is what the file gives, in value and in refusal. */
    @ParameterizedTest
    @ValueSource(strings = {VGG, "vgg_tiny.legacy.pth", "vgg_tiny.zip.pth", "vgg_tiny.npz", "vgg_tiny.keras",
        "vgg_tiny.keras.h5", "vgg_tiny.onnx"})
    void memoryGivesTheBitsOfTheFile(String name) throws IOException {
        byte[] bytes = Resources.bytes(name);
        LoadOptions options = name.endsWith("onnx") ? LoadOptions.none()
                : LoadOptions.builder().architecture("slim").build();
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length + 3).position(3).put(bytes).position(3);
        try (Engine engine = Engine.open();
             Network file = ModelFiles.load(Resources.copy(folder, name), engine, options)) {
            float[] expected = file.logits(VggTiny.image()).data();
            for (MappedFile content : List.of(MappedFile.of(name, ByteBuffer.wrap(bytes)), MappedFile.of(name, direct),
                    MappedFile.of(name, new ByteArrayInputStream(bytes)))) {
                try (Network memory = ModelFiles.load(content, engine, options)) {
                    assertArrayEquals(expected, memory.logits(VggTiny.image()).data());
                }
            }
        }
        byte[] cut = Arrays.copyOf(bytes, bytes.length / 2);
        Path file = Files.write(folder.resolve("cut"), cut);
        assertEquals(wrong(() -> ModelFiles.load(file)).replace(file.toString(), "the cut model"),
                wrong(() -> ModelFiles.load(cut, "the cut model")));
    }

    @Test
    void memoryComesInFourForms() throws IOException {
        byte[] bytes = Resources.bytes(VGG);
        try (Network array = ModelFiles.load(bytes, VGG);
             Network buffer = ModelFiles.load(ByteBuffer.wrap(bytes), VGG);
             Network stream = ModelFiles.load(new ByteArrayInputStream(bytes), VGG);
             Network channel = ModelFiles.load(Channels.newChannel(new ByteArrayInputStream(bytes)), VGG)) {
            float[] expected = array.logits(VggTiny.image()).data();
            for (Network other : List.of(buffer, stream, channel)) {
                assertArrayEquals(expected, other.logits(VggTiny.image()).data());
                assertEquals(VGG, other.name());
            }
        }
    }

    @Test
    void memoryCannotReferToOtherFiles() throws IOException {
        byte[] index = "{\"weight_map\": {\"a\": \"b.safetensors\"}}".getBytes(StandardCharsets.UTF_8);
        assertTrue(wrong(() -> ModelFiles.load(index, "index")).contains("load it from a path"));
        byte[] onnx = Resources.bytes("onnx/stored_external.onnx");
        assertTrue(wrong(() -> ModelFiles.load(onnx, "onnx")).contains("load it from a path"));
        LoadOptions other = LoadOptions.builder().architecture("vgg16").build();
        MappedFile content = MappedFile.of("the built-in model", new ByteArrayInputStream(Resources.bytes(VGG)));
        assertTrue(wrong(() -> ModelFiles.load(content, null, other)).startsWith("the built-in model: "));
    }

    private static String refusal(Runnable setting) {
        return assertThrows(IllegalArgumentException.class, setting::run).getMessage();
    }

    private static String wrong(Runnable loading) {
        return assertThrows(InputException.class, loading::run).getMessage();
    }
}
