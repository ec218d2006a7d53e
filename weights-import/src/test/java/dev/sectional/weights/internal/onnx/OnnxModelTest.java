package dev.sectional.weights.internal.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static dev.sectional.weights.internal.onnx.ModelBuilder.ints;
import static dev.sectional.weights.internal.onnx.ModelBuilder.text;

import com.google.protobuf.ByteString;
import dev.sectional.core.DType;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.model.Models;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import dev.sectional.weights.fixtures.Resources;
import dev.sectional.weights.internal.common.ModelWeights;
import dev.sectional.weights.internal.common.PixelPreset;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import dev.sectional.weights.internal.onnx.proto.FunctionProto;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an ONNX file comes to as a network: names, the end, the settings of images, the types of weights. */
class OnnxModelTest {
    private static ModelWeights imported(String name, Map<String, String> told) {
        return OnnxModel.open(Fixtures.file(name + ".onnx")).classifier(told, "");
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
            assertEquals(List.of("image_size", "features.0", "features.1", "features.2", "flatten", "classifier.6"),
                    network.nodes().stream().map(Node::name).toList());
            assertEquals(3, network.indexOf("features"), "a module's name stands for its last node");
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
        ModelCard silent = ModelCard.fromMetadata(imported("classifier_softmax", Map.of()).metadata());
        assertTrue(silent.assumed().get(0).startsWith("pixels by ImageNet's mean"), silent.assumed().toString());
        assertTrue(silent.normalisationAssumed());
        ModelCard unknown = ModelCard.fromMetadata(imported("classifier_softmax",
                Map.of("sectional.channels", "BGR")).metadata());
        assertTrue(unknown.mean().isEmpty() && unknown.std().isEmpty(), "blue first has no usual mean but Caffe's");
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
    void readsListsAsPythonPrintsThem() {
        for (String list : List.of("[0.5, 0.25, 0.125]", "(0.5, 0.25, 0.125)", " [0.5,0.25,0.125] ")) {
            assertEquals("0.5,0.25,0.125", PreprocessingMetadata.read("file", Map.of("mean", list))
                    .get("sectional.mean"), list);
        }
        for (String wrong : List.of("[0.5", "0.5)", "[]", "[[0.5]]", "[0.5)", "[")) {
            assertThrows(InputException.class, () -> PreprocessingMetadata.read("file", Map.of("mean", wrong)), wrong);
        }
    }

    /** uint8, uint16, int16, int32, int64, uint32 and uint64 hold whole pixels. */
    @ParameterizedTest
    @ValueSource(ints = {2, 4, 5, 6, 7, 12, 13})
    void integersTakePixelsAsTheyAre(int type) {
        Map<String, String> card = new HashMap<>();
        PreprocessingMetadata.complete(card, Map.of(), type, List.of());
        assertEquals("0", card.get("sectional.mean"));
        assertEquals("[\"pixels in 0..255, the type of the graph's input\"]", card.get("sectional.assumed"));
        Map<String, String> stated = new HashMap<>(PixelPreset.RAW.card());
        PreprocessingMetadata.complete(stated, Map.of(), type, List.of());
        assertEquals(PixelPreset.RAW.card(), stated);
        stated.putAll(PixelPreset.IMAGENET.card());
        PreprocessingMetadata.complete(stated, Map.of(), type, List.of());
        assertTrue(stated.get("sectional.assumed").contains("the graph's input takes integers"), stated.toString());
    }

    @Test
    void graphsOfIntegersSaySo(@TempDir Path folder) throws IOException {
        ModelBuilder model = new ModelBuilder().floats("w", 4, 3, 3, 3)
                .node("Cast", List.of("x"), "f", ModelBuilder.whole("to", 1, AttributeProto.AttributeType.INT))
                .node("Conv", List.of("f", "w"), "c").node("GlobalAveragePool", List.of("c"), "a")
                .node("Flatten", List.of("a"), "y");
        model.graph().getInputBuilder(0).getTypeBuilder().getTensorTypeBuilder().setElemType(7);
        ModelWeights imported = OnnxModel.open(model.write(folder.resolve("int64.onnx"))).classifier(Map.of(), "");
        ModelCard card = ModelCard.fromMetadata(imported.metadata());
        assertTrue(card.assumed().contains("pixels in 0..255, the type of the graph's input"), card.toString());
        assertEquals(List.of(1 / 255f), card.std().stream().distinct().toList());
    }

    @Test
    void keepsHalvesHalf(@TempDir Path folder) throws IOException {
        ModelBuilder model = ModelBuilder.classifier();
        model.graph().setInitializer(0, model.graph().getInitializer(0).toBuilder().setDataType(10)
                .setRawData(ByteString.copyFrom(new byte[216])));
        ModelWeights imported = OnnxModel.open(model.write(folder.resolve("half.onnx"))).classifier(Map.of(), "");
        assertEquals(DType.F16, imported.tensors().get("the Conv.weight").type());
    }

    @Test
    void foldsWhatScalesAConvolutionAlone() {
        Shape shape = Shape.of(2, 4, 5);
        assertEquals(1, OnnxModel.open(Fixtures.file("batch_norm_folded.onnx")).importGraph(shape).nodes().size());
        assertEquals(3, OnnxModel.open(Fixtures.file("batch_norm_shared.onnx")).importGraph(shape).nodes().size());
        assertEquals(1, OnnxModel.open(Fixtures.file("mul_folded.onnx")).importGraph(shape).nodes().size());
    }

    /** A stride of 2 pads sides of even and of odd length differently. */
    @Test
    void padsEachImageByItsOwnSize(@TempDir Path folder) throws IOException {
        ModelBuilder open = same(text("auto_pad", "SAME_UPPER"));
        open.graph().setInput(0, ModelBuilder.value("x", 1, 3, 0, 0));
        ModelBuilder fixed = same(ints("pads", 1, 1, 1, 1));
        fixed.graph().setInput(0, ModelBuilder.value("x", 1, 3, 7, 9));
        Tensor image = Tensor.zeros(Shape.of(3, 7, 9));
        for (int i = 0; i < image.data().length; i++) {
            image.data()[i] = (i * 37 % 64) / 32f - 1;
        }
        try (Engine engine = Engine.open(Provider.configured(), 1);
                Network any = network(OnnxModel.open(open.write(folder.resolve("open.onnx")))
                        .classifier(Map.of("sectional.input", "3,8,8"), ""), engine);
                Network one = network(OnnxModel.open(fixed.write(folder.resolve("fixed.onnx")))
                        .classifier(Map.of(), ""), engine)) {
            assertArrayEquals(one.logits(image).data(), any.logits(image).data());
        }
    }

    private static ModelBuilder same(AttributeProto padding) {
        return new ModelBuilder().floats("w", 4, 3, 3, 3)
                .node("Conv", List.of("x", "w"), "c", padding, ints("strides", 2, 2))
                .node("GlobalAveragePool", List.of("c"), "a").node("Flatten", List.of("a"), "y");
    }

    @Test
    void takesTheOutputThatIsNamed(@TempDir Path folder) throws IOException {
        ModelBuilder two = ModelBuilder.classifier().node("Relu", List.of("c"), "r");
        two.graph().addOutput(ModelBuilder.value("r", 1, 4, 6, 6));
        OnnxModel model = OnnxModel.open(two.write(folder.resolve("two.onnx")));
        String several = assertThrows(InputException.class, () -> model.classifier(Map.of(), "")).getMessage();
        assertTrue(several.contains("2 outputs (y, r)") && several.contains("choose it by --output"), several);
        try (Engine engine = Engine.open(Provider.configured(), 1); Network chosen = ModelFiles.load(
                folder.resolve("two.onnx"), engine, LoadOptions.builder().output("y").build())) {
            assertEquals(4, chosen.classes());
        }
        Map<String, String> card = model.classifier(Map.of(), "y").metadata();
        assertTrue(card.get("sectional.graph").contains("GlobalAveragePool"), card.toString());
        String none = assertThrows(InputException.class, () -> model.classifier(Map.of(), "z"))
                .getMessage();
        assertTrue(none.contains("no output 'z'"), none);
    }

    @Test
    void refusesAnOutputOfAFileWithoutAGraph(@TempDir Path folder) {
        LoadOptions options = LoadOptions.builder().output("y").build();
        for (String name : List.of("vgg_tiny.safetensors", "vgg_tiny.keras", "vgg_tiny.zip.pth")) {
            String refused = assertThrows(InputException.class,
                    () -> ModelFiles.load(Resources.copy(folder, name), options)).getMessage();
            assertTrue(refused.contains("no output 'y' to choose; leave --output out"), refused);
        }
    }

    @Test
    void replacesFunctionsByTheirNodes(@TempDir Path folder) throws IOException {
        NodeProto inner = NodeProto.newBuilder().setOpType("LeakyRelu").addInput("in").addOutput("out")
                .addAttribute(AttributeProto.newBuilder().setName("alpha").setRefAttrName("slope")
                        .setType(AttributeProto.AttributeType.FLOAT)).build();
        FunctionProto leaky = FunctionProto.newBuilder().setDomain("own").setName("Leaky").addInput("in")
                .addOutput("out").addAttribute("slope").addNode(inner).build();
        ModelBuilder model = ModelBuilder.classifier();
        model.graph().setNode(1, model.graph().getNode(1).toBuilder().setInput(0, "l"))
                .addNode(1, NodeProto.newBuilder().setDomain("own").setOpType("Leaky").setName("act").addInput("c")
                        .addOutput("l").addAttribute(AttributeProto.newBuilder().setName("slope").setF(0.25f)
                                .setType(AttributeProto.AttributeType.FLOAT)));
        Path file = Files.write(folder.resolve("functions.onnx"),
                model.model().toBuilder().addFunctions(leaky).build().toByteArray());
        String graph = OnnxModel.open(file).classifier(Map.of(), "").metadata().get("sectional.graph");
        assertTrue(graph.contains("\"LeakyReLU\"") && graph.contains("0.25"), graph);
        Path endless = Files.write(folder.resolve("endless.onnx"), model.model().toBuilder().addFunctions(
                leaky.toBuilder().setNode(0, model.graph().getNode(1))).build().toByteArray());
        assertTrue(assertThrows(InputException.class, () -> OnnxModel.open(endless)).getMessage()
                .contains("its functions call each other more than 16 deep"));
    }

    @Test
    void takesChannelsLastWithoutATransposition(@TempDir Path folder) throws IOException {
        ModelBuilder model = new ModelBuilder().floats("w", 4, 3, 3, 3)
                .node("Transpose", List.of("x"), "t", ints("perm", 0, 3, 1, 2)).node("Conv", List.of("t", "w"), "c")
                .node("Transpose", List.of("c"), "u", ints("perm", 0, 2, 3, 1))
                .node("ReduceMean", List.of("u"), "y", ints("axes", 1, 2));
        model.graph().setInput(0, ModelBuilder.value("x", 0, 10, 12, 3));
        ModelWeights imported = OnnxModel.open(model.write(folder.resolve("last.onnx"))).classifier(Map.of(), "");
        assertEquals("3,10,12", imported.metadata().get("sectional.input"));
        String graph = imported.metadata().get("sectional.graph");
        assertTrue(!graph.contains("Permute") && graph.contains("AdaptiveAvgPool2d"), graph);
    }

    @Test
    void recognisesFunctionsThatAreSpelledOut() {
        Shape shape = Shape.of(3, 4, 5);
        Map<String, String> kinds = Map.of("silu", "SiLU", "hard_swish_spelled", "HardSwish", "mish_spelled", "Mish",
                "gelu_spelled", "GELU", "gelu_tanh_spelled", "GELU", "layer_norm_spelled", "LayerNorm");
        kinds.forEach((name, kind) -> assertEquals(List.of(kind), OnnxModel.open(Fixtures.file(name + ".onnx"))
                .importGraph(shape).nodes().stream().map(NodeSpec::kind).toList(), name));
    }

    @Test
    void knowsItsFilesByNameOrBeginning() {
        assertTrue(OnnxModel.matches("a.ONNX", 0x3A));
        assertTrue(OnnxModel.matches("a", 0x08));
        assertTrue(!OnnxModel.matches("a.bin", 0x3A));
        assertArrayEquals(new String[] {"b", "w"},
                OnnxModel.open(Fixtures.file("stored_external.onnx")).initializers().keySet().stream().sorted()
                .toArray());
    }
}
