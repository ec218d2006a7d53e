package dev.sectional.weights.internal.keras;

import dev.sectional.core.TensorSource;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.Assumptions;
import dev.sectional.weights.internal.common.PixelPreset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Finds how pixels become the inputs of a Keras model. A model file does not say it; two things tell: a model that
 * scales pixels in its first layers, and the names that {@code keras.applications} gives its models.
 */
final class KerasPreprocessing {
    /** Greatest scale of a layer that takes pixels of 0..255; that of ImageNet's deviation is 1 / 57. */
    private static final double LARGEST_SCALE = 1 / 32.0;
    /** Least shift of a layer that takes pixels of 0..255; Caffe's means are above 100. */
    private static final double LEAST_SHIFT = 32;
    private static final int LONGEST_CHAIN = 8;
    private static final Map<Pattern, PixelPreset> FAMILIES = families();

    private KerasPreprocessing() {}

    private static Map<Pattern, PixelPreset> families() {
        Map<Pattern, PixelPreset> families = new LinkedHashMap<>();
        families.put(Pattern.compile("vgg(16|19)|resnet(50|101|152)"), PixelPreset.CAFFE);
        families.put(Pattern.compile("resnet(50|101|152)v2|mobilenet_\\d.*|mobilenetv2_\\d.*|xception|inception_v3"
                + "|inception_resnet_v2|nasnet(_mobile|_large)?"), PixelPreset.TF);
        families.put(Pattern.compile("densenet(121|169|201)"), PixelPreset.IMAGENET);
        return families;
    }

    /**
     * Returns settings under {@code sectional.*} keys of a model card, with the assumption that they rest on; empty if
     * nothing tells.
     *
     * @param nodes of the network
     * @param channels of the image
     */
    static Map<String, String> card(KerasModel model, List<NodeSpec> nodes, int channels) {
        String scaled = scaledBy(nodes);
        if (scaled != null) {
            Map<String, String> card = card(PixelPreset.RAW, "pixels in 0..255, which layer '" + scaled + "' scales");
            card.put("sectional.normalisation", "assumed");
            return card;
        }
        if (channels != 3) {
            return Map.of();
        }
        for (String name : names(model)) {
            for (var family : FAMILIES.entrySet()) {
                if (family.getKey().matcher(name.toLowerCase(Locale.ROOT)).matches()) {
                    String preset = family.getValue().name().toLowerCase(Locale.ROOT);
                    return card(family.getValue(), "preprocessing of keras.applications for " + name
                            + " (--preset " + preset + ")");
                }
            }
        }
        return Map.of();
    }

    private static Map<String, String> card(PixelPreset preset, String assumed) {
        Map<String, String> card = new LinkedHashMap<>(preset.card());
        Assumptions.add(card, List.of(assumed));
        return card;
    }

    /** Returns the name of the model and of the models in it. */
    private static List<String> names(KerasModel model) {
        List<String> names = new ArrayList<>(List.of(model.name()));
        model.layers().stream().filter(layer -> KerasModel.isModel(layer.className()))
                .forEach(layer -> names.add(layer.name()));
        return names;
    }

    /** Returns the node that divides pixels of 0..255 at the beginning of the network; null if none does. */
    private static String scaledBy(List<NodeSpec> nodes) {
        String value = Network.IMAGE;
        for (int i = 0; i < LONGEST_CHAIN; i++) {
            String read = value;
            List<NodeSpec> readers = nodes.stream().filter(node -> node.inputs().contains(read)).toList();
            if (readers.size() != 1) {
                return null;
            }
            NodeSpec only = readers.get(0);
            if (only.kind().equals("BatchNorm2d") && only.settings().get("epsilon").equals(0.0)) {
                return largest(only.tensors().get("weight")) <= LARGEST_SCALE
                        || largest(only.tensors().get("bias")) >= LEAST_SHIFT ? only.name() : null;
            }
            if (!only.kind().equals("Resize") && !only.kind().equals("Gather") && !only.kind().equals("Reshape")) {
                return null;
            }
            value = only.name();
        }
        return null;
    }

    private static double largest(TensorSource values) {
        double largest = 0;
        for (float value : values.tensor().data()) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }
}
