package dev.sectional.nn.model;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.Graph;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Concat;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Dropout;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.ReLU;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SqueezeNets (Iandola et al. 2016) from tensors by torchvision's names: 1.0, 1.1, and others that differ in widths or in
 * where they pool. Where a number between two modules is left out, a pooling stands.
 *
 * <p>The nodes of a fire module are {@code features.3.squeeze}, {@code .squeeze_activation}, {@code .expand1x1},
 * {@code .expand1x1_activation}, {@code .expand3x3}, {@code .expand3x3_activation} and {@code .concat}.
 */
public final class SqueezeNet {
    /** The numbers of the fire modules, by model. */
    private static final Map<String, Set<Integer>> KNOWN = Map.of(
            "squeezenet1_0", Set.of(3, 4, 5, 7, 8, 9, 10, 12),
            "squeezenet1_1", Set.of(3, 4, 6, 7, 9, 10, 11, 12));
    private static final Pattern FIRE = Pattern.compile("features\\.(\\d{1,4})\\.squeeze\\.weight");

    private final ModelTensors parameters;
    private final Graph graph = new Graph();

    private SqueezeNet(ModelTensors parameters) {
        this.parameters = parameters;
    }

    static List<String> names() {
        return KNOWN.keySet().stream().sorted().toList();
    }

    static boolean isOne(Set<String> names) {
        return names.contains("features.0.weight") && names.stream().anyMatch(name -> FIRE.matcher(name).matches());
    }

    /**
     * A network from tensors.
     *
     * @param file names the source in messages
     * @param tensors by torchvision's names
     * @param metadata {@link ModelCard}'s keys; what it says wins over what the names suggest
     * @param model what the tensors must be: squeezenet1_0 or squeezenet1_1; null for whatever they are
     * @param closedWithIt is closed with the network
     * @throws InputException if a tensor is missing, unknown, of a wrong shape or not finite, or the model is another
     */
    public static Network of(String file, Map<String, ? extends TensorSource> tensors, Map<String, String> metadata, String model,
                             Engine engine, AutoCloseable... closedWithIt) {
        return new SqueezeNet(new ModelTensors(file, tensors)).build(metadata, model, engine, closedWithIt);
    }

    private Network build(Map<String, String> metadata, String model, Engine engine, AutoCloseable... closedWithIt) {
        Shape stem = parameters.shape("features.0.weight", 4);
        int padding = stem.dim(2) == 7 || stem.dim(2) == 3 ? 0 : stem.dim(2) / 2;
        graph.add("features.0", parameters.conv("features.0", stem.dim(1), 2, padding, true));
        graph.add("features.1", new ReLU());
        TreeSet<Integer> fires = fires();
        int channels = stem.dim(0);
        int next = 2;
        for (int fire : fires) {
            for (; next < fire; next++) {
                graph.add("features." + next, new MaxPool2d(3, 2, 0, true));
            }
            channels = addFire("features." + fire, channels);
            next = fire + 1;
        }
        graph.add("classifier.0", new Dropout());
        graph.add("classifier.1", parameters.conv("classifier.1", channels, 1, 0, true));
        graph.add("classifier.2", new ReLU());
        graph.add("classifier.3", new AdaptiveAvgPool2d(1, 1));
        graph.add("flatten", new Flatten());
        requireModel(model, fires, stem);
        Map<String, String> full = new LinkedHashMap<>(metadata);
        full.put("sectional.architecture", "squeezenet");
        full.putIfAbsent("sectional.input", stem.dim(1) + ",224,224");
        return parameters.network(parameters.card(full), graph, engine, closedWithIt);
    }

    private TreeSet<Integer> fires() {
        TreeSet<Integer> fires = new TreeSet<>();
        for (String name : parameters.names()) {
            Matcher matcher = FIRE.matcher(name);
            if (matcher.matches()) {
                fires.add(Integer.parseInt(matcher.group(1)));
            }
        }
        return fires;
    }

    /** Adds one fire module; returns the channels of its output. */
    private int addFire(String name, int channels) {
        Conv2d squeeze = parameters.conv(name + ".squeeze", channels, 1, 0, true);
        int narrow = squeeze.weightShape().dim(0);
        graph.add(name + ".squeeze", squeeze);
        String squeezed = graph.add(name + ".squeeze_activation", new ReLU());
        Conv2d one = parameters.conv(name + ".expand1x1", narrow, 1, 0, true);
        graph.add(name + ".expand1x1", one);
        String left = graph.add(name + ".expand1x1_activation", new ReLU());
        Conv2d three = parameters.conv(name + ".expand3x3", narrow, 1, 1, true);
        graph.add(name + ".expand3x3", three, squeezed);
        String right = graph.add(name + ".expand3x3_activation", new ReLU());
        graph.add(name + ".concat", new Concat(), left, right);
        return one.weightShape().dim(0) + three.weightShape().dim(0);
    }

    private void requireModel(String model, Set<Integer> fires, Shape stem) {
        if (model == null) {
            return;
        }
        int kernel = model.equals("squeezenet1_0") ? 7 : 3;
        if (!fires.equals(KNOWN.get(model)) || stem.dim(2) != kernel) {
            throw parameters.wrong("is not a " + model + ": it is a SqueezeNet with fire modules at features " + fires
                    + " and a first kernel of " + stem.dim(2));
        }
    }
}
