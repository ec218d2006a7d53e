package dev.sectional.weights.internal.keras;

import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.hdf5.Hdf5File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Weights in the layout of {@code model.save("model.h5")}: a group for each layer of the whole model, whose attribute
 * {@code weight_names} lists the datasets in the layer's order. The group of a nested model lists the weights of all
 * its layers, which their names tell apart.
 */
final class LegacyWeights implements KerasWeights {
    private final Hdf5File file;
    private final String base;
    private final KerasModel model;
    /** Weights of a nested model by name; null for the whole model. */
    private final Map<String, StoredTensor> inside;

    private LegacyWeights(Hdf5File file, String base, KerasModel model, Map<String, StoredTensor> inside) {
        this.file = file;
        this.base = base;
        this.model = model;
        this.inside = inside;
    }

    /** Returns the weights of a whole model. */
    static LegacyWeights of(Hdf5File file, KerasModel model) {
        boolean apart = file.groups().contains("model_weights");
        return new LegacyWeights(file, apart ? "model_weights/" : "", model, null);
    }

    @Override
    public List<StoredTensor> of(int layer, String... parts) {
        Map<String, StoredTensor> all = weights(layer);
        if (parts.length == 0) {
            return List.copyOf(all.values());
        }
        List<StoredTensor> found = new ArrayList<>();
        all.forEach((name, stored) -> {
            List<String> path = Arrays.asList(name.split("/"));
            if (Arrays.stream(parts).anyMatch(path::contains)) {
                found.add(stored);
            }
        });
        return found;
    }

    @Override
    public KerasWeights nested(int layer, KerasModel nested) {
        return new LegacyWeights(file, base, nested, weights(layer));
    }

    private Map<String, StoredTensor> weights(int layer) {
        String name = model.layers().get(layer).name();
        if (inside == null) {
            return group(base + name);
        }
        Map<String, StoredTensor> direct = new LinkedHashMap<>();
        Map<String, StoredTensor> anywhere = new LinkedHashMap<>();
        inside.forEach((path, stored) -> {
            List<String> steps = Arrays.asList(path.split("/"));
            if (steps.size() > 1 && steps.get(steps.size() - 2).equals(name)) {
                direct.put(path, stored);
            }
            if (path.startsWith(name + "/") || path.contains("/" + name + "/")) {
                anywhere.put(path, stored);
            }
        });
        if (KerasModel.isModel(model.layers().get(layer).className())) {
            // The names of Keras 2 have the layer alone, not the models around it.
            return anywhere.isEmpty() ? inside : anywhere;
        }
        return direct.isEmpty() ? anywhere : direct;
    }

    private Map<String, StoredTensor> group(String path) {
        Map<String, StoredTensor> weights = new LinkedHashMap<>();
        for (String name : file.texts(path, "weight_names")) {
            StoredTensor stored = file.tensors().get(path + "/" + name);
            if (stored == null) {
                throw new IllegalArgumentException("its weight '" + name + "' is not in the file");
            }
            weights.put(name, stored);
        }
        return weights;
    }
}
