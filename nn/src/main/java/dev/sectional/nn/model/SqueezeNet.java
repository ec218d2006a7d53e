package dev.sectional.nn.model;

import dev.sectional.core.Shape;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Concat;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Dropout;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.model.named.ModelTensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SqueezeNets (Iandola et al. 2016) from tensors with torchvision's names: 1.0, 1.1, and variants that differ in widths
 * or in the positions of their poolings. A number that is missing between two modules is a pooling.
 *
 * <p>The nodes of a fire module are {@code features.3.squeeze}, {@code .squeeze_activation}, {@code .expand1x1},
 * {@code .expand1x1_activation}, {@code .expand3x3}, {@code .expand3x3_activation} and {@code .concat}.
 */
public final class SqueezeNet {
    static final String FAMILY = "SqueezeNet";

    /** The numbers of the fire modules, by model. */
    private static final Map<String, Set<Integer>> KNOWN = Map.of(
            "squeezenet1_0", Set.of(3, 4, 5, 7, 8, 9, 10, 12),
            "squeezenet1_1", Set.of(3, 4, 6, 7, 9, 10, 11, 12));
    private static final Pattern FIRE = Pattern.compile("features\\.(\\d{1,4})\\.squeeze\\.weight");

    private final ModelTensors tensors;
    private final NetworkBuilder graph;

    private SqueezeNet(ModelTensors tensors, NetworkBuilder graph) {
        this.tensors = tensors;
        this.graph = graph;
    }

    static List<String> names() {
        return KNOWN.keySet().stream().sorted().toList();
    }

    static boolean isOne(Set<String> names) {
        return names.contains("features.0.weight") && names.stream().anyMatch(name -> FIRE.matcher(name).matches());
    }

    static Network load(ModelTensors tensors, Map<String, String> metadata, String model, NetworkBuilder graph) {
        return new SqueezeNet(tensors, graph).build(metadata, model);
    }

    private Network build(Map<String, String> metadata, String model) {
        Shape stem = tensors.shape("features.0.weight", 4);
        int padding = stem.dim(2) == 7 || stem.dim(2) == 3 ? 0 : stem.dim(2) / 2;
        graph.add("features.0", tensors.conv("features.0", stem.dim(1), 2, padding, true));
        graph.add("features.1", new ReLU());
        TreeSet<Integer> fires = fires();
        int channels = stem.dim(0);
        int next = 2;
        for (int fire : fires) {
            for (; next < fire; next++) {
                graph.add("features." + next, MaxPool2d.of(3).stride(2).ceil(true));
            }
            channels = addFire("features." + fire, channels);
            next = fire + 1;
        }
        graph.add("classifier.0", new Dropout());
        graph.add("classifier.1", tensors.conv("classifier.1", channels, 1, 0, true));
        graph.add("classifier.2", new ReLU());
        graph.add("classifier.3", new AdaptiveAvgPool2d(1, 1));
        graph.add("flatten", new Flatten());
        requireModel(model, fires, stem);
        Map<String, String> full = new LinkedHashMap<>(metadata);
        full.put("sectional.architecture", "squeezenet");
        tensors.assumeInput(full, stem.dim(1) + ",224,224");
        tensors.assume("a SqueezeNet as torchvision's: dilation 1, poolings 3x3 with stride 2");
        return tensors.network(tensors.card(full), graph);
    }

    private TreeSet<Integer> fires() {
        TreeSet<Integer> fires = new TreeSet<>();
        for (String name : tensors.names()) {
            Matcher matcher = FIRE.matcher(name);
            if (matcher.matches()) {
                fires.add(Integer.parseInt(matcher.group(1)));
            }
        }
        return fires;
    }

    /** Adds one fire module. Returns the channels of its output. */
    private int addFire(String name, int channels) {
        Conv2d squeeze = tensors.conv(name + ".squeeze", channels, 1, 0, true);
        int narrow = squeeze.weightShape().dim(0);
        graph.add(name + ".squeeze", squeeze);
        graph.add(name + ".squeeze_activation", new ReLU());
        String squeezed = graph.last();
        Conv2d one = tensors.conv(name + ".expand1x1", narrow, 1, 0, true);
        graph.add(name + ".expand1x1", one);
        graph.add(name + ".expand1x1_activation", new ReLU());
        String left = graph.last();
        Conv2d three = tensors.conv(name + ".expand3x3", narrow, 1, 1, true);
        graph.add(name + ".expand3x3", three, squeezed);
        graph.add(name + ".expand3x3_activation", new ReLU());
        String right = graph.last();
        graph.add(name + ".concat", new Concat(), left, right);
        return one.weightShape().dim(0) + three.weightShape().dim(0);
    }

    private void requireModel(String model, Set<Integer> fires, Shape stem) {
        if (model.isEmpty()) {
            return;
        }
        int kernel = model.equals("squeezenet1_0") ? 7 : 3;
        if (!fires.equals(KNOWN.get(model)) || stem.dim(2) != kernel) {
            throw tensors.wrong("is not a " + model + ": it is a SqueezeNet with fire modules at features " + fires
                    + " and a first kernel of " + stem.dim(2));
        }
    }
}
