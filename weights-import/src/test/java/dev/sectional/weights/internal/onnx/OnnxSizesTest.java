package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ModelBuilder.ints;
import static dev.sectional.weights.internal.onnx.ModelBuilder.text;
import static dev.sectional.weights.internal.onnx.ModelBuilder.whole;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.weights.Converter;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import dev.sectional.weights.internal.onnx.proto.AttributeProto.AttributeType;
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
                Arguments.of("shuffle", new ModelBuilder().whole("s", 1, 3, 4, 16).whole("t", 1, 3, 8, 8)
                        .node("Reshape", List.of("x", "s"), "a")
                        .node("Transpose", List.of("a"), "b", ints("perm", 0, 1, 3, 2))
                        .node("Reshape", List.of("b", "t"), "m")),
                Arguments.of("expand", new ModelBuilder().whole("s", 1, 3, 8, 8)
                        .node("ReduceMean", List.of("x"), "a", ints("axes", 3)).node("Expand", List.of("a", "s"), "b")
                        .node("Add", List.of("x", "b"), "m")),
                Arguments.of("position embedding", new ModelBuilder().floats("e", 1, 3, 8, 8)
                        .node("Add", List.of("x", "e"), "m")),
                Arguments.of("rows of an embedding", new ModelBuilder().floats("e", 8, 1)
                        .node("Mul", List.of("x", "e"), "m")),
                Arguments.of("filled shape", new ModelBuilder().whole("s", 1, 3, 8, 8)
                        .node("ConstantOfShape", List.of("s"), "f").node("Concat", List.of("x", "f"), "m",
                        whole("axis", 3, AttributeType.INT))),
                Arguments.of("range", new ModelBuilder().whole("s", 0, 1, 2, 3)
                        .node("Gather", List.of("x", "s"), "m", whole("axis", 2, AttributeType.INT))),
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

    static Stream<Arguments> ends() {
        return Stream.of(
                Arguments.of("whole map averaged by a window", new ModelBuilder().node("AveragePool", List.of("x"), "m",
                        ints("kernel_shape", 8, 8)).node("Flatten", List.of("m"), "y")),
                Arguments.of("mean as a sum", new ModelBuilder().floats("n").node("ReduceSum", List.of("x"), "s",
                        ints("axes", 2, 3), whole("keepdims", 0, AttributeType.INT)).opset(11)
                        .node("Mul", List.of("s", "n"), "y")),
                Arguments.of("positions into one matrix", new ModelBuilder().floats("w", 192, 3)
                        .node("Flatten", List.of("x"), "f").node("MatMul", List.of("f", "w"), "y")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ends")
    void aFileOfOneSizeWhoseEndFitsThatSizeTakesItAlone(String what, ModelBuilder model) throws IOException {
        try (Network network = ModelFiles.load(model.write(folder.resolve("model.onnx")))) {
            assertEquals(3, network.logits(Tensor.zeros(Shape.of(3, 8, 8))).shape().size());
            assertThrows(IllegalArgumentException.class, () -> network.logits(Tensor.zeros(Shape.of(3, 4, 16))));
        }
    }

    /** Squeeze-and-excite, pooling beyond the border, channels last, norms: nothing here knows a size. */
    @Test
    void aFileOfOneSizeWithoutSuchConstantsTakesEverySize() throws IOException {
        Path path = new ModelBuilder().floats("w", 4, 3, 3, 3).floats("v", 4, 4, 1, 1).floats("b", 4, 1, 1)
                .node("Conv", List.of("x", "w"), "c", ints("strides", 2, 2), ints("pads", 1, 1, 1, 1))
                .node("Add", List.of("c", "b"), "d").node("GlobalAveragePool", List.of("d"), "g")
                .node("Conv", List.of("g", "v"), "e").node("Sigmoid", List.of("e"), "s")
                .node("Mul", List.of("d", "s"), "f").node("Concat", List.of("f", "d"), "h",
                whole("axis", 1, AttributeType.INT))
                .node("MaxPool", List.of("h"), "m", ints("kernel_shape", 3, 3), ints("strides", 2, 2),
                whole("ceil_mode", 1, AttributeType.INT)).node("GlobalAveragePool", List.of("m"), "p")
                .node("Flatten", List.of("p"), "y").write(folder.resolve("model.onnx"));
        try (Network network = ModelFiles.load(path)) {
            assertNotEquals("FixedSize", network.nodes().get(0).layer().getClass().getSimpleName());
            assertEquals(8, network.logits(Tensor.zeros(Shape.of(3, 13, 30))).shape().size());
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
