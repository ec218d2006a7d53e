package dev.sectional.weights.internal.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.ModelCard.Output;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.nn.model.named.ModelTensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of outputs: stated, cut off, assumed of logits, and refused of what may be probabilities. */
class ProbabilitiesTest {
    private final List<String> assumed = new ArrayList<>();

    private static NodeSpec node(String name, String kind, String... inputs) {
        return new NodeSpec(name, kind, Map.of(), Map.of(), List.of(inputs));
    }

    private static NodeSpec linear(String name, String input, TensorSource weight) {
        return new NodeSpec(name, "Linear", Map.of(), Map.of("weight", weight), List.of(input));
    }

    private static NodeSpec clip(String input, double least, double greatest) {
        return new NodeSpec("clip", "Clip", NodeSpec.settings("least", least, "greatest", greatest), Map.of(),
                List.of(input));
    }

    private static final NodeSpec LOGITS = node("z", "Linear", Network.IMAGE);

    private Output of(int classes, Output cut, Output stated, NodeSpec... nodes) {
        return Probabilities.of("graph", List.of(nodes), classes, cut, stated, assumed::add);
    }

    private String refusal(int classes, Output cut, Output stated, NodeSpec... nodes) {
        return assertThrows(IllegalArgumentException.class, () -> of(classes, cut, stated, nodes)).getMessage();
    }

    private String source(NodeSpec... nodes) {
        String message = refusal(3, null, null, nodes);
        assertTrue(message.startsWith("its outputs are computed from ") && message.contains("', so they may be"));
        return message.substring("its outputs are computed from ".length(), message.indexOf(", so they may be"));
    }

    private void requireLogits(NodeSpec... nodes) {
        assumed.clear();
        assertNull(of(3, null, null, nodes));
        assertEquals(List.of(ModelTensors.logits(3)), assumed);
    }

    @Test
    void logitsBecomeProbabilitiesByAnAssumption() {
        requireLogits(LOGITS);
        requireLogits();
        assumed.clear();
        assertEquals(Output.SIGMOID, of(1, null, null, LOGITS));
        assertEquals(List.of(ModelTensors.logits(1)), assumed);
    }

    @Test
    void aStatementWinsWhereItContradictsNothing() {
        assertEquals(Output.SIGMOID, of(3, null, Output.SIGMOID, LOGITS));
        assertEquals(Output.NONE, of(3, null, Output.NONE, LOGITS, node("p", "Softmax", "z")));
        assertEquals(Output.SOFTMAX, of(3, Output.SOFTMAX, null, LOGITS));
        assertEquals(Output.SOFTMAX, of(3, Output.SOFTMAX, Output.SOFTMAX, LOGITS));
        assertEquals(Output.NONE, of(1, Output.SIGMOID, Output.NONE, LOGITS), "one output");
        assertEquals(Output.SIGMOID, of(1, Output.SOFTMAX, Output.SIGMOID, LOGITS));
        assertEquals(Output.SIGMOID, of(1, Output.SIGMOID, null, LOGITS));
        assertEquals("its graph ends in a softmax, but --probabilities sigmoid is stated; leave that out",
                refusal(3, Output.SOFTMAX, Output.SIGMOID, LOGITS));
        assertEquals(List.of(), assumed);
    }

    @Test
    void aSoftmaxOfOneOutputIsRefused() {
        assertTrue(refusal(1, null, Output.SOFTMAX, LOGITS).startsWith("a softmax of its one output is 1"));
        assertTrue(refusal(1, Output.SOFTMAX, null, LOGITS).startsWith("a softmax of its one output is 1"));
        assertEquals(Output.SOFTMAX, of(2, null, Output.SOFTMAX, LOGITS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Softmax", "LogSoftmax", "Sigmoid", "HardSigmoid", "Tanh", "Erf", "Exp", "Softplus"})
    void boundedValuesAreNoLogits(String kind) {
        assertEquals(kind + " 'p'", source(LOGITS, node("p", kind, "z")));
        requireLogits(LOGITS, node("p", kind, "z"), node("other", "Linear", "z"));
        assertTrue(refusal(3, null, null, LOGITS, node("p", kind, "z")).endsWith(", or choose logits by --output"));
        String model = assertThrows(IllegalArgumentException.class, () -> Probabilities.of("model",
                List.of(node("p", kind, "z")), 3, null, null, assumed::add)).getMessage();
        assertTrue(model.endsWith("if that is to be applied to them"), model);
    }

    /** The first source stays the source, whatever follows. */
    @Test
    void layersOfOneValueKeepItsSource() {
        NodeSpec p = node("p", "Softmax", "z");
        assertEquals("Softmax 'p'", source(p, node("r", "Reshape", "p"), node("s", "Sigmoid", "r"),
                node("end", "Neg", "r")));
        assertEquals("Sigmoid 's'", source(p, node("s", "Sigmoid", "p"), node("end", "Log", "s")));
        requireLogits(p, node("w", "Conv2d", "p"));
        requireLogits(LOGITS, node("r", "Reshape", "z"));
    }

    @Test
    void joinsOfOneSourceAreNoLogits() {
        NodeSpec p = node("p", "Softmax", "z");
        for (String mix : List.of("Add", "Subtract", "Concat", "Maximum", "Minimum")) {
            assertEquals("Softmax 'p'", source(LOGITS, p, node("sum", mix, "z", "p")));
            requireLogits(LOGITS, node("sum", mix, "z", "z"));
        }
        for (String gate : List.of("Multiply", "Divide")) {
            requireLogits(LOGITS, p, node("gated", gate, "z", "p"));
            assertEquals("Softmax 'p'", source(LOGITS, p, node("q", "Sigmoid", "z"), node("both", gate, "p", "q")));
            assertEquals("Softmax 'p'", source(LOGITS, p, node("c", "Constant"), node("scaled", gate, "c", "p")));
            requireLogits(LOGITS, node("c", "Constant"), node("scaled", gate, "c", "z"));
        }
    }

    @Test
    void averagesOfProbabilitiesAreNoLogits() {
        NodeSpec p = node("p", "Softmax", "z");
        assertEquals("Softmax 'p'", source(LOGITS, p, linear("m", "p", Tensor.of(Shape.of(1, 2), 0, 0.5f))));
        requireLogits(LOGITS, p, linear("m", "p", Tensor.of(Shape.of(1, 3), 1, -1e-9f, 1)));
        requireLogits(LOGITS, linear("m", "z", Tensor.of(Shape.of(1, 2), 1, 1)));
        Shape most = Shape.of(1 << 11, 1 << 11);
        assertEquals("Softmax 'p'", source(LOGITS, p, linear("m", "p", Tensor.zeros(most))));
        TensorSource larger = TensorViews.filled(Shape.of(1, (1 << 22) + 1), 1);
        requireLogits(LOGITS, p, linear("m", "p", larger));
    }

    @Test
    void aClipToTheUnitIntervalIsASource() {
        assertEquals("Clip 'clip'", source(LOGITS, clip("z", 0, 1)));
        assertEquals("Clip 'clip'", source(LOGITS, clip("z", 1e-7, 0.9)));
        requireLogits(LOGITS, clip("z", 0, 6));
        requireLogits(LOGITS, clip("z", -1e-3, 1));
        requireLogits(LOGITS, clip("z", -1, 2));
        assertEquals("Softmax 'p'", source(LOGITS, node("p", "Softmax", "z"), clip("p", 0, 1)));
    }

    @Test
    void metadataThatStatesAnotherFunctionIsNamed() {
        assertNull(Probabilities.stated(Map.of("sectional.mean", "0")));
        assertEquals(Output.NONE, Probabilities.stated(Map.of(Probabilities.KEY, "none")));
        Map<String, String> sigmoid = Map.of(Probabilities.KEY, "sigmoid");
        Probabilities.requireOpen("f", Map.of(), sigmoid);
        Probabilities.requireOpen("f", sigmoid, sigmoid);
        assertEquals("cannot read f: its metadata says that sigmoid makes its probabilities, but --probabilities none"
                + " is stated; leave that out", assertThrows(InputException.class, () ->
                        Probabilities.requireOpen("f", sigmoid, Map.of(Probabilities.KEY, "none"))).getMessage());
    }

    @Test
    void aStatementRemovesTheAssumptionThatItRefutes() {
        for (int outputs : new int[] {1, 2, 1000}) {
            assertTrue(Probabilities.isAssumption(ModelTensors.logits(outputs)));
            Map<String, String> card = new HashMap<>();
            Assumptions.add(card, List.of("input 3x8x8", ModelTensors.logits(outputs)));
            assertTrue(Assumptions.removeProbabilities(card));
            assertEquals("[\"input 3x8x8\"]", card.get("sectional.assumed"));
            assertFalse(Assumptions.removeProbabilities(card));
            assertEquals("[\"input 3x8x8\"]", card.get("sectional.assumed"));
        }
        assertFalse(Probabilities.isAssumption("input 3x8x8"));
        assertFalse(Assumptions.removeProbabilities(new HashMap<>()));
        Map<String, String> broken = new HashMap<>(Map.of("sectional.assumed", "no list"));
        assertFalse(Assumptions.removeProbabilities(broken));
        assertEquals("no list", broken.get("sectional.assumed"));
    }
}
