package dev.sectional.weights.internal.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.sectional.core.DType;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.model.Models;
import dev.sectional.weights.internal.common.ModelWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an ONNX file comes to as a network: names, the end, the settings of images, the types of weights. */
class OnnxModelTest {
    private static ModelWeights imported(String name, Map<String, String> told) {
        return OnnxModel.open(Fixtures.file(name + ".onnx")).classifier(told);
    }

    private static Network network(ModelWeights imported, Engine engine) {
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        imported.tensors().forEach((name, stored) -> tensors.put(name, stored.values()));
        return Models.of("model", tensors).metadata(imported.metadata()).engine(engine).load();
    }

    @ParameterizedTest
    @CsvSource({"classifier_softmax, SOFTMAX", "classifier_softmax_9, SOFTMAX", "classifier_log_softmax, SOFTMAX",
            "classifier_sigmoid, SIGMOID"})
    void cutsOffWhatMakesProbabilities(String name, ModelCard.Output output) {
        try (Engine engine = Engine.open(Provider.configured(), 1); Network network =
                network(imported(name, Map.of()), engine)) {
            assertEquals(output, network.card().output());
            assertEquals(4, network.classes());
            assertEquals("classifier.6", network.nodes().get(network.nodes().size() - 1).name());
        }
    }

    @Test
    void namesNodesAsTheModulesOfTheirAuthor() {
        try (Engine engine = Engine.open(Provider.configured(), 1); Network network =
                network(imported("classifier_softmax", Map.of()), engine)) {
            assertEquals(List.of("features.0", "features.1", "features.2", "flatten", "classifier.6"),
                    network.nodes().stream().map(Node::name).toList());
            assertEquals(2, network.indexOf("features"), "a module's name stands for its last node");
        }
    }

    @Test
    void countsOnForNamesThatStandTwiceAndKeepsTheImagesFree() {
        ModelBuilder model = new ModelBuilder().node("Relu", List.of("x"), "r").node("Relu", List.of("r"), "image")
                .node("Relu", List.of("image"), "s");
        for (int i = 0; i < 3; i++) {
            model.graph().setNode(i, model.graph().getNode(i).toBuilder()
                    .setName(i == 1 ? "" : "/layer1/layer1.0/act/Relu"));
        }
        model.graph().addNode(model.graph().getNode(0).toBuilder().setName("/layer1/layer1.0/Add").setOpType("Add")
                .clearInput().addInput("s").addInput("r").clearOutput().addOutput("y"));
        List<String> names = new ArrayList<>();
        NodeNames given = new NodeNames(model.graph().getNodeList());
        model.graph().getNodeList().forEach(node -> names.add(given.of(node)));
        assertEquals(List.of("layer1.0.act.relu", "image_1", "layer1.0.act.relu_1", "layer1.0.add"), names);
        assertEquals("layer1.0.add_1", given.unique("layer1.0.add"));
    }

    @Test
    void readsHowImagesArePrepared() {
        Map<String, String> plain = imported("classifier_softmax_9", Map.of()).metadata();
        ModelCard card = ModelCard.fromMetadata(plain);
        assertEquals(List.of(123 / 255f, 117 / 255f, 104 / 255f), card.mean());
        assertEquals(List.of(1 / 255f, 1 / 255f, 1 / 255f), card.std());
        assertEquals(ModelCard.Channels.RGB, card.channels());
        assertEquals("by hand", card.source());
        ModelCard image = ModelCard.fromMetadata(imported("classifier_sigmoid", Map.of()).metadata());
        assertEquals(List.of(0f, 0f, 0f), image.mean());
        assertEquals(List.of(1 / 255f, 1 / 255f, 1 / 255f), image.std());
        assertEquals(ModelCard.Channels.BGR, image.channels());
        ModelCard own = ModelCard.fromMetadata(imported("classifier_open",
                Map.of("sectional.input", "3,8,8", "sectional.std", "5,5,5")).metadata());
        assertEquals(List.of(0.5f, 0.25f, 0.125f), own.mean());
        assertEquals(List.of(5f, 5f, 5f), own.std(), "what is told wins");
        assertEquals(List.of("a", "b", "c", "d"), own.labels());
        ModelCard unknown = ModelCard.fromMetadata(imported("classifier_softmax", Map.of()).metadata());
        assertTrue(unknown.mean().isEmpty() && unknown.std().isEmpty());
    }

    @Test
    void turnsMeansOfBlueFirstAround() {
        Map<String, String> settings = PreprocessingMetadata.read("file",
                Map.of("mean", "1, 2, 3", "std", "4", "order", "bgr"));
        assertEquals("3.0,2.0,1.0", settings.get("sectional.mean"));
        assertEquals("4.0", settings.get("sectional.std"));
        assertEquals("BGR", settings.get("sectional.channels"));
        assertEquals(Map.of(), PreprocessingMetadata.read("file",
                Map.of("Image.NominalPixelRange", "NominalRange_16_235")));
        for (String wrong : List.of("a", "1,,2", "NaN", "1,Infinity,2")) {
            InputException e = assertThrows(InputException.class,
                    () -> PreprocessingMetadata.read("file", Map.of("mean", wrong)));
            assertTrue(e.getMessage().startsWith("cannot read file: metadata mean is '"), e.getMessage());
        }
        assertThrows(InputException.class, () -> PreprocessingMetadata.read("file", Map.of("mean", "1", "scale", "0")));
    }

    @Test
    void keepsHalvesHalf(@TempDir Path folder) throws IOException {
        ModelBuilder model = ModelBuilder.classifier();
        model.graph().setInitializer(0, model.graph().getInitializer(0).toBuilder().setDataType(10)
                .setRawData(ByteString.copyFrom(new byte[216])));
        ModelWeights imported = OnnxModel.open(model.write(folder.resolve("half.onnx"))).classifier(Map.of());
        assertEquals(DType.F16, imported.tensors().get("the Conv.weight").type());
    }

    @Test
    void foldsWhatScalesAConvolutionAlone() {
        Shape shape = Shape.of(2, 4, 5);
        assertEquals(1, OnnxModel.open(Fixtures.file("batch_norm_folded.onnx")).importGraph(shape).nodes().size());
        assertEquals(3, OnnxModel.open(Fixtures.file("batch_norm_shared.onnx")).importGraph(shape).nodes().size());
        assertEquals(1, OnnxModel.open(Fixtures.file("mul_folded.onnx")).importGraph(shape).nodes().size());
    }

    @Test
    void knowsItsFilesByNameOrBeginning() {
        assertTrue(OnnxModel.matches(Path.of("a.ONNX"), 0x3A));
        assertTrue(OnnxModel.matches(Path.of("a"), 0x08));
        assertTrue(!OnnxModel.matches(Path.of("a.bin"), 0x3A));
        assertArrayEquals(new String[] {"b", "w"},
                OnnxModel.open(Fixtures.file("stored_external.onnx")).initializers().keySet().stream().sorted()
                .toArray());
    }
}
