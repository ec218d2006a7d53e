package dev.sectional.weights.internal.architecture;

import dev.sectional.core.DType;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.Weights;
import dev.sectional.nn.model.GraphFormat;
import dev.sectional.nn.model.ModelLoader;
import dev.sectional.nn.model.Models;
import dev.sectional.nn.model.named.ModelTensors;
import dev.sectional.weights.internal.common.ModelWeights;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Loads a network from named tensors as {@link ModelLoader} does, and knows the architectures of {@link Families} too.
 * Not safe for use by several threads.
 */
public final class ArchitectureLoader {
    private static final int MOST_PREFIXES = 100;
    private static final int NEAREST = 5;
    /** Names of linear layers at the end. */
    private static final Pattern HEAD = Pattern.compile("(fc|classifier|heads?|pre_logits)\\..*weight");

    private final String file;
    private final Map<String, ? extends TensorSource> tensors;
    private final ModelLoader known;
    private final NetworkBuilder graph = Network.builder();
    private Map<String, String> metadata = Map.of();
    private String model = "";
    private ModelWeights described;

    /**
     * Creates a loader.
     *
     * @param file name of the source, for messages
     * @param tensors by torchvision's names, in torchvision's layouts
     */
    public ArchitectureLoader(String file, Map<String, ? extends TensorSource> tensors) {
        this.file = file;
        this.tensors = tensors;
        known = Models.of(file, tensors);
        graph.name(file);
    }

    /** Sets the metadata of the file: {@link ModelLoader#metadata}. */
    public ArchitectureLoader metadata(Map<String, String> values) {
        metadata = Map.copyOf(values);
        known.metadata(values);
        return this;
    }

    /** Requires that the tensors are those of a model, one of {@link #names}; case does not matter. */
    public ArchitectureLoader model(String name) {
        model = name;
        return this;
    }

    /** Sets the engine, which stays the caller's; null for one that the network opens and closes. */
    public ArchitectureLoader engine(Engine value) {
        known.engine(value);
        graph.engine(value);
        return this;
    }

    /** Sets the form in which the network keeps weights. */
    public ArchitectureLoader weights(Weights form) {
        known.weights(form);
        graph.weights(form);
        return this;
    }

    /** Adds resources that {@link Network#close} closes. They stay open if {@link #load} fails. */
    public ArchitectureLoader closeWithNetwork(AutoCloseable... resources) {
        known.closeWithNetwork(resources);
        graph.closeWithNetwork(resources);
        return this;
    }

    /** Returns the names of all models that can be required, in lower case. */
    public static List<String> names() {
        return Stream.concat(Models.names().stream(), Families.names().stream()).distinct().toList();
    }

    /**
     * Loads the network.
     *
     * @throws InputException if a tensor is missing, unknown, of a wrong shape or not finite, the metadata cannot be
     *     read, or the tensors are those of no known architecture or not of the required model
     */
    public Network load() {
        String stated = metadata.getOrDefault("sectional.architecture", "");
        String wanted = (!model.isEmpty() ? model : names().contains(stated) ? stated : "").toLowerCase(Locale.ROOT);
        if (!wanted.isEmpty() && !names().contains(wanted)) {
            throw new InputException("model '" + model + "' is unknown: of " + names().size()
                    + " names the nearest are " + String.join(", ", nearest(wanted))
                    + "; leave the name out if the tensors tell the network, else " + ModelTensors.EXPORT);
        }
        ModelTensors named = new ModelTensors(file, tensors, !wanted.isEmpty()
                || metadata.containsKey("sectional.layers") || metadata.containsKey("sectional.architecture"));
        boolean described = stated.equals(GraphFormat.ARCHITECTURE);
        if (described && !wanted.isEmpty()) {
            throw named.wrong("the file has its own graph, which says what the network is; leave --arch " + wanted
                    + " out");
        }
        Families.Family family = described ? null : Models.knows(tensors) ? Families.sharing(named, wanted)
                : Families.of(named);
        if (family != null) {
            if (wanted.isEmpty()) {
                String guess = Lookalike.of(tensors.keySet());
                named.looksLike(guess.isEmpty() ? "a network of the family " + family.name() : guess);
            }
            Families.Loaded loaded = family.load(named, metadata, wanted, graph);
            describe(loaded);
            return loaded.network();
        }
        if (described || tensors.isEmpty() || Models.knows(tensors) || Models.names().contains(wanted)) {
            if (!wanted.isEmpty() && !Models.names().contains(wanted)) {
                throw named.wrong("is not a " + wanted + ": its tensors have the names of another architecture");
            }
            return known.model(wanted).load();
        }
        named.looksLike(Lookalike.of(tensors.keySet()));
        throw named.wrong("holds " + tensors.size() + " tensors ("
                + String.join(", ", tensors.keySet().stream().limit(6).toList())
                + ", ...) of no architecture that is read by its names; " + inside() + ModelTensors.EXPORT);
    }

    private static List<String> nearest(String name) {
        Map<String, Integer> distances = new HashMap<>();
        names().forEach(each -> distances.put(each, distance(name, each)));
        return names().stream().sorted(Comparator.comparing(distances::get)).limit(NEAREST).toList();
    }

    /** Returns the number of letters that have to be inserted, removed or replaced (Levenshtein 1966). */
    private static int distance(String a, String b) {
        int[] row = IntStream.rangeClosed(0, b.length()).toArray();
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int k = 1; k <= b.length(); k++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(k - 1) ? 0 : 1);
                diagonal = row[k];
                row[k] = Math.min(replaced, 1 + Math.min(row[k], row[k - 1]));
            }
        }
        return row[b.length()];
    }

    /** Returns the way to a network whose names begin with a part that no wrapper of a module adds; may be empty. */
    private String inside() {
        Set<String> first = new LinkedHashSet<>();
        tensors.keySet().stream().filter(name -> name.contains("."))
                .forEach(name -> first.add(name.substring(0, name.indexOf('.'))));
        List<String> networks = first.stream().limit(MOST_PREFIXES).filter(part -> {
            Map<String, TensorSource> own = new LinkedHashMap<>();
            tensors.forEach((name, values) -> {
                if (name.startsWith(part + ".")) {
                    own.put(name.substring(part.length() + 1), values);
                }
            });
            boolean headed = own.keySet().stream().anyMatch(HEAD.asMatchPredicate());
            return headed && (Models.knows(own) || Families.of(new ModelTensors(file, own, false)) != null);
        }).toList();
        return networks.isEmpty() ? "" : "if it is a PyTorch file, choose the network by --state-dict "
                + String.join(" or ", networks) + "; else ";
    }

    private void describe(Families.Loaded loaded) {
        Map<String, String> card = new LinkedHashMap<>(metadata);
        card.putAll(loaded.network().card().toMetadata());
        card.put("sectional.architecture", GraphFormat.ARCHITECTURE);
        card.put(GraphFormat.KEY, GraphFormat.describe(loaded.nodes()));
        Map<String, StoredTensor> weights = new LinkedHashMap<>();
        GraphFormat.tensors(loaded.nodes()).forEach((name, values) ->
                weights.put(name, new StoredTensor(DType.F32, values)));
        described = new ModelWeights(weights, card);
    }

    /**
     * Returns the loaded network with its graph in the metadata, so that {@link Models} reads it. Batch norms are part
     * of the convolutions before them.
     *
     * @return null if {@code Models} knows the architecture by the names of its tensors, or the graph was in the
     *     metadata before
     */
    public ModelWeights described() {
        return described;
    }
}
