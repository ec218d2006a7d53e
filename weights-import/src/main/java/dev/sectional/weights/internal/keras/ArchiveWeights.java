package dev.sectional.weights.internal.keras;

import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.hdf5.Hdf5File;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Weights in the layout of {@code .keras} archives and {@code .weights.h5} files, {@code layers/conv2d_1/vars/0}. The
 * number counts layers of that class in the model's list, not those of the layer's name. Keras 3 also stores the name
 * of the layer, which decides where it is there. Keras 2.12 to 2.14 count in another way; there the groups of a class
 * are taken in the order of their numbers.
 */
final class ArchiveWeights implements KerasWeights {
    private static final String[] CONTAINERS = {"layers", "_layer_checkpoint_dependencies"};

    private final Hdf5File file;
    private final String[] paths;

    /**
     * Finds the groups of a model's layers.
     *
     * @param prefix path of the model's group with a slash at its end; empty for the whole model
     */
    ArchiveWeights(Hdf5File file, String prefix, KerasModel model) {
        this.file = file;
        this.paths = new String[model.layers().size()];
        Set<String> children = new HashSet<>();
        String container = CONTAINERS[0];
        for (String each : CONTAINERS) {
            Set<String> inside = children(prefix + each + "/");
            if (children.isEmpty() && !inside.isEmpty()) {
                children = inside;
                container = each;
            }
        }
        String base = prefix + container + "/";
        Map<String, List<String>> byName = byName(base, children);
        Map<String, Integer> counts = new HashMap<>();
        // A Sequential model does not count its input among its layers.
        for (int i = model.sequential() ? 1 : 0; i < paths.length; i++) {
            LayerConfig layer = model.layers().get(i);
            String group = snake(layer.className());
            int number = counts.merge(group, 1, Integer::sum) - 1;
            List<String> named = byName.getOrDefault(layer.name(), List.of());
            if (named.size() == 1) {
                paths[i] = base + named.get(0);
            } else if (container.equals(CONTAINERS[0])) {
                paths[i] = base + (number == 0 ? group : group + "_" + number);
            } else {
                List<String> ofClass = numbered(children, group);
                paths[i] = base + (number < ofClass.size() ? ofClass.get(number) : group);
            }
        }
    }

    @Override
    public List<StoredTensor> of(int layer, String... parts) {
        String path = paths[layer];
        if (path == null) {
            return List.of();
        }
        if (parts.length == 0) {
            return variables(path);
        }
        for (String part : parts) {
            List<StoredTensor> found = variables(path + "/" + part);
            if (!found.isEmpty()) {
                return found;
            }
        }
        return List.of();
    }

    @Override
    public KerasWeights nested(int layer, KerasModel model) {
        return new ArchiveWeights(file, paths[layer] + "/", model);
    }

    private List<StoredTensor> variables(String path) {
        List<StoredTensor> found = new ArrayList<>();
        StoredTensor next = file.tensors().get(path + "/vars/0");
        while (next != null) {
            found.add(next);
            next = file.tensors().get(path + "/vars/" + found.size());
        }
        return found;
    }

    /** Returns the names of the groups in a group, whose path ends in a slash. */
    private Set<String> children(String path) {
        Set<String> children = new HashSet<>();
        for (String group : file.groups()) {
            if (group.startsWith(path)) {
                String rest = group.substring(path.length());
                int end = rest.indexOf('/');
                children.add(end < 0 ? rest : rest.substring(0, end));
            }
        }
        return children;
    }

    /** Returns the groups by the name of the layer that their variables' group states. */
    private Map<String, List<String>> byName(String base, Set<String> children) {
        Map<String, List<String>> byName = new HashMap<>();
        for (String child : children) {
            String name = file.names().get(base + child + "/vars");
            if (name != null) {
                byName.computeIfAbsent(name, key -> new ArrayList<>()).add(child);
            }
        }
        return byName;
    }

    private static List<String> numbered(Set<String> children, String group) {
        return children.stream().filter(child -> child.matches(group + "(_\\d{1,6})?"))
                .sorted(Comparator.comparingInt(child -> child.equals(group) ? 0
                        : Integer.parseInt(child.substring(group.length() + 1)))).toList();
    }

    /** Returns the name that Keras derives from a class: {@code SeparableConv2D} becomes {@code separable_conv2d}. */
    static String snake(String className) {
        String plain = className.replaceAll("\\W+", "");
        return plain.replaceAll("(.)([A-Z][a-z]+)", "$1_$2").replaceAll("([a-z])([A-Z])", "$1_$2")
                .toLowerCase(Locale.ROOT);
    }
}
