package dev.sectional.evaluation.run;

import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.json.Json;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.SyntheticShapes;
import dev.sectional.evaluation.internal.CounterRandom;
import dev.sectional.evaluation.internal.Digest;
import dev.sectional.images.files.InputFiles;
import dev.sectional.images.files.OutputFiles;
import dev.sectional.images.files.Reasons;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The settings of a run. Fixed settings determine the results, besides the image itself: a folder contains the results
 * of one choice of them. Noted settings are information for people. {@link Dataset#digest} covers the image and its
 * ground truth.
 */
public final class RunSettings {
    private static final String FILE = "settings.json";
    private static final String MODEL = "model";
    private static final String NONE = "none";

    private final Map<String, String> fixed = new LinkedHashMap<>();
    private final Map<String, String> noted = new LinkedHashMap<>();

    /**
     * Adds a setting that results depend on.
     *
     * @param name of the setting
     * @param value of the setting
     * @return these settings
     */
    public RunSettings fixed(String name, String value) {
        fixed.put(name, value);
        return this;
    }

    /**
     * Adds a setting that results do not depend on.
     *
     * @param name of the setting
     * @param value of the setting
     * @return these settings
     */
    public RunSettings noted(String name, String value) {
        noted.put(name, value);
        return this;
    }

    /**
     * Adds the dataset's name, its classes and the names of all its images, also those beyond a limit, as fixed
     * settings. Scenes have no list of images: their number is the limit.
     *
     * @param dataset of the run
     * @return these settings
     */
    public RunSettings dataset(Dataset dataset) {
        fixed("dataset", dataset.name()).fixed("dataset classes", identityOf(dataset.classes().stream()));
        return dataset instanceof SyntheticShapes ? this
                : fixed("image list", identityOf(IntStream.range(0, dataset.size()).mapToObj(dataset::id)));
    }

    private static String identityOf(Stream<String> names) {
        List<String> all = names.toList();
        Digest digest = new Digest();
        all.forEach(digest::text);
        return all.size() + ", sha256 " + digest.hex();
    }

    /**
     * Says that no method of the run looks at a network, as a fixed setting.
     *
     * @return these settings
     */
    public RunSettings noNetwork() {
        return fixed(MODEL, NONE);
    }

    /**
     * Adds the network, as fixed settings: its file, its card and a digest of its logits for a fixed image. The logits
     * also cover weights in further files that {@code file} refers to. Notes what the file leaves open.
     *
     * @param file {@link #identity} of the weights, or a name of built-in weights
     * @param network of the run
     * @return these settings
     */
    public RunSettings network(String file, Network network) {
        ModelCard card = network.card();
        noted("assumed", card.assumed().isEmpty() ? "nothing" : String.join("; ", card.assumed()));
        return fixed(MODEL, file)
                .fixed("model input", card.input().toString())
                .fixed("mean", card.mean().toString()).fixed("standard deviation", card.std().toString())
                .fixed("channel order", card.channels().name())
                .fixed("model output", card.output().name().toLowerCase(Locale.ROOT))
                .fixed("logits of a test image", probe(network));
    }

    private static String probe(Network network) {
        Tensor image = Tensor.zeros(network.card().input());
        CounterRandom random = new CounterRandom(1);
        for (int i = 0; i < image.data().length; i++) {
            image.data()[i] = (float) (4 * random.uniform(i) - 2);
        }
        return "sha256 " + new Digest().floats(network.forward(image).logits().data()).hex();
    }

    /**
     * Adds the content of a class map, as a fixed setting.
     *
     * @param classes of the run
     * @return these settings
     */
    public RunSettings classes(ClassMap classes) {
        return fixed("class map", classes.name() + ", sha256 " + classes.digest());
    }

    /**
     * Adds the metrics and their settings, as fixed settings.
     *
     * @param metrics of the run
     * @return these settings
     */
    public RunSettings metrics(List<Metric> metrics) {
        fixed("metrics", metrics.stream().map(Metric::name).collect(Collectors.joining(",")));
        for (Metric metric : metrics) {
            new TreeMap<>(metric.settings()).forEach((name, value) -> fixed(metric.name() + " " + name, value));
        }
        return this;
    }

    /** {@return all settings: a fingerprint of the fixed ones, the fixed ones, then the noted ones} */
    public Map<String, String> all() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("fingerprint", fingerprint());
        all.putAll(fixed);
        all.putAll(noted);
        return all;
    }

    /** {@return the SHA-256 of the fixed settings} */
    public String fingerprint() {
        Digest digest = new Digest();
        fixed.forEach((name, value) -> digest.text(name).text(value));
        return digest.hex();
    }

    /**
     * {@return the name, size and SHA-256 of a file}
     *
     * @param file any file
     * @throws InputException if it cannot be read
     */
    public static String identity(Path file) {
        try {
            return file.getFileName() + ", " + Files.size(file) + " bytes, sha256 " + Digest.ofFile(file);
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; check the file", e);
        }
    }

    /**
     * Writes the fixed settings into a folder, unless it has them already.
     *
     * @param folder of the results
     * @throws InputException if the folder has other settings, or results without settings; the message names each
     *     difference
     */
    public void keep(Path folder) {
        Path file = folder.resolve(FILE);
        if (Files.exists(file)) {
            requireSame(file);
            return;
        }
        if (hasResults(folder)) {
            throw new InputException(folder.toAbsolutePath() + " contains results or samples, but not the " + FILE
                    + " of their run: pass another folder with --out, or delete that one");
        }
        try (OutputFiles outputs = new OutputFiles()) {
            outputs.add(file, out -> out.write(json().getBytes(StandardCharsets.UTF_8)));
            outputs.keep();
        }
    }

    private static boolean hasResults(Path folder) {
        return contains(folder.resolve(Evaluation.RESULTS), Evaluation.ENDING)
                || contains(folder.resolve(Evaluation.SAMPLES), ".png");
    }

    private static boolean contains(Path results, String ending) {
        if (!Files.isDirectory(results)) {
            return false;
        }
        try (Stream<Path> files = Files.list(results)) {
            return files.anyMatch(file -> file.toString().endsWith(ending));
        } catch (IOException e) {
            throw new InputException("cannot read " + results + ": " + Reasons.of(e)
                    + "; pass another folder with --out", e);
        }
    }

    /** {@return the fixed settings as a JSON object} */
    public String json() {
        return fixed.entrySet().stream().map(e -> "  " + Json.quote(e.getKey()) + ": " + Json.quote(e.getValue()))
                .collect(Collectors.joining(",\n", "{\n", "\n}\n"));
    }

    private void requireSame(Path file) {
        InputFiles.requireFile(file);
        try {
            requireSame(Files.readString(file), file.toAbsolutePath().getParent().toString());
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; pass another folder with --out",
                    e);
        }
    }

    /**
     * Compares the fixed settings with stored ones.
     *
     * @param json result of {@link #json} of an earlier run
     * @param folder of that run, for messages
     * @throws InputException if they differ; the message names each difference
     */
    public void requireSame(String json, String folder) {
        Map<String, Object> stored;
        try {
            stored = Json.object(json);
        } catch (IllegalArgumentException e) {
            throw new InputException("cannot read the settings in " + folder + ": " + Reasons.of(e)
                    + "; pass another folder with --out", e);
        }
        Set<String> names = new LinkedHashSet<>(fixed.keySet());
        names.addAll(stored.keySet());
        List<String> differences = new ArrayList<>();
        for (String name : names) {
            String wanted = fixed.getOrDefault(name, NONE);
            Object there = stored.getOrDefault(name, NONE);
            if (!wanted.equals(there)) {
                differences.add(name + " '" + there + "', not '" + wanted + "'");
            }
        }
        String need = otherNeed(String.valueOf(stored.getOrDefault(MODEL, NONE)));
        if (!need.isEmpty()) {   // names the settings of the model, which one run has and the other lacks
            differences.removeIf(difference -> difference.contains("'" + NONE + "'"));
            differences.add(need);
        }
        if (!differences.isEmpty()) {
            throw new InputException(folder + " contains a run with " + String.join("; ", differences)
                    + ": pass another folder with --out, or delete that one");
        }
    }

    /**
     * Returns why methods that need a network cannot be added to results without one, nor the reverse: their cases
     * differ. Empty if both runs have a network or both have none.
     */
    private String otherNeed(String there) {
        boolean without = fixed.getOrDefault(MODEL, NONE).equals(NONE);
        if (without == there.equals(NONE)) {
            return "";
        }
        String center = ", where " + Explainers.CENTER + " counts ";
        return without ? "the model '" + there + "'" + center + "only the classes that it knows (add a method that"
                + " needs the model, such as one of that run)"
                : "no model" + center + "all classes of the images, not only those that a model knows (name all methods"
                        + " in one run, " + Explainers.CENTER + " among them)";
    }
}
