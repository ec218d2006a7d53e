package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ModelBuilder.ints;
import static dev.sectional.weights.internal.onnx.ModelBuilder.tensor;
import static dev.sectional.weights.internal.onnx.ModelBuilder.text;
import static dev.sectional.weights.internal.onnx.ModelBuilder.whole;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.sectional.core.InputException;
import dev.sectional.weights.internal.onnx.proto.AttributeProto.AttributeType;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import dev.sectional.weights.internal.onnx.proto.ModelProto;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import dev.sectional.weights.internal.onnx.proto.OperatorSetIdProto;
import dev.sectional.weights.internal.onnx.proto.StringStringEntryProto;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused, by operator and node, in one line; and what must not take the machine with it. */
class OnnxRefusalTest {
    @TempDir
    Path folder;

    private String refusal(byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("model.onnx"), bytes);
        String message = assertTimeoutPreemptively(Duration.ofSeconds(10), () -> assertThrows(InputException.class,
                () -> OnnxModel.open(file).classifier(Map.of(), ""))).getMessage();
        assertTrue(message.startsWith("cannot read " + file + ": ") && message.lines().count() == 1, message);
        return message;
    }

    private static ModelBuilder after(String operator, AttributeProto... attributes) {
        return new ModelBuilder().node(operator, List.of("x"), "y", attributes);
    }

    static Stream<Arguments> graphs() {
        return Stream.of(
                Arguments.of(after("Det"),
                        "node 'the Det' (Det): this operator is not supported: export the model without it, or name a"
                                + " value before it by --output; supported are Abs, Add, Attention"),
                Arguments.of(after("LSTM"), "(LSTM): this operator is not supported: recurrent layers have no"
                        + " relevance rule here; no option helps, explain a model of convolutions or attention"),
                Arguments.of(after("ArgMax"), "(ArgMax): this operator is not supported: it has no gradient; name the"
                        + " logits before it by --output"),
                Arguments.of(new ModelBuilder().whole("v", 1, 3, 8, 8, 1).floats("w", 4, 3, 3, 3, 1)
                        .node("Reshape", List.of("x", "v"), "r").node("Conv", List.of("r", "w"), "y"),
                        "takes volumes of three dimensions, got shape 1x3x8x8x1; only convolutions and poolings of one"
                                + " and two dimensions are supported: write the layer with those"),
                Arguments.of(after("Relu", ints("slopes", 1)), "node 'the Relu' (Relu): attribute slopes is unknown"),
                Arguments.of(after("Relu"), "has shape 1x3x8x8, wanted one value per class"),
                Arguments.of(after("Flatten"), "has shape 1x192, wanted one value per class"),
                Arguments.of(after("ReduceMean", whole("keepdims", 0, AttributeType.INT)),
                        "has shape scalar, wanted one value per class"),
                Arguments.of(after("MaxPool"), "kernel_shape is missing"),
                Arguments.of(after("MaxPool", ints("kernel_shape", 9, 1)),
                        "(MaxPool): a window of 9 does not fit an input of 8"),
                Arguments.of(after("MaxPool", ints("kernel_shape", 2)),
                        "only feature maps of two dimensions are supported"),
                Arguments.of(after("MaxPool", ints("kernel_shape", 2, 2), ints("pads", 0, 0, 5, 5)),
                        "must be smaller, got 0 and 5"),
                Arguments.of(after("AveragePool", ints("kernel_shape", 2, 2), ints("dilations", 2, 2)),
                        "average pooling with dilation"),
                Arguments.of(after("MaxPool", text("kernel_shape", "2,2")),
                        "attribute kernel_shape has type STRING, wanted INTS"),
                Arguments.of(after("Transpose", ints("perm", 0, 2, 2, 1)), "perm is [0, 2, 2, 1] for shape 1x3x8x8"),
                Arguments.of(after("ReduceMean", ints("axes", 5)), "axis 5 does not exist among 4"),
                Arguments.of(new ModelBuilder().whole("p", 0, 0, 1, 1, 0, 0, 1, 1)
                        .node("Pad", List.of("x", "p"), "y", text("mode", "wrap")), "mode wrap"),
                Arguments.of(new ModelBuilder().whole("p", 0, 0, -8, 0, 0, 0, 0, 0).node("Pad", List.of("x", "p"), "y"),
                        "padding is at least 0 and at most"),
                Arguments.of(new ModelBuilder().floats("c", 7, 8).node("Add", List.of("x", "c"), "y"),
                        "shapes 1x3x8x8 and 7x8 do not fit each other"),
                Arguments.of(new ModelBuilder().node("Greater", List.of("x", "x"), "g").node("If", List.of("g"), "y"),
                        "(Greater): this operator is not supported"),
                Arguments.of(new ModelBuilder().node("Relu", List.of("nobody"), "y"),
                        "takes 'nobody', which no node before it makes"),
                Arguments.of(new ModelBuilder().node("Add", List.of("x", "nobody"), "y"),
                        "takes 'nobody', which no node before it makes"),
                Arguments.of(new ModelBuilder().node("Add", List.of("x", "z"), "y").node("Relu", List.of("y"), "z"),
                        "takes 'z', which no node before it makes"),
                Arguments.of(after("Relu").node("Relu", List.of("x"), "y"), "two nodes make 'y'"),
                Arguments.of(new ModelBuilder().floats("w", 4, 3, 3, 3).floats("w", 1), "two tensors are named 'w'"),
                Arguments.of(new ModelBuilder().floats("w", 4, 2, 3, 3).node("Conv", List.of("x", "w"), "y"),
                        "takes (H, W, 2)"),
                Arguments.of(new ModelBuilder().node("Relu", List.of("x"), "x").node("Relu", List.of("x"), "y"),
                        "a node makes 'x', which is also the name of a tensor or an input"),
                Arguments.of(new ModelBuilder().floats("t", 1).node("Dropout", List.of("x", "", "t"), "y"),
                        "is in training mode"),
                Arguments.of(new ModelBuilder().floats("w", 4, 3, 3).node("Conv", List.of("x", "w"), "y"),
                        "only convolutions of one and two dimensions"),
                Arguments.of(new ModelBuilder().node("Conv", List.of("x", "x"), "y"),
                        "depends on the image; only constants are supported there"),
                Arguments.of(new ModelBuilder().floats("w", 4, 3).node("Gemm", List.of("x", "w"), "y"),
                        "takes a vector (batch, elements), got shape 1x3x8x8"),
                Arguments.of(new ModelBuilder().whole("s", 1, 7).node("Reshape", List.of("x", "s"), "y"),
                        "asks for shape [1, 7] from shape 1x3x8x8"),
                Arguments.of(new ModelBuilder().whole("s", -1, -1).node("Reshape", List.of("x", "s"), "y"),
                        "asks for shape [-1, -1]"),
                Arguments.of(new ModelBuilder().floats("s").node("QuantizeLinear", List.of("x", "s"), "q")
                        .node("Relu", List.of("q"), "y"), "(QuantizeLinear): its integers go into Relu"),
                Arguments.of(new ModelBuilder().floats("s").node("QuantizeLinear", List.of("x", "s"), "y"),
                        "its integers are the output of the graph"),
                Arguments.of(new ModelBuilder().floats("s").node("QuantizeLinear", List.of("x", "s"), "q",
                        ModelBuilder.whole("block_size", 4, AttributeType.INT))
                        .node("DequantizeLinear", List.of("q", "s"), "y"), "has a scale per block"),
                Arguments.of(new ModelBuilder().opset(6).floats("c", 8)
                        .node("Add", List.of("x", "c"), "y", ModelBuilder.whole("axis", 2, AttributeType.INT)),
                        "broadcasts along axis 2 as operator sets before 7 did"),
                Arguments.of(new ModelBuilder().opset(24).whole("n", 8)
                        .node("Attention", List.of("x", "x", "x", "", "", "", "n"), "y"), "numbers of keys"),
                Arguments.of(new ModelBuilder().whole("p", 0, 0, 1, 0, 0, 0, 0, 0).hidden("v")
                        .node("Pad", List.of("x", "p", "v"), "y"), "(Pad): pads with -Infinity, which only a MaxPool"),
                Arguments.of(new ModelBuilder().hidden("m", 8, 8).node("Add", List.of("x", "m"), "a")
                        .node("Softmax", List.of("a"), "y"), "(Add): its mask hides all keys of a query"),
                Arguments.of(new ModelBuilder().opset(23).flags("m", 8, 8)
                        .node("Attention", List.of("x", "x", "x", "m"), "y"), "hides all keys of a query"),
                Arguments.of(ModelBuilder.classifier().opset(5), "versions 6 to 28 are supported"),
                Arguments.of(ModelBuilder.classifier().opset(0), "no operator set version"),
                Arguments.of(ModelBuilder.classifier().opset(99), "version 99"));
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void refusesAGraphByOperatorAndNode(ModelBuilder model, String expected) throws IOException {
        String message = refusal(model.model().toByteArray());
        assertTrue(message.contains(expected), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"3 | int8", "9 | bool", "22 | int4"})
    void refusesTypesThatHoldNoPixels(int type, String name) throws IOException {
        ModelBuilder model = ModelBuilder.classifier();
        model.graph().getInputBuilder(0).getTypeBuilder().getTensorTypeBuilder().setElemType(type);
        String message = refusal(model.model().toByteArray());
        assertTrue(message.contains("its input 'x' has type " + name + ", in which pixels 0..255 do not fit; export it"
                + " with a float or uint8 input"), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"3 8 9 | (1, 3, 8, 9)", "8 9 3 | (1, 8, 9, 3)", "3 0 0 | (1, 3, H, W)",
        "0 0 1 | (1, H, W, 1)", "7 8 9 | (1, 3, H, W), or 1 channel", "8 9 | (1, 3, H, W), or 1 channel; if it takes",
        "0 784 | (1, 3, H, W), or 1 channel; if it takes vectors, flatten the images inside the model"})
    void saysHowToExportABatch(String dims, String expected) throws IOException {
        ModelBuilder model = ModelBuilder.classifier();
        model.graph().setInput(0, ModelBuilder.value("x",
                Arrays.stream(dims.split(" ")).mapToLong(Long::parseLong).toArray()));
        String message = refusal(model.model().toByteArray());
        assertTrue(message.contains("; export it with a batch axis: torch.zeros" + expected), message);
    }

    @Test
    void refusesInputsAndOutputsThatAreNoClassifiers() throws IOException {
        ModelBuilder two = ModelBuilder.classifier();
        two.graph().addInput(ModelBuilder.value("more", 1));
        assertTrue(refusal(two.model().toByteArray()).contains("has 2 inputs (x, more)"));
        ModelBuilder outputs = ModelBuilder.classifier();
        outputs.graph().addOutput(ModelBuilder.value("c", 1));
        assertTrue(refusal(outputs.model().toByteArray()).contains("has 2 outputs (y, c)"));
        ModelBuilder vector = ModelBuilder.classifier();
        vector.graph().setInput(0, ModelBuilder.value("x", 1, 10));
        assertTrue(refusal(vector.model().toByteArray()).contains("has 2 dimensions, wanted images"));
        ModelBuilder open = ModelBuilder.classifier();
        open.graph().setInput(0, ModelBuilder.value("x", 0, 3, 0, 0));
        assertTrue(refusal(open.model().toByteArray()).contains("such as --input-size 224"));
        assertEquals("3,8,9", OnnxModel.open(open.write(folder.resolve("open.onnx")))
                .classifier(Map.of("sectional.input", "3,8,9"), "").metadata().get("sectional.input"));
        ModelBuilder fixed = ModelBuilder.classifier();
        fixed.graph().setInput(0, ModelBuilder.value("x", 1, 3, 8, 9));
        OnnxModel model = OnnxModel.open(fixed.write(folder.resolve("fixed.onnx")));
        assertEquals("3,8,9",
                model.classifier(Map.of("sectional.input", "3,8,9"), "").metadata().get("sectional.input"));
        assertTrue(assertThrows(InputException.class, () -> model.classifier(Map.of("sectional.input", "3,9,8"), ""))
                .getMessage().contains("its input 'x' is 8x9, not 9x8; leave --input-size out"));
        ModelBuilder length = new ModelBuilder().node("ReduceMean", List.of("x"), "m", ints("axes", 1, 2))
                .node("Flatten", List.of("m"), "y");
        length.graph().setInput(0, ModelBuilder.value("x", 1, 3, 0, 0));
        OnnxModel flat = OnnxModel.open(length.write(folder.resolve("length.onnx")));
        String depends = assertThrows(InputException.class,
                () -> flat.classifier(Map.of("sectional.input", "3,8,8"), "")).getMessage();
        assertTrue(depends.contains("has 8 values for images of this size and 16 for larger ones"), depends);
        ModelBuilder huge = ModelBuilder.classifier();
        huge.graph().setInput(0, ModelBuilder.value("x", 1, 3, 65536, 65536));
        assertTrue(refusal(huge.model().toByteArray()).contains("larger than any photograph"));
        ModelBuilder mask = new ModelBuilder();
        mask.graph().addNode(NodeProto.newBuilder().setOpType("MaxPool").addInput("x").addOutput("m")
                .addOutput("indices").addAttribute(ints("kernel_shape", 8, 8)));
        mask.node("Add", List.of("m", "indices"), "y");
        assertTrue(refusal(mask.model().toByteArray()).contains("its output 'indices' is not computed"));
        ModelProto foreign = ModelBuilder.classifier().model().toBuilder()
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("com.example").setVersion(1)).build();
        NodeProto node = foreign.getGraph().getNode(0).toBuilder().setDomain("com.example").build();
        assertTrue(refusal(foreign.toBuilder().setGraph(foreign.getGraph().toBuilder().setNode(0, node)).build()
                .toByteArray())
                .contains("this operator of domain com.example is not supported: export the model without it"));
        NodeProto fused = node.toBuilder().setDomain("com.microsoft").build();
        assertTrue(refusal(foreign.toBuilder().setGraph(foreign.getGraph().toBuilder().setNode(0, fused)).build()
                .toByteArray()).contains("optimise at the basic level"));
    }

    private String tensorRefusal(TensorProto.Builder weight) throws IOException {
        ModelBuilder model = new ModelBuilder().node("Conv", List.of("x", "w"), "c")
                .node("GlobalAveragePool", List.of("c"), "y");
        model.graph().addInitializer(weight);
        return refusal(model.model().toByteArray());
    }

    @Test
    void checksWhatATensorClaims() throws IOException {
        ByteString eight = ByteString.copyFrom(new byte[8]);
        assertTrue(tensorRefusal(tensor("w", 1, 1, 3, 1, 1).setRawData(eight))
                .contains("takes 12 bytes, the file has 8"));
        assertTrue(tensorRefusal(tensor("w", 1, 1 << 30, 1 << 30).setRawData(eight))
                .contains("at most 2^31 - 1 elements"));
        assertTrue(tensorRefusal(tensor("w", 1, -1).setRawData(eight)).contains("an impossible shape"));
        assertTrue(tensorRefusal(tensor("w", 1, Long.MAX_VALUE).setRawData(eight)).contains("the file has 8"));
        assertTrue(tensorRefusal(tensor("w", 8, 1).setRawData(eight))
                .contains("elements of ONNX's type 8, which is not supported"));
        assertTrue(tensorRefusal(tensor("w", 1, 2)).contains("has no elements"));
        assertTrue(tensorRefusal(tensor("w", 1, 2).setRawData(eight).setFloatData(eight))
                .contains("in several fields"));
        assertTrue(tensorRefusal(tensor("w", 1, 2).setInt64Data(eight)).contains("in a field for another type"));
        assertTrue(tensorRefusal(tensor("w", 10, 9).setInt32Data(eight)).contains("has only 8 bytes of elements"));
        assertTrue(tensorRefusal(tensor("w", 10, 7).setInt32Data(eight)).contains("has 8 elements"));
        assertTrue(tensorRefusal(tensor("w", 10, 1).setInt32Data(ByteString.copyFrom(new byte[] {-1, -1})))
                .contains("has 0 elements"));
        assertTrue(tensorRefusal(tensor("w", 10, 1)
                .setInt32Data(ByteString.copyFrom(new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1})))
                .contains("without its end"));
    }

    private String externalRefusal(String location, String offset, String length) throws IOException {
        TensorProto.Builder weight = tensor("w", 1, 1, 3, 1, 1).setDataLocation(TensorProto.DataLocation.EXTERNAL);
        Map.of("location", location, "offset", offset, "length", length).forEach((key, value) ->
                weight.addExternalData(StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
        return tensorRefusal(weight);
    }

    @Test
    void readsNoFileOutsideTheModelsFolder() throws IOException {
        Path outside = Files.write(Files.createTempFile("outside", ".data"), new byte[12]);
        Files.write(folder.resolve("w.data"), new byte[12]);
        Files.createSymbolicLink(folder.resolve("link.data"), outside);
        for (String location : List.of("../" + folder.relativize(outside), outside.toString(), "link.data", "a/../../x",
                "", "..", ".")) {
            String message = externalRefusal(location, "0", "12");
            assertTrue(message.contains("outside the model's folder, and they were not read")
                    || message.contains("is not there"), location + ": " + message);
        }
        assertTrue(externalRefusal("link.data", "0", "12").contains("outside the model's folder"));
        assertTrue(externalRefusal("none.data", "0", "12")
                .contains("which is not there; put that file beside the model"));
        assertTrue(externalRefusal("w.data", "1", "12").contains("which has only 12"));
        assertTrue(externalRefusal("w.data", "9223372036854775807", "12").contains("which has only 12"));
        assertTrue(externalRefusal("w.data", "0", "13").contains("its entry names 13"));
        assertTrue(externalRefusal("w.data", "-1", "12").contains("has the offset or length '-1'"));
        assertTrue(externalRefusal("w.data", "0", "twelve").contains("has the offset or length 'twelve'"));
        assertTrue(externalRefusal("w\0.data", "0", "12").contains("not a usable path"));
        Files.delete(outside);
    }

    /** Cut off anywhere, it is refused or, where only ends of lists are missing, still a graph that does not end. */
    @Test
    @Tag("exhaustive")
    void refusesEveryTruncation() throws IOException {
        byte[] whole = ModelBuilder.classifier().model().toByteArray();
        for (int length = 1; length < whole.length; length++) {
            refusal(Arrays.copyOf(whole, length));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff", "08ffffffffffffffffffff", "0a", "3affffffff0f", "3a05", "00", "07", "0b",
            "f8ffffffffffffffff01", "3a020a7f"})
    void refusesWhatIsNoProtobuf(String hex) throws IOException {
        byte[] bytes = new byte[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        }
        refusal(bytes);
    }

    private static AttributeProto one() {
        return AttributeProto.newBuilder().setName("value").setType(AttributeType.TENSOR)
                .setT(tensor("", 1, 1).setRawData(ByteString.copyFrom(new byte[4]))).build();
    }

    private static ModelBuilder doubled() {
        ModelBuilder doubled = new ModelBuilder().whole("n0", 1);
        for (int i = 0; i < 40; i++) {
            doubled.node("Concat", List.of("n" + i, "n" + i), "n" + (i + 1), whole("axis", 0, AttributeType.INT));
        }
        return doubled.node("Reshape", List.of("x", "n40"), "y");
    }

    private static ModelBuilder deep() {
        ModelBuilder deep = new ModelBuilder().whole("axis", 0);
        for (int i = 0; i < 40; i++) {
            deep.node("Unsqueeze", List.of(i == 0 ? "x" : "v" + i, "axis"), i == 39 ? "y" : "v" + (i + 1));
        }
        return deep;
    }

    private static ModelBuilder wide() {
        ModelBuilder wide = new ModelBuilder().whole("s", 1 << 12, 1 << 12, 3, 3)
                .node("ConstantOfShape", List.of("s"), "w", one())
                .whole("t", 1 << 12, 3, 1, 1).node("ConstantOfShape", List.of("t"), "v0", one())
                .node("Conv", List.of("x", "v0"), "c0");
        for (int i = 0; i < 20; i++) {
            wide.node("Conv", List.of("c" + i, "w"), i == 19 ? "y" : "c" + (i + 1), ints("pads", 1, 1, 1, 1));
        }
        return wide;
    }

    /** A few bytes that ask for more than any heap: filled, doubled, spread, repeated and nested. */
    static Stream<Arguments> bombs() {
        return Stream.of(Arguments.of(new ModelBuilder().whole("s", 1 << 30, 3, 1, 1)
                        .node("ConstantOfShape", List.of("s"), "w", one()).node("Conv", List.of("x", "w"), "y"),
                        "at most 2^31 - 1"),
                Arguments.of(new ModelBuilder().whole("s", 1 << 28, 3, 1, 1)
                        .node("ConstantOfShape", List.of("s"), "w", one()).node("Conv", List.of("x", "w"), "y"),
                        "channels"),
                Arguments.of(doubled(), "the graph computes with more than 16777216 integers"),
                Arguments.of(deep(), "asks for 17 dimensions"),
                Arguments.of(wide(), "1073741824 weights"),
                Arguments.of(new ModelBuilder().whole("p", 0, 0, Integer.MAX_VALUE, 0, 0, 0, Integer.MAX_VALUE, 0)
                        .node("Pad", List.of("x", "p"), "y"), "padding is at least 0 and at most"));
    }

    @ParameterizedTest
    @MethodSource("bombs")
    void survivesWhatAsksForTooMuch(ModelBuilder model, String expected) throws IOException {
        String message = refusal(model.model().toByteArray());
        assertTrue(message.contains(expected), message);
    }

    @Test
    void refusesMoreNodesThanAnyClassifierHas() throws IOException {
        byte[] empty = new byte[4 << 20];
        for (int i = 0; i < empty.length; i += 2) {
            empty[i] = 0x0A;   // a node of no bytes
        }
        ModelProto model = ModelBuilder.classifier().model();
        byte[] many = model.toBuilder().setGraph(model.getGraph().toBuilder().mergeFrom(empty)).build().toByteArray();
        assertTrue(refusal(many).contains("larger than that of any classifier"));
    }
}
