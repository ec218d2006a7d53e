package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ModelBuilder.ints;
import static dev.sectional.weights.internal.onnx.ModelBuilder.whole;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.io.MappedFile;
import dev.sectional.weights.internal.onnx.proto.AttributeProto.AttributeType;
import dev.sectional.weights.internal.onnx.proto.ModelProto;
import dev.sectional.weights.internal.onnx.proto.OperatorSetIdProto;
import dev.sectional.weights.internal.onnx.proto.StringStringEntryProto;
import dev.sectional.weights.internal.onnx.proto.ValueInfoProto;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What makes a graph a classifier of images: its input, its output, its version and its batch. */
class OnnxClassifierTest {
    private static OnnxModel open(ModelProto model) {
        return OnnxModel.open(null, MappedFile.of("file", ByteBuffer.wrap(model.toByteArray())));
    }

    private static OnnxModel open(ModelBuilder model) {
        return open(model.model());
    }

    private static ModelBuilder input(ModelBuilder model, String dims) {
        model.graph().setInput(0, ModelBuilder.value("x",
                Arrays.stream(dims.split(" ")).mapToLong(Long::parseLong).toArray()));
        return model;
    }

    private static ModelBuilder averaged(ModelBuilder model, String value) {
        return model.node("GlobalAveragePool", List.of(value), "a").node("Flatten", List.of("a"), "y");
    }

    /** A mean of each channel. */
    private static ModelBuilder means(String dims) {
        return input(averaged(new ModelBuilder(), "x"), dims);
    }

    private static Map<String, String> card(ModelBuilder model, String size) {
        return open(model).classifier(size == null ? Map.of() : Map.of("sectional.input", size), "").metadata();
    }

    private static void refused(String said, ModelBuilder model, String size) {
        String message = assertThrows(InputException.class, () -> card(model, size)).getMessage();
        assertTrue(message.startsWith("cannot read file: ") && message.contains(said), message);
    }

    @ParameterizedTest
    @CsvSource({"6, true", "28, true", "5, false", "29, false"})
    void versionsFrom6To28AreRead(int version, boolean known) {
        ModelProto plain = means("1 3 8 8").opset(version).model();
        ModelProto named = plain.toBuilder().setOpsetImport(0, OperatorSetIdProto.newBuilder().setDomain("ai.onnx")
                .setVersion(version)).addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("other").setVersion(99))
                .build();
        for (ModelProto model : List.of(plain, named)) {
            if (known) {
                assertEquals(version, open(model).opset());
            } else {
                assertTrue(assertThrows(InputException.class, () -> open(model)).getMessage()
                        .contains("it has version " + version + " of ONNX's operator set, versions 6 to 28"));
            }
        }
        for (ModelProto model : List.of(plain.toBuilder().clearOpsetImport().build(),
                plain.toBuilder().clearGraph().build())) {
            assertTrue(assertThrows(InputException.class, () -> open(model)).getMessage()
                    .contains("it has no graph or no operator set version"));
        }
    }

    @Test
    void aFileTellsItsTensorsAndMetadata() {
        ModelBuilder model = ModelBuilder.classifier().floats("v", 2);
        OnnxModel opened = open(model.model().toBuilder().addMetadataProps(StringStringEntryProto.newBuilder()
                .setKey("k").setValue("v")).build());
        assertEquals(Map.of("k", "v"), opened.metadata());
        assertEquals(List.of("w", "v"), List.copyOf(opened.initializers().keySet()));
        assertEquals(Shape.of(4, 3, 3, 3), opened.initializers().get("w").values().shape());
        model.graph().addInput(ModelBuilder.value("w", 4, 3, 3, 3));
        assertEquals("3,8,8", card(model, null).get("sectional.input"), "weights that are inputs too");
    }

    /** Input, size that the user gives, and size of the card. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"1 3 8 9;;3,8,9", "1 4 8 9;;4,8,9", "1 5 8 9;;5,8,9", "1 3 8 3;;3,8,3",
        "1 3 0 0;3,8,9;3,8,9", "0 3 0 9;3,8,9;3,8,9", "0 0 0 0;3,8,9;3,8,9", "2 3 8 9;3,8,9;3,8,9",
        "65536 3 8 9;;3,8,9", "65537 3 8 9;;3,8,9", "1 1 16384 16384;;1,16384,16384"})
    void inputsAreImages(String input, String size, String card) {
        assertEquals(card, card(means(input), size).get("sectional.input"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"1 3 8 9;3,9,8;is 8x9, not 9x8", "1 3 8 9;3,8,8;is 8x9, not 8x8",
        "1 3 8 9;3,9,9;is 8x9, not 9x9", "1 3 0 8;;leaves the size of its input 'x' open",
        "1 0 8 8;;leaves the size", "1 3 8 0;;leaves the size",
        "1 1 16384 16385;;has shape [1, 1, 16384, 16385], larger than any photograph",
        "1 65536 8192 1;;larger than any photograph", "1 2147483648 2147483648 1;;larger than any photograph"})
    void otherInputsAreRefused(String input, String size, String said) {
        refused(said, means(input), size);
    }

    private static ModelBuilder last(String dims) {
        return input(new ModelBuilder().node("ReduceMean", List.of("x"), "y", ints("axes", 1, 2)), dims);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"1 8 9 3;;3,8,9", "1 5 9 1;;1,5,9", "1 0 0 3;3,8,9;3,8,9",
        "1 8 9 3;3,8,9;3,8,9"})
    void channelsMayBeLast(String input, String size, String card) {
        Map<String, String> found = card(last(input), size);
        assertEquals(card, found.get("sectional.input"));
        assertTrue(found.get("sectional.graph").contains("AdaptiveAvgPool2d"));
        refused("is 8x9, not 9x8", last("1 8 9 3"), "3,9,8");
    }

    /** The size that a file's own metadata states fills what its graph leaves open. */
    @Test
    void aFileMayStateItsSize() {
        OnnxModel model = open(means("1 3 0 0").model().toBuilder().addMetadataProps(StringStringEntryProto
                .newBuilder().setKey("sectional.input").setValue("3,10,12")).build());
        assertEquals("3,10,12", model.classifier(Map.of(), "").metadata().get("sectional.input"));
        assertEquals("3,8,9", model.classifier(Map.of("sectional.input", "3,8,9"), "").metadata()
                .get("sectional.input"));
    }

    private static boolean guarded(ModelBuilder model, String size) {
        return card(model, size).get("sectional.graph").contains("FixedSize");
    }

    /** Whether a network takes other sizes than that of its import. */
    @Test
    void graphsOfOpenSizeAreGuardedWhereTheyComputeWithTheSize() {
        assertTrue(guarded(means("1 3 8 8"), null));
        assertFalse(guarded(means("1 3 0 0"), "3,8,8"));
        assertFalse(guarded(means("1 3 8 0"), "3,8,8"), "one side is open");
        ModelBuilder padded = new ModelBuilder().whole("p", 0, 0, 0, 0, 0, 0, 1, 1).node("Pad", List.of("x", "p"), "q");
        assertFalse(guarded(input(averaged(padded, "q"), "1 3 0 0"), "3,8,8"));
        ModelBuilder embedding = new ModelBuilder().floats("e", 1, 3, 8, 8).node("Add", List.of("x", "e"), "m");
        assertTrue(guarded(input(averaged(embedding, "m"), "1 3 0 0"), "3,8,8"), "other sizes cannot be imported");
    }

    /** A crop of half the image, and padding of odd sizes, along rows or columns. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void sidesThatTheGraphComputesWithAreGuarded(int axis) {
        ModelBuilder half = new ModelBuilder().whole("i", axis).whole("two", 2).whole("zero", 0)
                .node("Shape", List.of("x"), "s").node("Gather", List.of("s", "i"), "g")
                .node("Div", List.of("g", "two"), "h").node("Slice", List.of("x", "zero", "h", "i"), "c");
        assertTrue(guarded(input(averaged(half, "c"), "1 3 0 0"), "3,8,8"));
        ModelBuilder odd = new ModelBuilder().whole("i", axis).whole("two", 2).whole("n", 0, 0, 0, 0, 0, 0, 0)
                .node("Shape", List.of("x"), "s").node("Gather", List.of("s", "i"), "g")
                .node("Mod", List.of("g", "two"), "h")
                .node("Concat", List.of("n", "h"), "p", whole("axis", 0, AttributeType.INT))
                .node("Pad", List.of("x", "p"), "c");
        assertTrue(guarded(input(averaged(odd, "c"), "1 3 0 0"), "3,8,8"));
    }

    private static ModelBuilder mean(long... axes) {
        return new ModelBuilder().node("ReduceMean", List.of("x"), "y", ints("axes", axes),
                whole("keepdims", 0, AttributeType.INT));
    }

    @Test
    void oneAxisHasTheClasses() {
        assertEquals("3,8,8", card(mean(2, 3), null).get("sectional.input"));
        assertEquals("3,8,8", card(mean(0, 2, 3), null).get("sectional.input"));
        assertEquals("sigmoid", card(mean(1, 2, 3), null).get("sectional.output"), "one class");
        refused("has shape scalar, wanted one value per class", mean(0, 1, 2, 3), null);
        refused("has shape 1x3x8, wanted one value per class", mean(3), null);
        refused("has shape 1x3x1x1, wanted one value per class",
                input(new ModelBuilder().node("Identity", List.of("x"), "y"), "1 3 1 1"), null);
        refused("has shape 2x3x8x8", input(new ModelBuilder().node("Neg", List.of("x"), "y"), "2 3 8 8"), null);
    }

    @Test
    void aValueInsideTheGraphMayBeTheOutput() {
        ModelBuilder model = means("1 3 8 8").node("Neg", List.of("y"), "z").node("Exp", List.of("y"), "other");
        OnnxModel opened = open(model);
        assertFalse(opened.classifier(Map.of(), "a").metadata().get("sectional.graph").contains("Neg"));
        assertTrue(opened.classifier(Map.of(), "z").metadata().get("sectional.graph").contains("Neg"));
        String none = assertThrows(InputException.class, () -> opened.classifier(Map.of(), "none")).getMessage();
        assertTrue(none.contains("it has no output 'none': it has y"), none);
        model.graph().addOutput(ValueInfoProto.newBuilder().setName("z"));
        assertTrue(open(model).classifier(Map.of(), "z").metadata().get("sectional.graph").contains("Neg"));
        refused("it has 2 outputs (y, z), a classifier has one", model, null);
        OnnxModel constants = open(means("1 3 8 8").floats("c", 3).node("Abs", List.of("c"), "k"));
        assertTrue(assertThrows(InputException.class, () -> constants.classifier(Map.of(), "k")).getMessage()
                .contains("its output 'k' does not depend on the image"));
    }

    @ParameterizedTest
    @CsvSource({"10, float16", "11, float64", "16, bfloat16"})
    void otherFloatsAreComputedInFloat32(int type, String name) {
        ModelBuilder model = means("1 3 8 8");
        model.graph().getInputBuilder(0).getTypeBuilder().getTensorTypeBuilder().setElemType(type);
        assertTrue(card(model, null).get("sectional.assumed").contains("float32 for what the graph computes in "
                + name));
        assertFalse(card(means("1 3 8 8"), null).get("sectional.assumed").contains("float32 for"));
    }

    @Test
    void theNumberOfOutputsMustNotDependOnTheSize() {
        refused("has 8 values for images of this size and 16 for larger ones", input(mean(1, 3), "1 3 0 0"), "3,8,9");
        assertEquals("3,8,8", card(mean(1, 3), null).get("sectional.input"), "a file of one size");
    }
}
