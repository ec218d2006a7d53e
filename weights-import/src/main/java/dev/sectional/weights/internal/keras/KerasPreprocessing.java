package dev.sectional.weights.internal.keras;

import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.PixelEvidence;
import dev.sectional.weights.internal.common.PixelPreset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds how pixels become the inputs of a Keras model. A model file does not say it; three things tell: a model that
 * scales pixels in its first layers, the names that {@code keras.applications} gives its models, and those that it
 * gives their layers, which a model built from {@code base.output} keeps.
 */
final class KerasPreprocessing {
    private static final Map<Pattern, PixelPreset> FAMILIES = families();
    private static final List<Layers> LAYERS = List.of(
            new Layers("ResNetV2", PixelPreset.TF, "conv1_conv", "conv2_block1_preact_bn"),
            new Layers("DenseNet", PixelPreset.IMAGENET, "conv2_block1_concat", "conv3_block1_concat"),
            new Layers("ResNet", PixelPreset.CAFFE, "conv1_conv", "conv1_bn", "conv2_block1_1_conv"),
            new Layers("Xception", PixelPreset.TF, "block1_conv1_bn", "block2_sepconv1"),
            new Layers("VGG", PixelPreset.CAFFE, "block1_conv1", "block1_conv2", "block2_conv1", "block3_conv3"),
            new Layers("MobileNet", PixelPreset.TF, "conv1", "conv_dw_1", "conv_pw_1"),
            new Layers("MobileNetV2", PixelPreset.TF, "Conv1", "expanded_conv_depthwise"),
            new Layers("InceptionV3", PixelPreset.TF, "mixed0", "mixed1", "mixed2", "mixed3"),
            new Layers("InceptionResNetV2", PixelPreset.TF, "mixed_5b", "mixed_6a"),
            new Layers("NASNet", PixelPreset.TF, "stem_conv1", "stem_bn1"));

    /**
     * The layers by which a family is known in a model of another name.
     *
     * @param names of layers that every model of the family has
     */
    private record Layers(String family, PixelPreset preset, String... names) {}

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
        Map<String, String> scaled = PixelEvidence.card(nodes);
        if (!scaled.isEmpty() || channels != 3) {
            return scaled;
        }
        List<String> models = new ArrayList<>(List.of(model.name()));
        Set<String> layers = new HashSet<>();
        collect(model, models, layers);
        for (String name : models) {
            for (var family : FAMILIES.entrySet()) {
                if (family.getKey().matcher(name.toLowerCase(Locale.ROOT)).matches()) {
                    return card(family.getValue(), name, false);
                }
            }
        }
        return LAYERS.stream().filter(each -> layers.containsAll(List.of(each.names))).findFirst()
                .map(each -> card(each.preset, each.family + ", whose layers it has", true)).orElse(Map.of());
    }

    private static Map<String, String> card(PixelPreset preset, String family, boolean doubtful) {
        return PixelEvidence.card(preset, "pixels as keras.applications prepares them for " + family + " (--preset "
                + preset.name().toLowerCase(Locale.ROOT) + ")", doubtful);
    }

    /** Adds the names of the layers of a model, and those of the models in it. */
    private static void collect(KerasModel model, List<String> models, Set<String> layers) {
        for (LayerConfig layer : model.layers()) {
            layers.add(layer.name());
            if (KerasModel.isModel(layer.className())) {
                models.add(layer.name());
                collect(KerasModel.read(layer.className(), layer.config(), layer.keras3()), models, layers);
            }
        }
    }
}
