package dev.sectional.weights.internal.architecture;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Guesses the network that the names of tensors suggest, for messages about tensors that are not read. */
final class Lookalike {
    private static final Pattern BLOCK = Pattern.compile("layer(\\d)\\.(\\d{1,3})\\.conv1\\.weight");
    private static final Pattern DENSE =
            Pattern.compile("features\\.denseblock(\\d)\\.denselayer(\\d{1,3})\\.conv1\\.weight");
    private static final Map<String, String> RESNETS = Map.of("2:2,2,2,2", "ResNet-18", "2:3,4,6,3", "ResNet-34",
            "3:3,4,6,3", "ResNet-50", "3:3,4,23,3", "ResNet-101", "3:3,8,36,3", "ResNet-152");
    private static final Map<String, String> DENSENETS = Map.of("6,12,24,16", "DenseNet-121", "6,12,32,32",
            "DenseNet-169", "6,12,48,32", "DenseNet-201", "6,12,36,24", "DenseNet-161");
    private static final Pattern DENSE_OUTPUT = Pattern.compile("rpn\\.head|classification_head|aux_classifier"
            + "|classifier\\.0\\.convs|low_classifier");
    /** A part of a name that one family has, and the family. */
    private static final Map<String, String> PARTS = parts();

    private Lookalike() {
    }

    private static Map<String, String> parts() {
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("rpn.head", "a detection network of torchvision, which finds objects");
        parts.put("classification_head", "a detection network of torchvision, which finds objects");
        parts.put("aux_classifier", "a segmentation network of torchvision, which classifies pixels");
        parts.put("classifier.0.convs", "a segmentation network of torchvision, which classifies pixels");
        parts.put("low_classifier", "a segmentation network of torchvision, which classifies pixels");
        parts.put("attn_grid.attn", "a MaxViT of timm");
        parts.put("blocks.0.gamma_1", "a BEiT or DeiT III of timm");
        parts.put("relative_position_bias_table", "a Swin transformer");
        parts.put("MBconv.layers", "a MaxViT");
        parts.put("vit.embeddings", "a vision transformer of Hugging Face");
        parts.put("resnet.embedder", "a ResNet of Hugging Face");
        parts.put("visual.transformer.resblocks", "a CLIP");
        parts.put("_conv_stem.weight", "an EfficientNet of the package efficientnet_pytorch");
        parts.put("downsample_layers.0", "a ConvNeXt by its authors' names");
        parts.put("patch_embed.proj", "a transformer of timm");
        parts.put("dfl.conv", "a YOLO");
        parts.put("transformer.h.0", "a language model");
        parts.put("bert.embeddings", "a language model");
        parts.put("encoder_layer_0", "a vision transformer");
        parts.put("denselayer1", "a DenseNet");
        parts.put("layer1.0.conv1", "a ResNet");
        parts.put("squeeze.weight", "a SqueezeNet");
        return parts;
    }

    /** Returns a phrase such as {@code DenseNet-121} or {@code a Swin transformer}; empty if nothing is known. */
    static String of(Set<String> names) {
        if (names.stream().anyMatch(DENSE_OUTPUT.asPredicate())) {
            return part(names);
        }
        String resNet = RESNETS.get((names.contains("layer1.0.conv3.weight") ? "3:" : "2:") + counts(names, BLOCK, 1));
        String denseNet = DENSENETS.get(counts(names, DENSE, 0));
        if (resNet != null || denseNet != null) {
            return resNet != null ? resNet : denseNet;
        }
        return part(names);
    }

    private static String part(Set<String> names) {
        return PARTS.entrySet().stream().filter(part -> names.stream().anyMatch(name -> name.contains(part.getKey())))
                .map(Map.Entry::getValue).findFirst().orElse("");
    }

    /** Returns the greatest second number for each first one, in order. */
    private static String counts(Set<String> names, Pattern pattern, int first) {
        TreeMap<String, Integer> counts = new TreeMap<>();
        for (String name : names) {
            Matcher matcher = pattern.matcher(name);
            if (matcher.find()) {
                counts.merge(matcher.group(1), Integer.parseInt(matcher.group(2)) + first, Math::max);
            }
        }
        return String.join(",", counts.values().stream().map(String::valueOf).toList());
    }
}
