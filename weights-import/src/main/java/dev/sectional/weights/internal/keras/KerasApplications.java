package dev.sectional.weights.internal.keras;

import dev.sectional.core.Shape;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.hdf5.Hdf5File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * The graphs of {@code keras.applications} for files of weights alone, which have none. The names of a file's layers
 * tell the model: those of both have to be the same, but for the numbers of layers that Keras named.
 * {@code applications.zip} holds the configurations; {@code keras_applications.py} among the tests' sources writes it.
 */
final class KerasApplications {
    private static final String RESOURCE = "applications.zip";
    private static final Set<String> WEIGHTED = Set.of("Conv2D", "DepthwiseConv2D", "SeparableConv2D",
            "BatchNormalization", "Dense");
    private static final Pattern COUNTED =
            Pattern.compile("(conv2d|separable_conv2d|batch_normalization)(?:_(\\d{1,8}))?");
    private static final String VARIABLES = "/vars";

    private KerasApplications() {}

    /**
     * A model and where its weights are.
     *
     * @param name of the function in {@code keras.applications}
     * @param archive whether the weights are in the layout of an archive
     */
    record Found(String name, KerasModel model, boolean archive) {
        KerasWeights weights(Hdf5File file) {
            return archive ? new ArchiveWeights(file, "", model) : LegacyWeights.of(file, model);
        }
    }

    /** Returns the model whose layers with weights are those of the file; null if there is none. */
    static Found find(Hdf5File file) {
        boolean archive = file.tensors().keySet().stream().anyMatch(path -> path.contains(VARIABLES + "/"));
        Set<String> names = archive ? archiveNames(file) : legacyNames(file);
        if (names.isEmpty()) {
            return null;
        }
        try (InputStream in = KerasApplications.class.getResourceAsStream(RESOURCE);
             ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                var json = ConfigJson.object(new String(zip.readAllBytes(), StandardCharsets.UTF_8));
                KerasModel model = KerasModel.read("Functional", json.get("config"), true);
                Set<String> weighted = new HashSet<>();
                model.layers().stream().filter(layer -> WEIGHTED.contains(layer.className()))
                        .forEach(layer -> weighted.add(layer.name()));
                Map<String, String> stored = ranked(weighted);
                Map<String, String> given = ranked(names);
                if (given.keySet().equals(stored.keySet())) {
                    Map<String, String> others = new HashMap<>();
                    stored.forEach((rank, name) -> others.put(name, given.get(rank)));
                    return new Found(entry.getName().replace(".json", ""), renamed(model, others), archive);
                }
            }
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);   // only a damaged jar
        }
    }

    /**
     * Returns names by what they have in common in every process: Keras counts layers without a name of their own over
     * all models that a process builds, so that of {@code conv2d_95} only the rank among such names counts.
     */
    private static Map<String, String> ranked(Set<String> names) {
        Map<String, TreeMap<Integer, String>> counted = new HashMap<>();
        Map<String, String> ranked = new HashMap<>();
        for (String name : names) {
            Matcher matcher = COUNTED.matcher(name);
            if (matcher.matches()) {
                int number = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
                counted.computeIfAbsent(matcher.group(1), key -> new TreeMap<>()).put(number, name);
            } else {
                ranked.put(name, name);
            }
        }
        counted.forEach((kind, byNumber) -> {
            int rank = 0;
            for (String name : byNumber.values()) {
                ranked.put(kind + " " + rank++, name);
            }
        });
        return ranked;
    }

    private static KerasModel renamed(KerasModel model, Map<String, String> names) {
        List<LayerConfig> layers = model.layers().stream().map(layer -> new LayerConfig(layer.className(),
                layer.module(), names.getOrDefault(layer.name(), layer.name()), layer.config(), layer.keras3()))
                .toList();
        return new KerasModel(model.name(), model.sequential(), layers, model.calls(), model.inputs(), model.outputs(),
                model.inputShape());
    }

    /** Returns the names of the layers that have variables; empty if one has none, as those that Keras 2 wrote. */
    private static Set<String> archiveNames(Hdf5File file) {
        Set<String> names = new HashSet<>();
        for (String path : file.tensors().keySet()) {
            int end = path.lastIndexOf(VARIABLES + "/");
            String name = end < 0 || path.startsWith("optimizer/") ? "" : file.names().get(path.substring(0, end)
                    + VARIABLES);
            if (name == null) {
                return Set.of();
            }
            if (!name.isEmpty()) {
                names.add(name);
            }
        }
        return names;
    }

    private static Set<String> legacyNames(Hdf5File file) {
        String base = file.groups().contains("model_weights") ? "model_weights/" : "";
        Set<String> names = new HashSet<>();
        for (String group : file.groups()) {
            if (group.startsWith(base) && !file.texts(group, "weight_names").isEmpty()) {
                names.add(group.substring(base.length()));
            }
        }
        return names;
    }

    /**
     * Checks what weights alone may leave open: a MobileNetV2 adds the input of a block to its output if they have as
     * many channels, which of the narrowest networks holds for more blocks than the stored graph has.
     *
     * @throws IllegalArgumentException if the network has other sums than the stored graph
     */
    static void requireKnownSums(Found found, Hdf5File file) {
        KerasWeights weights = found.weights(file);
        List<LayerConfig> layers = found.model.layers();
        Set<String> names = new HashSet<>();
        layers.forEach(layer -> names.add(layer.name()));
        for (int i = 0; i < layers.size(); i++) {
            String name = layers.get(i).name();
            if (!found.name.equals("MobileNetV2") || !name.endsWith("_depthwise")) {
                continue;
            }
            String block = name.substring(0, name.length() - "_depthwise".length());
            int inputs = -1;
            int outputs = -1;
            for (int k = 0; k < layers.size(); k++) {
                String other = layers.get(k).name();
                if (other.equals(block + "_expand") || inputs < 0 && other.equals(name)) {
                    inputs = kernel(weights, k).dim(2);
                } else if (other.equals(block + "_project")) {
                    outputs = kernel(weights, k).dim(3);
                }
            }
            if (inputs == outputs && layers.get(i).pair(1, "strides")[0] == 1 && !names.contains(block + "_add")) {
                throw new IllegalArgumentException("block " + block + " keeps " + inputs + " channels, so that it"
                        + " has a sum that wider networks of its family lack; save the whole model,"
                        + " model.save(\"model.keras\")");
            }
        }
    }

    private static Shape kernel(KerasWeights weights, int layer) {
        List<StoredTensor> found = weights.of(layer);
        if (found.isEmpty() || found.get(0).values().shape().rank() != 4) {
            throw new IllegalArgumentException("a kernel is missing or has another number of dimensions than four");
        }
        return found.get(0).values().shape();
    }
}
