package dev.sectional.weights.internal.common;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.NodeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PixelEvidenceTest {
    private static final Map<String, TensorSource> NONE = Map.of();

    private static NodeSpec node(String name, String kind, String input, Map<String, TensorSource> tensors,
                                 Object... settings) {
        return new NodeSpec(name, kind, NodeSpec.settings(settings), tensors, List.of(input));
    }

    private static NodeSpec norm(String name, String input, double epsilon, float scale, float shift) {
        Shape vector = Shape.of(3);
        return node(name, "BatchNorm2d", input, Map.of("weight", Tensor.of(vector, scale, -scale, scale / 2),
                "bias", Tensor.of(vector, 0, -shift, shift)), "epsilon", epsilon);
    }

    private static NodeSpec constant(String name, String kind, String input, float value) {
        return node(name, kind, input, Map.of("value", Tensor.of(Shape.of(1), value)));
    }

    private static String pixels(NodeSpec... nodes) {
        List<NodeSpec> all = new ArrayList<>(List.of(nodes));
        all.add(node("conv", "Conv2d", nodes[nodes.length - 1].name(), NONE));
        Map<String, String> card = PixelEvidence.card(all);
        return card.isEmpty() ? "" : card.get("sectional.std") + " " + card.get("sectional.assumed");
    }

    @Test
    void aScaleBelowOneIn32TakesBytes() {
        String raw = PixelPreset.RAW.card().get("sectional.std") + " [\"pixels in 0..255, which layer 'a' scales\"]";
        assertEquals(raw, pixels(norm("a", Network.IMAGE, 0, 1 / 57f, 2)));
        assertEquals(raw, pixels(norm("a", Network.IMAGE, 0, 1, 103)));
        assertEquals(raw, pixels(constant("a", "MultiplyConstant", Network.IMAGE, 1 / 255f)));
        assertEquals(raw, pixels(constant("a", "AddConstant", Network.IMAGE, -128)));
        assertEquals(raw, pixels(node("r", "Resize", Network.IMAGE, NONE), constant("z", "AddConstant", "r", 0),
                constant("a", "MultiplyConstant", "z", 1 / 255f)));
    }

    @Test
    void aGreaterScaleThanOneTakesTheUnitRange() {
        String unit = "1 [\"pixels in 0..1, which layer 'a' scales\"]";
        assertEquals(unit, pixels(norm("a", Network.IMAGE, 0, 1 / 0.229f, 2)));
        assertEquals(unit, pixels(constant("a", "MultiplyConstant", Network.IMAGE, 2)));
    }

    @Test
    void whatTheModelLearnedTellsNothing() {
        assertEquals("", pixels(norm("a", Network.IMAGE, 1e-3, 1 / 57f, 2)), "a batch norm");
        assertEquals("", pixels(norm("a", Network.IMAGE, 0, 0.458f, 0.09f)), "from ImageNet's mean to 0.5");
        assertEquals("", pixels(node("a", "ReLU", Network.IMAGE, NONE), constant("b", "MultiplyConstant", "a", 9)));
        NodeSpec both = constant("b", "MultiplyConstant", Network.IMAGE, 1 / 255f);
        assertEquals("", pixels(constant("a", "MultiplyConstant", Network.IMAGE, 1 / 255f), both), "two readers");
    }
}
