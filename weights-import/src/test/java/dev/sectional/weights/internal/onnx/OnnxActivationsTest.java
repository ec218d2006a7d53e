package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ConstantRunner.number;
import static dev.sectional.weights.internal.onnx.ConstantRunner.real;
import static dev.sectional.weights.internal.onnx.ModelBuilder.whole;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.sectional.core.DType;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.io.MappedFile;
import dev.sectional.weights.internal.onnx.proto.AttributeProto.AttributeType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Operators on each element alone, their attributes and versions, and probabilities that a graph rounds at its end. */
class OnnxActivationsTest {
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.SCALAR, 1);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static GraphRunner row() {
        return GraphRunner.of(1, 6);
    }

    private static void refused(String said, GraphRunner graph) {
        String message = assertThrows(InputException.class, graph::run).getMessage();
        assertTrue(message.contains(said), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HardSwish", "Tanh", "Softplus", "Softsign", "Erf", "Exp", "Sqrt", "Reciprocal", "Abs",
        "Neg", "Mish", "Log"})
    void functionsKeepTheirNames(String name) {
        assertEquals(name, row().node(name, "x", "y").run().kinds());
    }

    @Test
    void selu() {
        GraphRunner selu = row().node("Selu", "x", "y").run();
        assertEquals(1.6732632, (Double) selu.only("SELU").settings().get("alpha"), 1e-6);
        assertEquals(1.050701, (Double) selu.only("SELU").settings().get("gamma"), 1e-6);
        GraphRunner own = row().node("Selu", "x", "y", real("alpha", 2), real("gamma", 3)).run();
        assertEquals(List.of(2.0, 3.0), List.of(own.only("SELU").settings().get("alpha"),
                own.only("SELU").settings().get("gamma")));
        assertEquals(0.2, (Double) row().node("HardSigmoid", "x", "y").run().only("HardSigmoid").settings()
                .get("alpha"), 1e-6);
        assertEquals(0.01, (Double) row().node("LeakyRelu", "x", "y").run().only("LeakyReLU").settings().get("slope"),
                1e-6);
    }

    @Test
    void gatedSwish() {
        ConstantArray x = row().node("Identity", "x", "y").expected(GraphRunner::element);
        ConstantArray expected = ConstantArray.of(DType.F32, x.dims(), i -> x.values()[i] / (1 + Math.exp(-2
                * x.values()[i])) * Math.abs(x.values()[i]));
        row().node("Abs", "x", "a").node("SwiGLU", "x a", "y", real("alpha", 2)).assertSame(engine, expected);
    }

    /** Bounds are attributes before operator set 11 and inputs since. */
    @ParameterizedTest
    @CsvSource({"10", "11"})
    void bounds(int opset) {
        for (double least : new double[] {-1, 0}) {
            ConstantArray expected = row().number("l", least).number("g", 1).node("Clip", "x l g", "y")
                    .expected(GraphRunner::element);
            GraphRunner graph = row().opset(opset).number("l", least).number("g", 1);
            (opset == 10 ? graph.node("Clip", "x", "y", real("min", (float) least), real("max", 1))
                    : graph.node("Clip", "x l g", "y")).assertSame(engine, expected);
        }
        assertEquals("Clip", row().opset(opset).node("Clip", "x", "y").run().kinds());
    }

    /** Over all axes from the second on before operator set 13, over the last one since. */
    @ParameterizedTest
    @CsvSource({"12, ''", "13, Softmax"})
    void axesOfASoftmax(int opset, String kinds) {
        assertEquals(kinds, GraphRunner.of(1, 2, 3).opset(opset).node("Softmax", "x", "y").run().kinds());
    }

    @Test
    void attributesOfTrainingAreIgnored() {
        assertEquals("Dropout", row().opset(10).node("Dropout", "x", "y", real("ratio", 0.5f), number("is_test", 0))
                .run().kinds());
        assertEquals("Quantize", row().number("s", 0.5).node("QuantizeLinear", "x s", "q", number("saturate", 1),
                number("axis", 1)).node("DequantizeLinear", "q s", "y", number("output_dtype", 1)).run().kinds());
        refused("has a scale per block", row().number("s", 0.5).node("QuantizeLinear", "x s", "q")
                .node("DequantizeLinear", "q s", "y", number("block_size", 2)));
        GraphRunner.of(1, 3, 4).opset(23).node("Attention", "x x x", "y", number("q_num_heads", 2),
                number("kv_num_heads", 2), number("softmax_precision", 1)).run();
        refused("input 2 has shape 1x6, the equation calls it i", row().node("Einsum", "x x", "y",
                ModelBuilder.text("equation", "bi,i->b")));
    }

    private static Map<String, String> rounded(String end, long axis, double scale) {
        ModelBuilder model = new ModelBuilder().node("GlobalAveragePool", List.of("x"), "a")
                .node("Flatten", List.of("a"), "z");
        model.graph().addInitializer(ModelBuilder.tensor("scale", 1).setRawData(ByteString.copyFrom(ByteBuffer
                .allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat((float) scale).array())));
        model.graph().addInitializer(ModelBuilder.tensor("zero", 3).setRawData(ByteString.copyFrom(new byte[1])));
        if (end.equals("Softmax")) {
            model.node(end, List.of("z"), "p", whole("axis", axis, AttributeType.INT));
        } else {
            model.node(end, List.of("z"), "p");
        }
        model.node("QuantizeLinear", List.of("p", "scale", "zero"), "q")
                .node("DequantizeLinear", List.of("q", "scale", "zero"), "y");
        return OnnxModel.open(null, MappedFile.of("file", ByteBuffer.wrap(model.model().toByteArray())))
                .classifier(Map.of(), "").metadata();
    }

    /** The rounding goes with the softmax or sigmoid that is cut off; other values are rounded. */
    @ParameterizedTest
    @CsvSource({"Softmax, softmax", "Sigmoid, sigmoid"})
    void roundedProbabilitiesAreCutOff(String end, String output) {
        Map<String, String> card = rounded(end, 1, 0.25);
        assertEquals(output, card.get("sectional.output"));
        assertTrue(card.get("sectional.assumed").contains("probabilities without the rounding to 256 steps with which"
                + " the graph ends"), card.toString());
        assertTrue(!card.get("sectional.graph").contains("Quantize") && !card.get("sectional.graph").contains(end),
                card.toString());
        Map<String, String> logits = rounded("Neg", 1, 0.25);
        assertTrue(logits.get("sectional.graph").contains("Quantize") && logits.get("sectional.graph").contains("Neg"));
        assertTrue(!logits.get("sectional.assumed").contains("rounding"));
    }
}
