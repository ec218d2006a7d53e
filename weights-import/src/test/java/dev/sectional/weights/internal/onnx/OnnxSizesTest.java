package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ModelBuilder.ints;
import static dev.sectional.weights.internal.onnx.ModelBuilder.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.weights.Converter;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Graphs of open size: {@code onnx_sizes.py} writes the files. */
class OnnxSizesTest {
    private static final LoadOptions SIZE = LoadOptions.builder().inputSize(16, 16).build();

    @TempDir
    Path folder;

    private static Path file(String name) {
        try {
            return Path.of(OnnxSizesTest.class.getResource("/onnx_sizes/" + name + ".onnx").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aGraphThatHoldsForEverySizeTakesEverySize() {
        try (Network network = ModelFiles.load(file("open_size"), SIZE)) {
            assertEquals("conv", network.nodes().get(0).name());
            assertEquals(2, network.logits(Tensor.zeros(Shape.of(3, 25, 40))).shape().size());
        }
    }

    /** The padding is the same at all even sizes, and another at odd ones. */
    @Test
    void paddingThatIsComputedForTheParityOfTheSizeHoldsForThatSizeAlone() {
        try (Network network = ModelFiles.load(file("same_padding"), SIZE)) {
            float[] logits = network.logits(Tensor.of(Shape.of(3, 16, 16), ones(3 * 16 * 16))).data();
            assertArrayEquals(new float[] {-2.2319329f, 0.12711008f}, logits, 1e-5f, "as ONNX Runtime");
            assertThrows(IllegalArgumentException.class, () -> network.logits(Tensor.zeros(Shape.of(3, 17, 17))));
        }
    }

    private static float[] ones(int count) {
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    static Stream<Arguments> dependent() {
        AttributeProto perm = ints("perm", 0, 2, 1);
        return Stream.of(
                Arguments.of("reshape", new ModelBuilder().whole("s", 1, 3, 64).whole("t", 1, 8, 8, 3)
                        .node("Reshape", List.of("x", "s"), "a").node("Transpose", List.of("a"), "b", perm)
                        .node("Reshape", List.of("b", "t"), "c")
                        .node("Transpose", List.of("c"), "m", ints("perm", 0, 3, 1, 2))),
                Arguments.of("expand", new ModelBuilder().whole("s", 1, 3, 8, 8)
                        .node("ReduceMean", List.of("x"), "a", ints("axes", 3)).node("Expand", List.of("a", "s"), "b")
                        .node("Add", List.of("x", "b"), "m")),
                Arguments.of("position embedding", new ModelBuilder().floats("e", 1, 3, 8, 8)
                        .node("Add", List.of("x", "e"), "m")),
                Arguments.of("slice", new ModelBuilder().whole("f", 0).whole("t", 6).whole("axis", 3)
                        .node("Slice", List.of("x", "f", "t", "axis"), "m")),
                Arguments.of("pad", new ModelBuilder().whole("q", 0, 0, 0, 0, 0, 0, 1, 1)
                        .node("Pad", List.of("x", "q"), "m", text("mode", "reflect"))),
                Arguments.of("padding of a strided window", new ModelBuilder().node("AveragePool", List.of("x"), "m",
                        ints("kernel_shape", 3, 3), ints("strides", 2, 2), ints("pads", 0, 0, 1, 1))),
                Arguments.of("resize", new ModelBuilder().whole("s", 1, 3, 5, 5)
                        .node("Resize", List.of("x", "", "", "s"), "m")));
    }

    /** 4x16 has as many positions as 8x8: a reshape alone would take it, and mix positions. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("dependent")
    void aFileOfOneSizeWhoseConstantsMayDependOnItTakesThatSizeAlone(String what, ModelBuilder model)
            throws IOException {
        Path path = model.node("GlobalAveragePool", List.of("m"), "p").node("Flatten", List.of("p"), "y")
                .write(folder.resolve("model.onnx"));
        try (Network network = ModelFiles.load(path)) {
            assertEquals(3, network.logits(Tensor.zeros(Shape.of(3, 8, 8))).shape().size());
            for (Shape other : List.of(Shape.of(3, 4, 16), Shape.of(3, 16, 16), Shape.of(3, 9, 9))) {
                String refusal = assertThrows(IllegalArgumentException.class,
                        () -> network.logits(Tensor.zeros(other))).getMessage();
                assertTrue(refusal.endsWith("the network was imported for images of 8x8 and holds only for them; resize"
                        + " the images"), refusal);
            }
        }
    }

    /**
     * A scale that the graph computes from the height becomes part of a matrix of 90000 weights, and the matrix is
     * another one for another height.
     */
    @Test
    void weightsThatAreScaledByTheSizeHoldForThatSizeAlone() throws IOException {
        ModelBuilder model = new ModelBuilder().floats("w", 300, 3, 1, 1).floats("v", 300, 300).whole("two", 2)
                .whole("axes", 2, 3).node("Shape", List.of("x"), "s").node("Gather", List.of("s", "two"), "g")
                .node("Cast", List.of("g"), "h", ModelBuilder.whole("to", 1, AttributeProto.AttributeType.INT))
                .node("Conv", List.of("x", "w"), "c")
                .node("ReduceSum", List.of("c", "axes"), "r",
                        ModelBuilder.whole("keepdims", 0, AttributeProto.AttributeType.INT))
                .node("MatMul", List.of("r", "v"), "m").node("Div", List.of("m", "h"), "y");
        model.graph().setInput(0, ModelBuilder.value("x", 1, 3, 0, 0));
        Path path = model.write(folder.resolve("scaled.onnx"));
        try (Network network = ModelFiles.load(path, SIZE)) {
            assertEquals(300, network.logits(Tensor.zeros(Shape.of(3, 16, 16))).shape().size());
            assertThrows(IllegalArgumentException.class, () -> network.logits(Tensor.zeros(Shape.of(3, 32, 32))));
        }
    }

    /** The same matrix, scaled by a number of the file, holds for every size. */
    @Test
    void weightsThatAreScaledByANumberHoldForEverySize() throws IOException {
        ModelBuilder model = new ModelBuilder().floats("w", 300, 3, 1, 1).floats("v", 300, 300).floats("k", 300)
                .node("Conv", List.of("x", "w"), "c").node("GlobalAveragePool", List.of("c"), "a")
                .node("Flatten", List.of("a"), "r").node("MatMul", List.of("r", "v"), "m")
                .node("Mul", List.of("m", "k"), "y");
        model.graph().setInput(0, ModelBuilder.value("x", 1, 3, 0, 0));
        try (Network network = ModelFiles.load(model.write(folder.resolve("number.onnx")), SIZE)) {
            assertEquals(300, network.logits(Tensor.zeros(Shape.of(3, 33, 20))).shape().size());
        }
    }

    /** Nothing of it shows in the file, but its exporter may have dropped a padding of 0. */
    @Test
    void aFileOfOneSizeTakesNoOtherEvenIfItCould() throws IOException {
        ModelBuilder model = ModelBuilder.classifier();
        try (Network network = ModelFiles.load(model.write(folder.resolve("model.onnx")))) {
            assertEquals(4, network.logits(Tensor.zeros(Shape.of(3, 8, 8))).shape().size());
            assertThrows(IllegalArgumentException.class, () -> network.logits(Tensor.zeros(Shape.of(3, 16, 16))));
        }
    }

    /** The crop ends at a quarter of the height of the import, which is wrong for any other height. */
    @Test
    void aGraphThatComputesWithTheSizeTakesThatSizeAlone() {
        Path converted = folder.resolve("converted.safetensors");
        Converter.convert(file("computed_size"), converted, SIZE, bytes -> { });
        for (Network each : new Network[] {ModelFiles.load(file("computed_size"), SIZE), ModelFiles.load(converted)}) {
            try (Network network = each) {
                assertEquals(2, network.logits(Tensor.zeros(Shape.of(3, 16, 16))).shape().size());
                IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                        () -> network.logits(Tensor.zeros(Shape.of(3, 32, 32))));
                assertTrue(e.getMessage().contains("imported for images of 16x16"), e.getMessage());
            }
        }
    }
}
