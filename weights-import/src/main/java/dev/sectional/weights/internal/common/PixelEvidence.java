package dev.sectional.weights.internal.common;

import dev.sectional.core.TensorSource;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.NodeSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds which pixels a network takes by its own first layers: a network that scales its image was trained on pixels
 * that nobody scaled before.
 */
public final class PixelEvidence {
    /** Greatest scale of a layer that takes pixels of 0..255; that of ImageNet's deviation is 1 / 57. */
    private static final double LARGEST_SCALE = 1 / 32.0;
    /** Least shift of a layer that takes pixels of 0..255; Caffe's means are above 100. */
    private static final double LEAST_SHIFT = 32;
    /** Least scale of a layer that takes pixels of 0..1; of -1..1 it is 2, of ImageNet's deviation above 4. */
    private static final double LEAST_UNIT_SCALE = 1.5;
    private static final int LONGEST_CHAIN = 8;
    private static final Set<String> PASSED =
            Set.of("Resize", "Gather", "Reshape", "Permute", "FixedSize", "Pad", "Slice");

    private PixelEvidence() {}

    /**
     * Returns settings under {@code sectional.*} keys of a model card, with the assumption that they rest on; empty if
     * no first layer scales the image.
     */
    public static Map<String, String> card(List<NodeSpec> nodes) {
        String value = Network.IMAGE;
        for (int i = 0; i < LONGEST_CHAIN; i++) {
            String read = value;
            List<NodeSpec> readers = nodes.stream().filter(node -> node.inputs().contains(read)).toList();
            if (readers.size() != 1) {
                return Map.of();
            }
            NodeSpec only = readers.get(0);
            PixelPreset preset = preset(only);
            if (preset != null) {
                return card(preset, "pixels in " + (preset == PixelPreset.RAW ? "0..255" : "0..1") + ", which layer '"
                        + only.name() + "' scales", true);
            }
            if (!PASSED.contains(only.kind()) && !scales(only)) {
                return Map.of();
            }
            value = only.name();
        }
        return Map.of();
    }

    /**
     * Returns the settings of a preset.
     *
     * @param assumed the assumption that they rest on; begins with "pixels"
     * @param doubtful whether values that no pixel of the preset becomes may still be right
     */
    public static Map<String, String> card(PixelPreset preset, String assumed, boolean doubtful) {
        Map<String, String> card = new LinkedHashMap<>(preset.card());
        Assumptions.add(card, List.of(assumed));
        if (doubtful) {
            card.put("sectional.normalisation", "assumed");
        }
        return card;
    }

    /** Returns whether a layer adds constants to its input, or multiplies it with them, that were not learned. */
    private static boolean scales(NodeSpec node) {
        return node.kind().equals("MultiplyConstant") || node.kind().equals("AddConstant")
                || node.kind().equals("BatchNorm2d") && ((Number) node.settings().get("epsilon")).doubleValue() == 0;
    }

    /** Returns the pixels that a layer takes which scales or shifts them; null if its numbers do not tell. */
    private static PixelPreset preset(NodeSpec node) {
        if (!scales(node)) {
            return null;
        }
        boolean norm = node.kind().equals("BatchNorm2d");
        double scale = norm ? largest(node, "weight") : node.kind().equals("AddConstant") ? 1 : largest(node, "value");
        double shift = norm ? largest(node, "bias") : node.kind().equals("AddConstant") ? largest(node, "value") : 0;
        return scale <= LARGEST_SCALE || shift >= LEAST_SHIFT ? PixelPreset.RAW
                : scale >= LEAST_UNIT_SCALE ? PixelPreset.UNIT : null;
    }

    private static double largest(NodeSpec node, String tensor) {
        TensorSource values = node.tensors().get(tensor);
        double largest = 0;
        for (float value : values == null ? new float[1] : values.tensor().data()) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }
}
