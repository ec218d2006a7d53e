package dev.sectional.weights.internal.naming;

import dev.sectional.core.Shape;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns timm's names of vision transformers, Swin transformers and ConvNeXts into torchvision's. Both programs compute
 * the same function; names that torchvision does not have, such as those of further norms, stay and are refused later.
 */
public final class TimmNames {
    /** How pixels become the inputs of timm's vision transformers, in the {@code sectional.*} keys of metadata. */
    public static final Map<String, String> VIT_PIXELS = Map.of("sectional.mean", "0.5", "sectional.std", "0.5",
            "sectional.normalisation", "assumed");
    /** The assumption that they rest on. */
    public static final String VIT_ASSUMED =
            "pixels by mean and standard deviation 0.5, as timm's vit models (DeiT and DINO: --preset imagenet)";
    private static final Pattern BLOCK = Pattern.compile("blocks\\.(\\d{1,3})\\.(norm1|norm2|attn\\.proj|attn\\.qkv"
            + "|mlp\\.fc1|mlp\\.fc2)\\.(weight|bias)");
    private static final Map<String, String> VIT = Map.of("norm1", "ln_1.", "norm2", "ln_2.", "attn.proj",
            "self_attention.out_proj.", "attn.qkv", "self_attention.in_proj_", "mlp.fc1", "mlp.0.", "mlp.fc2",
                    "mlp.3.");
    private static final Pattern STAGE = Pattern.compile("stages\\.(\\d{1,2})\\.(?:downsample\\.([01])"
            + "|blocks\\.(\\d{1,3})\\.(gamma|conv_dw|norm|mlp\\.fc1|mlp\\.fc2))(\\.weight|\\.bias)?");
    private static final Pattern SWIN = Pattern.compile("layers\\.(\\d{1,2})\\.(?:blocks\\.(\\d{1,3})\\.(.*)"
            + "|downsample\\.(.*))");
    private static final Map<String, String> CONVNEXT = Map.of("gamma", "layer_scale", "conv_dw", "block.0", "norm",
            "block.2", "mlp.fc1", "block.3", "mlp.fc2", "block.5");

    private TimmNames() {}

    /** Returns whether the names are those of a vision transformer with a class token. */
    public static boolean isVisionTransformer(Set<String> names) {
        return names.contains("cls_token") && names.contains("patch_embed.proj.weight")
                && names.contains("blocks.0.attn.qkv.weight");
    }

    static boolean isConvNeXt(Set<String> names) {
        return names.contains("stem.0.weight") && names.contains("stages.0.blocks.0.conv_dw.weight");
    }

    /** Whether the names are those of a Swin transformer of version 1 or 2. */
    static boolean isSwin(Set<String> names) {
        return names.contains("patch_embed.proj.weight")
                && (names.contains("layers.0.blocks.0.attn.relative_position_bias_table")
                || names.contains("layers.0.blocks.0.attn.logit_scale")
                && names.contains("layers.0.blocks.0.attn.q_bias"));
    }

    /** Returns the tensors under torchvision's names; those of other networks as they are. */
    static LinkedHashMap<String, StoredTensor> rename(LinkedHashMap<String, StoredTensor> tensors) {
        boolean transformer = isVisionTransformer(tensors.keySet());
        if (isSwin(tensors.keySet())) {
            return swin(tensors);
        }
        if (!transformer && !isConvNeXt(tensors.keySet())) {
            return tensors;
        }
        LinkedHashMap<String, StoredTensor> renamed = new LinkedHashMap<>();
        tensors.forEach((name, stored) -> {
            String other = transformer ? transformer(name) : convNeXt(name);
            // A name that is taken stays under its own, so that the loader refuses it.
            renamed.put(tensors.containsKey(other) ? name : other, transformer ? stored : reshaped(other, stored));
        });
        return renamed;
    }

    private static String transformer(String name) {
        Matcher block = BLOCK.matcher(name);
        if (block.matches()) {
            return "encoder.layers.encoder_layer_" + block.group(1) + "." + VIT.get(block.group(2)) + block.group(3);
        }
        return switch (name) {
            case "cls_token" -> "class_token";
            case "pos_embed" -> "encoder.pos_embedding";
            default -> name.startsWith("patch_embed.proj.") ? name.replace("patch_embed.proj", "conv_proj")
                    : name.startsWith("norm.") ? "encoder.ln" + name.substring("norm".length())
                    : name.startsWith("head.") ? "heads.head" + name.substring("head".length()) : name;
        };
    }

    /**
     * Renames a Swin transformer. Stages merge patches at their start, as timm does since version 0.8, or at their end,
     * as it did before and as the authors' files do; those also store masks, which follow from the size.
     */
    private static LinkedHashMap<String, StoredTensor> swin(LinkedHashMap<String, StoredTensor> tensors) {
        boolean atEnd = tensors.containsKey("layers.0.downsample.reduction.weight");
        LinkedHashMap<String, StoredTensor> renamed = new LinkedHashMap<>();
        tensors.forEach((name, stored) -> {
            Matcher block = SWIN.matcher(name);
            String other = name;
            if (block.matches()) {
                int stage = 2 * Integer.parseInt(block.group(1)) + 1;
                String part = block.group(3);
                other = part != null ? "features." + stage + "." + block.group(2) + "." + part.replace("mlp.fc1",
                        "mlp.0").replace("mlp.fc2", "mlp.3") : "features." + (atEnd ? stage + 1 : stage - 1) + "."
                        + block.group(4);
            } else if (name.startsWith("patch_embed.")) {
                other = name.replace("patch_embed.proj", "features.0.0").replace("patch_embed.norm", "features.0.2");
            } else if (name.startsWith("head.fc.")) {
                other = name.replace("head.fc", "head");
            }
            if (other.endsWith(".relative_position_index") && stored.values().shape().rank() == 2) {
                int size = stored.values().shape().size();
                renamed.put(other, new StoredTensor(stored.type(), stored.values().reshape(Shape.of(size))));
            } else if (!other.endsWith(".attn_mask")) {
                renamed.put(tensors.containsKey(other) ? name : other, stored);
            }
        });
        return renamed;
    }

    private static String convNeXt(String name) {
        Matcher stage = STAGE.matcher(name);
        if (stage.matches()) {
            int number = 2 * Integer.parseInt(stage.group(1));
            String end = stage.group(5) == null ? "" : stage.group(5);
            return stage.group(2) != null ? "features." + number + "." + stage.group(2) + end
                    : "features." + (number + 1) + "." + stage.group(3) + "." + CONVNEXT.get(stage.group(4)) + end;
        }
        return name.startsWith("stem.") ? "features.0" + name.substring("stem".length())
                : name.startsWith("head.norm.") ? "classifier.0" + name.substring("head.norm".length())
                : name.startsWith("head.fc.") ? "classifier.2" + name.substring("head.fc".length()) : name;
    }

    /** Returns a layer scale as (C, 1, 1), and a linear layer that is stored as a convolution as a matrix. */
    private static StoredTensor reshaped(String name, StoredTensor stored) {
        Shape shape = stored.values().shape();
        if (name.endsWith(".layer_scale") && shape.rank() == 1) {
            return new StoredTensor(stored.type(), stored.values().reshape(Shape.of(shape.dim(0), 1, 1)));
        }
        boolean linear = name.matches("features\\..*\\.block\\.[35]\\.weight") && shape.rank() == 4
                && shape.dim(2) * shape.dim(3) == 1;
        return linear ? new StoredTensor(stored.type(), stored.values().reshape(Shape.of(shape.dim(0), shape.dim(1))))
                : stored;
    }
}
