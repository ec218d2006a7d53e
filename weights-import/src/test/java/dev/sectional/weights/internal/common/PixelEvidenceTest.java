package dev.sectional.weights.internal.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.NodeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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

    @Test
    void boundsOfScaleAndShiftAreIncluded() {
        String raw = PixelPreset.RAW.card().get("sectional.std");
        assertTrue(pixels(norm("a", Network.IMAGE, 0, 1 / 32f, 2)).startsWith(raw));
        assertEquals("", pixels(norm("a", Network.IMAGE, 0, 1 / 31f, 2)));
        assertTrue(pixels(norm("a", Network.IMAGE, 0, 1, 32)).startsWith(raw));
        assertEquals("", pixels(norm("a", Network.IMAGE, 0, 1, 31.9f)));
        assertTrue(pixels(norm("a", Network.IMAGE, 0, 1.5f, 2)).startsWith("1 "));
        assertEquals("", pixels(norm("a", Network.IMAGE, 0, 1.49f, 2)));
        assertTrue(pixels(node("a", "MultiplyConstant", Network.IMAGE, NONE)).startsWith(raw), "no value is a 0");
        assertEquals("", pixels(constant("a", "AddConstant", Network.IMAGE, -0.5f)));
    }

    /** Seven layers that only move pixels lie before the one that scales them, or eight, which are too many. */
    @Test
    void theFirstEightLayersAreSearched() {
        List<NodeSpec> chain = new ArrayList<>();
        String before = Network.IMAGE;
        for (String kind : List.of("Resize", "Gather", "Reshape", "Permute", "FixedSize", "Pad", "Slice", "Pad")) {
            NodeSpec scale = constant("a", "MultiplyConstant", before, 1 / 255f);
            NodeSpec[] nodes = Stream.concat(chain.stream(), Stream.of(scale)).toArray(NodeSpec[]::new);
            assertTrue(pixels(nodes).contains("which layer 'a' scales"), kind);
            chain.add(node("n" + chain.size(), kind, before, NONE));
            before = chain.get(chain.size() - 1).name();
        }
        chain.add(constant("a", "MultiplyConstant", before, 1 / 255f));
        assertEquals("", pixels(chain.toArray(NodeSpec[]::new)));
        assertEquals(Map.of(), PixelEvidence.card(List.of()), "nothing reads the image");
    }

    @Test
    void aDoubtfulPresetIsMarked() {
        Map<String, String> card = PixelEvidence.card(PixelPreset.TF, "pixels in -1..1", true);
        assertEquals("assumed", card.get("sectional.normalisation"));
        assertEquals("[\"pixels in -1..1\"]", card.get("sectional.assumed"));
        assertEquals("0.5", card.get("sectional.mean"));
        assertFalse(PixelEvidence.card(PixelPreset.TF, "pixels", false).containsKey("sectional.normalisation"));
        assertEquals("assumed", PixelEvidence.card(List.of(constant("a", "MultiplyConstant", Network.IMAGE, 2)))
                .get("sectional.normalisation"));
    }
}
