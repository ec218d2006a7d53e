package dev.sectional.weights.internal.naming;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns the names and shapes under which other PyTorch programs store a network into torchvision's. */
public final class TorchvisionNames {
    /** Parts of names that PyTorch's wrappers of a module insert, wherever they stand. */
    private static final Set<String> WRAPPERS = Set.of("module", "_orig_mod");
    /** Attributes that hold the network in a class around it; removed if every name begins with the same one. */
    private static final Set<String> HOLDERS = Set.of("model", "net", "network", "backbone", "vgg", "state_dict",
            "model_state_dict");
    /** timm stores the first two linear layers of a VGG as convolutions. */
    private static final Map<String, String> TIMM =
            Map.of("pre_logits.fc1", "classifier.0", "pre_logits.fc2", "classifier.3", "head.fc", "classifier.6");
    /** TorchRay stores all three as convolutions, with no dropout between them. */
    private static final Map<String, String> TORCHRAY =
            Map.of("classifier.0", "classifier.0", "classifier.2", "classifier.3", "classifier.4", "classifier.6");

    /** A norm or convolution of a DenseNet that was saved by torchvision 0.2 or before, such as {@code norm.1}. */
    private static final Pattern DENSE =
            Pattern.compile("(.*denselayer\\d+\\.(?:norm|conv))\\.([12])(\\.[a-z_]+)");

    private TorchvisionNames() {}

    /**
     * Returns the tensors under torchvision's names, in the same order. Linear layers stored as convolutions, (O, C, H,
     * W), become (O, C*H*W), except the classifier of a SqueezeNet, which is a convolution. Names of networks other
     * than VGG only lose the prefixes of wrappers.
     *
     * @param file name of the file in messages
     * @throws InputException if two tensors get the same name
     */
    public static LinkedHashMap<String, StoredTensor> rename(String file, Map<String, StoredTensor> tensors) {
        Map<String, StoredTensor> counted = tensors;
        if (tensors.containsKey("n_averaged")) {   // the count of stochastic weight averaging, beside module.*
            counted = new LinkedHashMap<>(tensors);
            counted.remove("n_averaged");
        }
        List<String> names = withoutPrefixes(counted.keySet());
        Map<String, String> layers = layout(Set.copyOf(names));
        boolean squeezeNet = names.stream().anyMatch(name -> name.endsWith(".squeeze.weight"));
        LinkedHashMap<String, StoredTensor> renamed = new LinkedHashMap<>();
        int i = 0;
        for (StoredTensor stored : counted.values()) {
            String name = torchvisionName(names.get(i++), layers);
            if (renamed.put(name, squeezeNet ? stored : flattened(name, stored)) != null) {
                throw CannotRead.file(file, "two tensors are named " + Printable.plain(name)
                        + " once the prefixes of wrappers are removed; save one network alone");
            }
        }
        return TimmNames.rename(renamed);
    }

    /** Returns whether the tensors are those of a vision transformer under timm's names, prefixes or not. */
    public static boolean isTimmTransformer(Map<String, StoredTensor> tensors) {
        return TimmNames.isVisionTransformer(Set.copyOf(withoutPrefixes(tensors.keySet())));
    }

    private static List<String> withoutPrefixes(Set<String> names) {
        List<List<String>> paths = new ArrayList<>();
        for (String name : names) {
            List<String> path = new ArrayList<>(Arrays.asList(name.split("\\.", -1)));
            path.removeIf(WRAPPERS::contains);
            paths.add(path);
        }
        while (!paths.isEmpty() && paths.stream().allMatch(path -> path.size() > 1 && HOLDERS.contains(path.get(0))
                && path.get(0).equals(paths.get(0).get(0)))) {
            paths.forEach(path -> path.remove(0));
        }
        return paths.stream().map(path -> String.join(".", path)).toList();
    }

    /** Returns the names of layers that differ from torchvision's. */
    private static Map<String, String> layout(Set<String> names) {
        if (names.contains("pre_logits.fc1.weight")) {
            return TIMM;
        }
        boolean torchRay = names.contains("classifier.2.weight") && names.contains("classifier.4.weight")
                && !names.contains("classifier.6.weight");
        return torchRay ? TORCHRAY : Map.of();
    }

    private static String torchvisionName(String name, Map<String, String> layers) {
        Matcher dense = DENSE.matcher(name);
        if (dense.matches()) {
            return dense.group(1) + dense.group(2) + dense.group(3);
        }
        int dot = name.lastIndexOf('.');
        String layer = dot < 0 ? null : layers.get(name.substring(0, dot));
        return layer == null ? name : layer + name.substring(dot);
    }

    private static StoredTensor flattened(String name, StoredTensor stored) {
        Shape shape = stored.values().shape();
        if (!name.matches("classifier\\.\\d+\\.weight") || shape.rank() != 4 || shape.dim(0) == 0) {
            return stored;
        }
        Shape flat = Shape.of(shape.dim(0), shape.size() / shape.dim(0));
        return new StoredTensor(stored.type(), stored.values().reshape(flat));
    }
}
