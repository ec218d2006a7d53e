package dev.sectional.nn.model;

import static dev.sectional.nn.TestTensors.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.nn.Classification;
import dev.sectional.nn.Network;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks from files and from tensors, with and without options. */
class ModelsTest {
    @TempDir
    private Path folder;

    private static Map<String, Tensor> vgg() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Vgg.parameters(List.of("4", "M"), 3, 5, 2).forEach((name, shape) ->
                tensors.put(name, random(shape, tensors.size())));
        return tensors;
    }

    /** One stage of one block of two convolutions. */
    private static Map<String, Tensor> resnet() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("conv1.weight", random(Shape.of(4, 3, 7, 7), 1));
        tensors.put("layer1.0.conv1.weight", random(Shape.of(4, 4, 3, 3), 2));
        tensors.put("layer1.0.conv2.weight", random(Shape.of(4, 4, 3, 3), 3));
        for (String norm : List.of("bn1", "layer1.0.bn1", "layer1.0.bn2")) {
            for (String each : List.of("weight", "bias", "running_mean", "running_var")) {
                tensors.put(norm + "." + each, Tensor.of(Shape.of(4), 1, 1, 1, 1));
            }
        }
        tensors.put("fc.weight", random(Shape.of(2, 4), 4));
        tensors.put("fc.bias", random(Shape.of(2), 5));
        return tensors;
    }

    @Test
    void aNegativeVarianceIsRefused() {
        Map<String, Tensor> tensors = resnet();
        tensors.put("layer1.0.bn2.running_var", Tensor.of(Shape.of(4), 1, -0.5f, 1, 1));
        InputException e = assertThrows(InputException.class, () -> Models.of("f", tensors).load());
        assertTrue(e.getMessage().contains("'layer1.0.bn2.running_var' holds -0.5, and a variance is at least 0"),
                e.getMessage());
    }

    /** The shortcut of CIFAR's ResNets of option A takes every second position and pads channels, without weights. */
    @Test
    void aShortcutWithoutWeightsIsRefused() {
        Map<String, Tensor> tensors = resnet();
        tensors.put("layer2.0.conv1.weight", random(Shape.of(8, 4, 3, 3), 6));
        tensors.put("layer2.0.conv2.weight", random(Shape.of(8, 8, 3, 3), 7));
        for (String norm : List.of("layer2.0.bn1", "layer2.0.bn2")) {
            for (String each : List.of("weight", "bias", "running_mean", "running_var")) {
                tensors.put(norm + "." + each, Tensor.of(Shape.of(8), 1, 1, 1, 1, 1, 1, 1, 1));
            }
        }
        InputException e = assertThrows(InputException.class, () -> Models.of("f", tensors).load());
        assertTrue(e.getMessage().contains("a shortcut without weights at layer2.0, from 4 to 8 channels with stride 2")
                && e.getMessage().contains("torch.onnx.export"), e.getMessage());
    }

    private Path file(String name, Map<String, Tensor> tensors) {
        Path path = folder.resolve(name);
        SafetensorsWriter.write(path, Map.of("sectional.labels", "[\"a\", \"b\", \"c\"]",
                "sectional.layers", "4,M"), tensors);
        return path;
    }

    @Test
    void aFileIsClassifiedInThreeLines() {
        Path path = file("vgg.safetensors", vgg());
        Tensor image = random(Shape.of(3, 4, 4), 9);
        Classification expected;
        try (Engine engine = Engine.open(Provider.configured(), 1);
             Network network = Models.of("tensors", vgg()).model("slim").engine(engine).load()) {
            expected = network.classify(image);
        }
        try (Network network = Models.load(path)) {
            Classification c = network.classify(image);
            assertArrayEquals(expected.logits(), c.logits());
            assertEquals(List.of("a", "b", "c").get(c.top().index()), c.top().label());
            assertEquals(path.toString(), network.name());
        }
        try (Network network = Vgg.load(path)) {
            assertArrayEquals(expected.logits(), network.classify(image).logits());
        }
    }

    @Test
    void memoryGivesTheBitsOfTheFile() throws IOException {
        Path path = file("vgg.safetensors", vgg());
        Tensor image = random(Shape.of(3, 4, 4), 9);
        byte[] bytes = Files.readAllBytes(path);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        try (Network file = Models.load(path); Network array = Models.load(bytes); Network buffer = Models.load(direct);
             Network stream = Models.load(new ByteArrayInputStream(bytes));
             FileChannel channel = FileChannel.open(path); Network ofChannel = Models.load(channel)) {
            for (Network other : List.of(array, buffer, stream, ofChannel)) {
                assertArrayEquals(file.logits(image).data(), other.logits(image).data());
            }
        }
        bytes[bytes.length - 1] = 127;   // of the last float32: NaN
        bytes[bytes.length - 2] = -1;
        String nan = assertThrows(InputException.class, () -> Models.load(bytes)).getMessage();
        assertTrue(nan.startsWith("model in memory: tensor") && nan.contains("NaN"), nan);
        InputStream none = getClass().getResourceAsStream("/there-is-none");
        assertTrue(assertThrows(NullPointerException.class, () -> Models.load(none)).getMessage().contains("resource"));
    }

    @Test
    void vggRefusesOtherFamilies() {
        Map<String, Tensor> tensors = resnet();
        Path path = folder.resolve("resnet.safetensors");
        SafetensorsWriter.write(path, Map.of(), tensors);
        InputException e = assertThrows(InputException.class, () -> Vgg.load(path));
        assertEquals(path + ": is a ResNet, not a VGG: open it with Models.load", e.getMessage());
        try (Network network = Models.load(path)) {
            assertEquals("resnet", network.card().architecture());
        }
    }

    @Test
    void aRequiredModelIsCheckedByNameAndByTensors() {
        InputException unknown = assertThrows(InputException.class, () -> Models.of("f", vgg()).model("vgg17").load());
        assertTrue(unknown.getMessage().startsWith("model 'vgg17' is unknown: use vgg11, "), unknown.getMessage());
        InputException other = assertThrows(InputException.class, () -> Models.of("f", vgg()).model("VGG16").load());
        assertEquals("f: is not a vgg16: its layers are 4,M without batch norm", other.getMessage());
    }

    /** The kernel of the first convolution tells a ResNet for small images; its stride is not in the file. */
    @Test
    void aStemForSmallImagesIsUsedOnlyWhenAsked() {
        Map<String, Tensor> tensors = resnet();
        tensors.put("conv1.weight", random(Shape.of(4, 3, 3, 3), 1));
        InputException e = assertThrows(InputException.class, () -> Models.of("f", tensors).load());
        assertTrue(e.getMessage().contains("kernel of 3x3") && e.getMessage().contains("--arch resnet18-cifar"),
                e.getMessage());
        assertThrows(InputException.class, () -> Models.of("f", resnet()).model("resnet-cifar").load());
        try (Network network = Models.of("f", tensors).model("resnet-cifar").load();
             Network stated = Models.of("f", tensors).metadata(Map.of("sectional.architecture", "resnet-cifar"))
                     .load()) {
            assertEquals(Shape.of(3, 32, 32), network.inputShape());
            Shape[] shapes = network.shapes(Shape.of(3, 32, 32));
            assertEquals(Shape.of(32, 32, 4), shapes[network.indexOf("layer1.0.conv1")]);
            assertEquals(-1, network.nodes().stream().map(node -> node.name()).toList().indexOf("maxpool"));
            assertEquals(network.nodes().size(), stated.nodes().size());
        }
    }

    @Test
    void blocksOfOtherKernelsAreNoResNet() {
        Map<String, Tensor> tensors = resnet();
        tensors.put("layer1.0.conv2.weight", random(Shape.of(4, 4, 5, 5), 3));
        assertTrue(assertThrows(InputException.class, () -> Models.of("f", tensors).load()).getMessage()
                .contains("layer1.0.conv2 has a kernel of 5"));
    }

    /** One line that names the module that knows more architectures; a model that is asked for by name is checked. */
    @Test
    void otherArchitecturesAreReferredToTheModuleThatKnowsThem() {
        Map<String, Tensor> mobile = Map.of("features.0.0.weight", Tensor.zeros(Shape.of(4, 3, 3, 3)),
                "features.1.conv.0.0.weight", Tensor.zeros(Shape.of(4, 1, 3, 3)));
        assertFalse(Models.knows(mobile));
        assertTrue(Models.knows(vgg()) && Models.knows(resnet()));
        Path path = folder.resolve("mobile.safetensors");
        SafetensorsWriter.write(path, Map.of("sectional.architecture", "mobilenet_v2"), mobile);
        assertEquals(path + ": its tensors are not those of a VGG, ResNet or SqueezeNet by their names: load it with"
                + " ModelFiles of sectional-weights-import, which knows more architectures",
                assertThrows(InputException.class, () -> Models.load(path)).getMessage());
        assertTrue(assertThrows(InputException.class, () -> Models.of("f", mobile).model("vgg16").load()).getMessage()
                .startsWith("f: "));
    }

    @Test
    void resourcesStayOpenIfLoadingFails() {
        int[] closed = new int[1];
        Map<String, Tensor> tensors = vgg();
        tensors.remove("classifier.3.bias");
        assertThrows(InputException.class, () -> Models.of("f", tensors).model("slim")
                .closeWithNetwork(() -> closed[0]++).load());
        assertEquals(0, closed[0]);
        Models.of("f", vgg()).model("slim").closeWithNetwork(() -> closed[0]++).load().close();
        assertEquals(1, closed[0]);
    }
}
