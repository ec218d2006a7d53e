package dev.sectional.weights.internal.architecture;

import dev.sectional.nn.layer.Flatten;
import dev.sectional.weights.internal.architecture.FamilyGraph.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * AlexNet (Krizhevsky 2014), DenseNet (Huang et al. 2017) and ShuffleNet v2 (Ma et al. 2018) by torchvision's names. A
 * method builds a network and returns its configuration, by which {@link Families} tells the models of a family apart.
 */
final class PlainFamilies {
    private PlainFamilies() {
    }

    static String alexNet(FamilyGraph graph) {
        Value x = graph.relu(graph.conv("features.0", graph.image("features.0", 11), 4, 2));
        x = graph.maxPool("features.2", x, 3, 2, 0, false);
        x = graph.relu(graph.conv("features.3", x, 1, 2));
        x = graph.maxPool("features.5", x, 3, 2, 0, false);
        for (String name : List.of("features.6", "features.8", "features.10")) {
            x = graph.relu(graph.conv(name, x, 1, 1));
        }
        x = graph.maxPool("features.12", x, 3, 2, 0, false);
        x = graph.adaptiveAveragePool("avgpool", x, 6);
        graph.kind("flatten", "Flatten", x, x.channels(), Map.of());
        graph.tensors().addHead(graph.builder(), "classifier", 36 * x.channels());
        return "";
    }

    static String denseNet(FamilyGraph graph) {
        Value x = graph.relu(graph.convNorm("features.conv0", "features.norm0", graph.image("features.conv0", 7), 2));
        x = graph.maxPool("features.pool0", x, 3, 2, 1, false);
        StringBuilder config = new StringBuilder();
        for (int block = 1; graph.tensors().has("features.denseblock" + block + ".denselayer1.conv1.weight"); block++) {
            int layers = 0;
            List<Value> all = new ArrayList<>(List.of(x));
            String prefix = "features.denseblock" + block + ".denselayer";
            while (graph.tensors().has(prefix + (layers + 1) + ".conv1.weight")) {
                layers++;
                String name = prefix + layers;
                Value joined = layers == 1 ? x : graph.concat(name + ".concat", all);
                Value narrow = graph.convNorm(name + ".conv1", name + ".norm2",
                        graph.relu(graph.norm(name + ".norm1", joined)), 1);
                all.add(graph.conv(name + ".conv2", graph.relu(narrow), 1, 1));
            }
            x = graph.concat("features.denseblock" + block, all);
            config.append(block == 1 ? "" : ",").append(layers);
            String transition = "features.transition" + block;
            if (graph.tensors().has(transition + ".conv.weight")) {
                x = graph.conv(transition + ".conv", graph.relu(graph.norm(transition + ".norm", x)), 1, 0);
                x = graph.averagePool(transition + ".pool", x, 2, 2, 0);
            }
        }
        graph.head(graph.relu(graph.norm("features.norm5", x)), "classifier", "ReLU");
        return config.toString();
    }

    static String shuffleNet(FamilyGraph graph) {
        Value x = graph.relu(graph.convNorm("conv1.0", "conv1.1", graph.image("conv1.0", 3), 2));
        x = graph.maxPool("maxpool", x, 3, 2, 1, false);
        StringBuilder config = new StringBuilder();
        for (int stage = 2; stage <= 4; stage++) {
            int units = graph.numbers("stage" + stage).size();
            for (int i = 0; i < units; i++) {
                x = shuffleUnit(graph, "stage" + stage + "." + i, x);
            }
            config.append(units).append(':').append(x.channels()).append(',');
        }
        graph.head(graph.relu(graph.convNorm("conv5.0", "conv5.1", x, 1)), "fc", "ReLU");
        return config.toString();
    }

    /** Adds a unit: two branches, the first of which is the first half of the channels where there is no stride. */
    private static Value shuffleUnit(FamilyGraph graph, String name, Value x) {
        int half = x.channels() / 2;
        boolean halves = !graph.tensors().has(name + ".branch1.0.weight");
        Value left = x;
        Value right = x;
        if (halves) {
            left = slice(graph, name + ".left", x, 0, half);
            right = slice(graph, name + ".right", x, half, x.channels() - half);
        } else {
            String branch = name + ".branch1.";
            left = graph.convNorm(branch + "0", branch + "1", x, 2);
            left = graph.relu(graph.convNorm(branch + "2", branch + "3", left, 1));
        }
        String branch = name + ".branch2.";
        right = graph.relu(graph.convNorm(branch + "0", branch + "1", right, 1));
        right = graph.convNorm(branch + "3", branch + "4", right, halves ? 1 : 2);
        right = graph.relu(graph.convNorm(branch + "5", branch + "6", right, 1));
        Value joined = graph.concat(name + ".concat", List.of(left, right));
        int[] shuffled = new int[joined.channels()];
        for (int i = 0; i < shuffled.length; i++) {   // two groups become neighbours
            shuffled[i] = i % 2 * (shuffled.length / 2) + i / 2;
        }
        return graph.kind("Gather", joined, "axis", 2, "indices", shuffled, "drop", 0);
    }

    private static Value slice(FamilyGraph graph, String name, Value x, int start, int count) {
        return graph.kind(name, "Slice", x, count, Map.of(), "axis", 2, "start", start, "step", 1, "count",
                count);
    }
}
