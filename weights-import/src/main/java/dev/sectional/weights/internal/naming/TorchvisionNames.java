package dev.sectional.weights.internal.naming;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.StoredTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Turns the names and shapes under which other programs store a VGG into torchvision's. */
public final class TorchvisionNames {
    /** Put in by torch's wrappers of a module or of a part of it, wherever they stand. */
    private static final Set<String> WRAPPING = Set.of("module", "_orig_mod");
    /** Names that people give to the network inside their own class; left out when every tensor is under it. */
    private static final Set<String> HOLDERS = Set.of("model", "net", "network", "backbone", "vgg", "state_dict",
            "model_state_dict");
    /** timm stores the first two linear layers as convolutions. */
    private static final Map<String, String> TIMM =
            Map.of("pre_logits.fc1", "classifier.0", "pre_logits.fc2", "classifier.3", "head.fc", "classifier.6");
    /** TorchRay stores all three as convolutions, with no dropout between them. */
    private static final Map<String, String> TORCHRAY =
            Map.of("classifier.0", "classifier.0", "classifier.2", "classifier.3", "classifier.4", "classifier.6");

    private TorchvisionNames() {}

    /**
     * The same tensors in the same order under torchvision's names. Linear layers stored as convolutions, (O, C, H, W),
     * become (O, C*H*W); a SqueezeNet's classifier is a convolution and stays one. What is not a VGG keeps its names but for the wrappers' prefixes.
     *
     * @param file what messages call the file
     * @throws InputException if two tensors come to have the same name
     */
    public static LinkedHashMap<String, StoredTensor> torchvision(String file, Map<String, StoredTensor> tensors) {
        List<List<String>> paths = new ArrayList<>();
        for (String name : tensors.keySet()) {
            List<String> path = new ArrayList<>(Arrays.asList(name.split("\\.", -1)));
            path.removeIf(WRAPPING::contains);
            paths.add(path);
        }
        while (!paths.isEmpty() && paths.stream().allMatch(path -> path.size() > 1 && HOLDERS.contains(path.get(0))
                && path.get(0).equals(paths.get(0).get(0)))) {
            paths.forEach(path -> path.remove(0));
        }
        List<String> names = paths.stream().map(path -> String.join(".", path)).toList();
        Map<String, String> layers = layout(Set.copyOf(names));
        boolean squeezeNet = names.stream().anyMatch(name -> name.endsWith(".squeeze.weight"));
        LinkedHashMap<String, StoredTensor> renamed = new LinkedHashMap<>();
        int i = 0;
        for (StoredTensor stored : tensors.values()) {
            String name = rename(names.get(i++), layers);
            if (renamed.put(name, squeezeNet ? stored : flattened(name, stored)) != null) {
                throw new InputException(file + ": two tensors are named " + Printable.plain(name)
                        + " once their prefixes are left out; save one network alone");
            }
        }
        return renamed;
    }

    private static Map<String, String> layout(Set<String> names) {
        if (names.contains("pre_logits.fc1.weight")) {
            return TIMM;
        }
        boolean torchRay = names.contains("classifier.2.weight") && names.contains("classifier.4.weight")
                && !names.contains("classifier.6.weight");
        return torchRay ? TORCHRAY : Map.of();
    }

    private static String rename(String name, Map<String, String> layers) {
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
        return new StoredTensor(stored.type(), new Reshaped(flat, stored.values()));
    }

    /** The same values in the same order under another shape of the same size. */
    private record Reshaped(Shape shape, TensorSource values) implements TensorSource {
        @Override
        public void read(int from, float[] into, int at, int count) {
            values.read(from, into, at, count);
        }

        @Override
        public boolean readStored(DType type, int from, ByteBuffer into) throws IOException {
            return values.readStored(type, from, into);
        }

        @Override
        public Tensor tensor() {
            return values.tensor().reshape(shape);
        }
    }
}
