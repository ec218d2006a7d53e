package dev.sectional.weights.internal.architecture;

import dev.sectional.nn.model.named.ModelTensors;
import dev.sectional.weights.internal.architecture.FamilyGraph.Value;
import java.util.Set;

/**
 * MobileNet v2 and v3 (Sandler et al. 2018, Howard et al. 2019) and MNASNet (Tan et al. 2019) by torchvision's names. A
 * method builds a network and returns its configuration, by which {@link Families} tells the models of a family apart.
 */
final class MobileFamilies {
    /** Strides of the blocks of MobileNet v2, one digit each, from {@code features.1}. */
    private static final String V2_STRIDES = "12121121111112111";
    private static final String LARGE_STRIDES = "121211211111211";
    private static final String SMALL_STRIDES = "22121111211";
    private static final String MNASNET_STRIDES = "222121";

    private MobileFamilies() {
    }

    static String mobileNetV2(FamilyGraph graph) {
        Value x = graph.relu6(graph.convNorm("features.0.0", "features.0.1", graph.image("features.0.0", 3), 2));
        int last = graph.numbers("features").last();
        requireBlocks(graph, last - 1, V2_STRIDES.length());
        for (int i = 1; i < last; i++) {
            String name = "features." + i + ".conv.";
            int stride = V2_STRIDES.charAt(i - 1) - '0';
            Value block = x;
            int next = 0;
            if (graph.tensors().has(name + "3.weight")) {
                block = graph.relu6(graph.convNorm(name + "0.0", name + "0.1", block, 1));
                next = 1;
            }
            block = graph.relu6(graph.convNorm(name + next + ".0", name + next + ".1", block, stride));
            block = graph.convNorm(name + (next + 1), name + (next + 2), block, 1);
            x = stride == 1 && block.channels() == x.channels() ? graph.sum("features." + i + ".add", x, block) : block;
        }
        String name = "features." + last;
        graph.head(graph.relu6(graph.convNorm(name + ".0", name + ".1", x, 1)), "classifier", "ReLU");
        return "";
    }

    static String mobileNetV3(FamilyGraph graph) {
        graph.epsilon(1e-3);
        Value image = graph.image("features.0.0", 3);
        Value x = graph.kind("HardSwish", graph.convNorm("features.0.0", "features.0.1", image, 2));
        int last = graph.numbers("features").last();
        boolean large = last - 1 == LARGE_STRIDES.length();
        String strides = large ? LARGE_STRIDES : SMALL_STRIDES;
        requireBlocks(graph, last - 1, strides.length());
        for (int i = 1; i < last; i++) {
            String activation = i <= (large ? 6 : 3) ? "ReLU" : "HardSwish";
            String name = "features." + i + ".block.";
            int stride = strides.charAt(i - 1) - '0';
            int parts = graph.numbers("features." + i + ".block").size();
            boolean excites = graph.tensors().has(name + (parts - 2) + ".fc1.weight");
            Value block = x;
            int next = 0;
            if (parts - (excites ? 1 : 0) == 3) {
                block = graph.kind(activation, graph.convNorm(name + "0.0", name + "0.1", block, 1));
                next = 1;
            }
            block = graph.kind(activation, graph.convNorm(name + next + ".0", name + next + ".1", block, stride));
            if (excites) {
                block = graph.squeezeExcitation(name + (next + 1), block, "ReLU", "HardSigmoid", "alpha", 1.0 / 6,
                        "beta", 0.5);
            }
            String project = name + (parts - 1);
            block = graph.convNorm(project + ".0", project + ".1", block, 1);
            x = stride == 1 && block.channels() == x.channels() ? graph.sum("features." + i + ".add", x, block) : block;
        }
        String name = "features." + last;
        boolean own = graph.tensors().numbered("classifier", 2).equals(Set.of(0, 3));   // of another head it is unknown
        graph.head(graph.kind("HardSwish", graph.convNorm(name + ".0", name + ".1", x, 1)), "classifier",
                own ? "HardSwish" : "ReLU");
        return large ? "large" : "small";
    }

    static String mnasNet(FamilyGraph graph) {
        Value x = graph.relu(graph.convNorm("layers.0", "layers.1", graph.image("layers.0", 3), 2));
        StringBuilder config = new StringBuilder().append(x.channels());
        x = graph.relu(graph.convNorm("layers.3", "layers.4", x, 1));
        x = graph.convNorm("layers.6", "layers.7", x, 1);
        for (int stack = 0; stack < MNASNET_STRIDES.length(); stack++) {
            String name = "layers." + (8 + stack);
            for (int i : graph.numbers(name)) {
                String block = name + "." + i + ".layers.";
                int stride = i == 0 ? MNASNET_STRIDES.charAt(stack) - '0' : 1;
                Value y = graph.relu(graph.convNorm(block + "0", block + "1", x, 1));
                y = graph.relu(graph.convNorm(block + "3", block + "4", y, stride));
                y = graph.convNorm(block + "6", block + "7", y, 1);
                boolean same = stride == 1 && y.channels() == x.channels();
                x = same ? graph.sum(name + "." + i + ".add", y, x) : y;
            }
        }
        graph.head(graph.relu(graph.convNorm("layers.14", "layers.15", x, 1)), "classifier", "ReLU");
        return config.toString();
    }

    private static void requireBlocks(FamilyGraph graph, int blocks, int known) {
        if (blocks != known) {
            throw graph.tensors().wrong("is a MobileNet of " + blocks + " blocks, whose strides are unknown; "
                    + ModelTensors.EXPORT);
        }
    }
}
