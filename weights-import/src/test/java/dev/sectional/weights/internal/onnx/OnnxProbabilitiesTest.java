package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ModelBuilder.ints;
import static dev.sectional.weights.internal.onnx.ModelBuilder.tensor;
import static dev.sectional.weights.internal.onnx.ModelBuilder.whole;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Classification;
import dev.sectional.nn.ModelCard.Output;
import dev.sectional.nn.Network;
import dev.sectional.weights.Converter;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.ModelFiles;
import dev.sectional.weights.internal.onnx.proto.AttributeProto.AttributeType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How the outputs of a graph become probabilities: by its end, by a statement, by an assumption, or not at all. */
class OnnxProbabilitiesTest {
    @TempDir
    Path folder;
    private int files;

    /** Four logits {@code z}. */
    private static ModelBuilder logits() {
        return new ModelBuilder().floats("w", 4, 3, 3, 3).node("Conv", List.of("x", "w"), "c")
                .node("GlobalAveragePool", List.of("c"), "a").node("Flatten", List.of("a"), "z");
    }

    private static ModelBuilder number(ModelBuilder model, String name, float value) {
        int bits = Integer.reverseBytes(Float.floatToIntBits(value));
        model.graph().addInitializer(tensor(name, 1).setRawData(ByteString.copyFrom(ByteBuffer.allocate(Float.BYTES)
                .putInt(bits).array())));
        return model;
    }

    private Network load(ModelBuilder model, LoadOptions.Builder options) throws IOException {
        return ModelFiles.load(model.write(folder.resolve(files++ + ".onnx")), options.mean(0).std(1).build());
    }

    private static Classification classify(Network network) {
        Tensor image = Tensor.zeros(network.card().input());
        for (int i = 0; i < image.data().length; i++) {
            image.data()[i] = i % 7 / 3f - 1;
        }
        return network.classify(image);
    }

    static Stream<Arguments> computedFromProbabilities() {
        ModelBuilder both = logits().node("Sigmoid", List.of("z"), "p");
        ModelBuilder two = logits().node("Neg", List.of("z"), "n").node("Softmax", List.of("z"), "p")
                .node("Softmax", List.of("n"), "q");
        return Stream.of(
                Arguments.of("Sigmoid", number(both, "one", 1).node("Sub", List.of("one", "p"), "q")
                        .node("Concat", List.of("q", "p"), "y", whole("axis", 1, AttributeType.INT))),
                Arguments.of("Softmax", two.node("Mean", List.of("p", "q"), "y")),
                Arguments.of("Softmax", number(number(logits(), "low", 1e-3f), "high", 0.999f)
                        .node("Softmax", List.of("z"), "p").node("Clip", List.of("p", "low", "high"), "y")),
                Arguments.of("Softmax", number(logits(), "half", 0.5f).node("Softmax", List.of("z"), "p")
                        .node("Mul", List.of("p", "half"), "y")),
                Arguments.of("Softmax", logits().node("Softmax", List.of("z"), "p").node("Mul", List.of("p", "p"), "s")
                        .node("ReduceSum", List.of("s"), "t").node("Div", List.of("s", "t"), "y")),
                Arguments.of("LogSoftmax", logits().node("LogSoftmax", List.of("z"), "p")
                        .node("Neg", List.of("p"), "y")),
                Arguments.of("Softmax", logits().whole("one", 1).node("Softmax", List.of("z"), "p")
                        .node("Gather", List.of("p", "one"), "y", whole("axis", 1, AttributeType.INT))),
                Arguments.of("Sigmoid", logits().node("Sigmoid", List.of("c"), "p")
                        .node("GlobalMaxPool", List.of("p"), "m").node("Flatten", List.of("m"), "y")),
                Arguments.of("Exp", logits().node("Exp", List.of("z"), "e").node("ReduceSum", List.of("e"), "s")
                        .node("Div", List.of("e", "s"), "y")),
                Arguments.of("HardSigmoid", logits().node("HardSigmoid", List.of("z"), "y")),
                Arguments.of("Clip", number(number(logits(), "zero", 0), "one", 1)
                        .node("Clip", List.of("z", "zero", "one"), "y")));
    }

    @ParameterizedTest(name = "{0} {index}")
    @MethodSource("computedFromProbabilities")
    void refusesToTakeProbabilitiesForLogitsUnlessTheyAreStated(String source, ModelBuilder model) throws IOException {
        String refusal = assertThrows(InputException.class, () -> load(model, LoadOptions.builder())).getMessage();
        assertTrue(refusal.contains("its outputs are computed from " + source + " '") && refusal.endsWith("state"
                + " --probabilities none if they are, or softmax or sigmoid if that is to be applied to them, or choose"
                + " logits by --output"), refusal);
        try (Network network = load(model, LoadOptions.builder().probabilities(Output.SIGMOID))) {
            assertEquals(Output.SIGMOID, network.card().output());
            assertEquals(List.of(), network.card().assumed());
        }
    }

    @Test
    void takesStatedProbabilitiesAsTheyAre() throws IOException {
        ModelBuilder model = logits().node("Neg", List.of("z"), "n").node("Softmax", List.of("z"), "p")
                .node("Softmax", List.of("n"), "q").node("Mean", List.of("p", "q"), "y");
        float[] some;
        float[] mean;
        try (Network network = load(logits().node("Softmax", List.of("z"), "y"), LoadOptions.builder())) {
            some = classify(network).probabilities();
        }
        try (Network network = load(logits().node("Neg", List.of("z"), "n").node("Softmax", List.of("n"), "y"),
                LoadOptions.builder())) {
            float[] others = classify(network).probabilities();
            mean = new float[] {(some[0] + others[0]) / 2, (some[1] + others[1]) / 2, (some[2] + others[2]) / 2,
                (some[3] + others[3]) / 2};
        }
        try (Network network = load(model, LoadOptions.builder().probabilities(Output.NONE))) {
            assertArrayEquals(mean, classify(network).probabilities(), 1e-6f);
        }
    }

    /** A gate is a sigmoid, but its product with a feature map is no probability; nor is attention. */
    @Test
    void gatesAndAttentionAreNoProbabilities() throws IOException {
        ModelBuilder gated = new ModelBuilder().floats("w", 4, 3, 3, 3).node("Conv", List.of("x", "w"), "c")
                .node("GlobalAveragePool", List.of("c"), "a").node("Sigmoid", List.of("a"), "g")
                .node("Mul", List.of("c", "g"), "m").node("ReduceMean", List.of("m"), "y", ints("axes", 2, 3),
                        whole("keepdims", 0, AttributeType.INT));
        ModelBuilder attention = logits().whole("s", 1, 4, 1).node("Reshape", List.of("z", "s"), "v")
                .node("Mul", List.of("z", "z"), "k").node("Softmax", List.of("k"), "p")
                .node("MatMul", List.of("p", "v"), "o").floats("m", 1, 3).node("MatMul", List.of("o", "m"), "y");
        for (ModelBuilder model : List.of(gated, attention)) {
            try (Network network = load(model, LoadOptions.builder())) {
                assertEquals(List.of("the outputs are logits, and their softmax the probabilities"
                        + " (--probabilities states another)"), network.card().assumed());
            }
        }
    }

    @Test
    void theLogarithmOfASoftmaxIsThatOfItsLogits() throws IOException {
        try (Network network = load(logits().node("Softmax", List.of("z"), "p").node("Log", List.of("p"), "y"),
                LoadOptions.builder());
             Network plain = load(logits().node("Softmax", List.of("z"), "y"), LoadOptions.builder())) {
            assertEquals(List.of(), network.card().assumed());
            assertArrayEquals(classify(plain).logits(), classify(network).logits());
        }
        try (Network network = load(logits().node("Softmax", List.of("z"), "p").node("Log", List.of("p"), "l")
                .floats("f", 4, 2).node("MatMul", List.of("l", "f"), "y"), LoadOptions.builder())) {
            float[] z = classify(load(logits().node("Identity", List.of("z"), "y"), LoadOptions.builder())).logits();
            double sum = Math.exp(z[0]) + Math.exp(z[1]) + Math.exp(z[2]) + Math.exp(z[3]);
            double first = 0;
            for (int i = 0; i < 4; i++) {
                first += (z[i] - Math.log(sum)) * (2 * i / 8f - 0.5f);
            }
            assertEquals(first, classify(network).logits()[0], 1e-5, "the logarithm inside a graph is computed");
        }
    }

    /** Static quantisation rounds the probabilities, too. */
    @Test
    void cutsOffARoundedSoftmaxOrSigmoid() throws IOException {
        for (String end : List.of("Softmax", "Sigmoid")) {
            ModelBuilder model = number(logits(), "scale", 1 / 256f).node(end, List.of("z"), "p");
            model.graph().addInitializer(tensor("zero", 2).setRawData(ByteString.copyFrom(new byte[1])));
            try (Network network = load(model.node("QuantizeLinear", List.of("p", "scale", "zero"), "q")
                    .node("DequantizeLinear", List.of("q", "scale", "zero"), "y"), LoadOptions.builder());
                 Network plain = load(logits().node(end, List.of("z"), "y"), LoadOptions.builder())) {
                assertEquals(end.equals("Softmax") ? Output.SOFTMAX : Output.SIGMOID, network.card().output());
                assertEquals(List.of("probabilities without the rounding to 256 steps with which the graph ends"),
                        network.card().assumed());
                assertArrayEquals(classify(plain).probabilities(), classify(network).probabilities());
            }
        }
    }

    @Test
    void aStatementStaysWithAConvertedFile() throws IOException {
        Path onnx = logits().node("Identity", List.of("z"), "y").write(folder.resolve("labels.onnx"));
        Path assumed = folder.resolve("assumed.safetensors");
        Path stated = folder.resolve("stated.safetensors");
        LoadOptions sigmoid = LoadOptions.builder().probabilities(Output.SIGMOID).build();
        Converter.convert(onnx, assumed, bytes -> { });
        Converter.convert(onnx, stated, sigmoid, bytes -> { });
        try (Network network = ModelFiles.load(stated); Network of = ModelFiles.load(assumed);
             Network again = ModelFiles.load(assumed, sigmoid)) {
            assertEquals(Output.SIGMOID, network.card().output());
            assertTrue(network.card().assumed().stream().noneMatch(each -> each.contains("softmax")));
            assertEquals(Output.SOFTMAX, of.card().output());
            assertTrue(of.card().assumed().stream().anyMatch(each -> each.startsWith("the outputs are logits")));
            assertEquals(Output.SIGMOID, again.card().output());
            assertTrue(again.card().assumed().stream().noneMatch(each -> each.startsWith("a softmax")));
        }
        String refusal = assertThrows(InputException.class, () -> ModelFiles.load(stated,
                LoadOptions.builder().probabilities(Output.NONE).build())).getMessage();
        assertEquals("cannot read " + stated + ": its metadata says that sigmoid makes its probabilities, but"
                + " --probabilities none is stated; leave that out", refusal);
    }

    @ParameterizedTest
    @EnumSource(value = Output.class, names = {"SIGMOID", "NONE"})
    void refusesAStatementAgainstTheGraph(Output other) {
        String refusal = assertThrows(InputException.class, () -> load(logits().node("Softmax", List.of("z"), "y"),
                LoadOptions.builder().probabilities(other))).getMessage();
        assertTrue(refusal.endsWith("its graph ends in a softmax, but --probabilities " + other.name().toLowerCase()
                + " is stated; leave that out"), refusal);
    }

    @Test
    void refusesASoftmaxOfOneOutput() throws IOException {
        ModelBuilder one = logits().floats("f", 4, 1).node("MatMul", List.of("z", "f"), "o");
        ModelBuilder ended = logits().floats("f", 4, 1).node("MatMul", List.of("z", "f"), "o")
                .node("Softmax", List.of("o"), "y");
        one.node("Identity", List.of("o"), "y");
        for (String refusal : List.of(assertThrows(InputException.class, () -> load(one,
                LoadOptions.builder().probabilities(Output.SOFTMAX))).getMessage(),
                assertThrows(InputException.class, () -> load(ended, LoadOptions.builder())).getMessage())) {
            assertTrue(refusal.endsWith("a softmax of its one output is 1 for every image; state --probabilities"
                    + " sigmoid if that is meant"), refusal);
        }
        try (Network network = load(ended, LoadOptions.builder().probabilities(Output.SIGMOID))) {
            assertEquals(Output.SIGMOID, network.card().output());
        }
    }
}
