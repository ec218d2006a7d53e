package dev.sectional.weights.internal.architecture;

import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.model.named.ModelTensors;
import dev.sectional.weights.internal.architecture.FamilyGraph.Value;
import java.util.Map;
import java.util.TreeSet;

/**
 * EfficientNet v1 and v2 (Tan, Le 2019, 2021), RegNet X and Y (Radosavovic et al. 2020) and ConvNeXt (Liu et al. 2022)
 * by torchvision's names. A method builds a network and returns its configuration, by which {@link Families} tells the
 * models of a family apart.
 */
final class EfficientFamilies {
    private static final String V1_STRIDES = "1222121";
    private static final String V2_STRIDES = "1222121";
    /** Channels of the last convolution from which EfficientNet v1 has batch-norm epsilon 1e-3: B5. */
    private static final int WIDE_HEAD = 2048;

    private EfficientFamilies() {
    }

    static String efficientNet(FamilyGraph graph) {
        int last = graph.numbers("features").last();
        boolean second = graph.tensors().shape("features.1.0.block.0.0.weight", 4).dim(1) != 1;
        int head = graph.tensors().shape("features." + last + ".0.weight", 4).dim(0);
        graph.epsilon(second || head >= WIDE_HEAD ? 1e-3 : 1e-5);
        Value x = graph.kind("SiLU", graph.convNorm("features.0.0", "features.0.1", graph.image("features.0.0", 3), 2));
        String strides = second ? V2_STRIDES : V1_STRIDES;
        if (last - 1 > strides.length() || last - 1 < strides.length() - (second ? 1 : 0)) {
            throw graph.tensors().wrong("is an EfficientNet of " + (last - 1) + " stages, whose strides are unknown; "
                    + ModelTensors.EXPORT);
        }
        StringBuilder config = new StringBuilder(second ? "v2:" : "v1:");
        int stem = x.channels();
        for (int stage = 1; stage < last; stage++) {
            TreeSet<Integer> blocks = graph.numbers("features." + stage);
            for (int i : blocks) {
                String name = "features." + stage + "." + i;
                int stride = i == 0 ? strides.charAt(stage - 1) - '0' : 1;
                Value block = mobileBlock(graph, name + ".block.", x, stride);
                boolean same = stride == 1 && block.channels() == x.channels();
                x = same ? graph.sum(name + ".add", block, x) : block;
            }
            config.append(blocks.size()).append(',');
        }
        String name = "features." + last;
        graph.head(graph.kind("SiLU", graph.convNorm(name + ".0", name + ".1", x, 1)), "classifier", "ReLU");
        return config.append(stem).append(',').append(head).toString();
    }

    /** Adds a block: convolutions, and where there is one, squeeze and excitation before the last of them. */
    private static Value mobileBlock(FamilyGraph graph, String name, Value x, int stride) {
        int parts = graph.numbers(name.substring(0, name.length() - 1)).size();
        boolean excites = parts > 1 && graph.tensors().has(name + (parts - 2) + ".fc1.weight");
        int strided = excites ? parts - 3 : 0;
        Value y = x;
        for (int i = 0; i < parts; i++) {
            String part = name + i;
            if (excites && i == parts - 2) {
                y = graph.squeezeExcitation(part, y, "SiLU", "Sigmoid");
                continue;
            }
            y = graph.convNorm(part + ".0", part + ".1", y, i == strided ? stride : 1);
            y = i < parts - 1 || parts == 1 ? graph.kind("SiLU", y) : y;
        }
        return y;
    }

    static String regNet(FamilyGraph graph) {
        Value x = graph.relu(graph.convNorm("stem.0", "stem.1", graph.image("stem.0", 3), 2));
        StringBuilder config = new StringBuilder();
        for (int stage = 1; graph.tensors().has(block(stage, 0) + ".f.a.0.weight"); stage++) {
            int blocks = 0;
            for (; graph.tensors().has(block(stage, blocks) + ".f.a.0.weight"); blocks++) {
                String name = block(stage, blocks);
                int stride = blocks == 0 ? 2 : 1;
                Value shortcut = graph.tensors().has(name + ".proj.0.weight")
                        ? graph.convNorm(name + ".proj.0", name + ".proj.1", x, stride) : x;
                Value y = graph.relu(graph.convNorm(name + ".f.a.0", name + ".f.a.1", x, 1));
                y = graph.relu(graph.convNorm(name + ".f.b.0", name + ".f.b.1", y, stride));
                if (graph.tensors().has(name + ".f.se.fc1.weight")) {
                    y = graph.squeezeExcitation(name + ".f.se", y, "ReLU", "Sigmoid");
                }
                y = graph.convNorm(name + ".f.c.0", name + ".f.c.1", y, 1);
                x = graph.relu(graph.sum(name + ".add", shortcut, y));
            }
            config.append(blocks).append(':').append(x.channels()).append(',');
        }
        graph.head(x, "fc", "ReLU");
        return config.toString();
    }

    private static String block(int stage, int block) {
        return "trunk_output.block" + stage + ".block" + stage + "-" + block;
    }

    static String convNeXt(FamilyGraph graph) {
        Value x = graph.layerNorm("features.0.1", graph.conv("features.0.0", graph.image("features.0.0", 4), 4, 0));
        int last = graph.numbers("features").last();
        StringBuilder config = new StringBuilder();
        for (int stage = 1; stage <= last; stage++) {
            String name = "features." + stage;
            if (stage % 2 == 0) {
                requireKernel(graph, name + ".1", 2);
                x = graph.conv(name + ".1", graph.layerNorm(name + ".0", x), 2, 0);
                continue;
            }
            TreeSet<Integer> blocks = graph.numbers(name);
            for (int i : blocks) {
                x = convNeXtBlock(graph, name + "." + i, x);
            }
            config.append(blocks.size()).append(':').append(x.channels()).append(',');
        }
        Value mean = graph.adaptiveAveragePool("avgpool", x, 1);
        x = graph.layerNorm("classifier.0", mean);
        graph.kind("classifier.1", "Flatten", x, x.channels(), Map.of());
        graph.tensors().addHead(graph.builder(), "classifier", x.channels());
        return config.toString();
    }

    /** Refuses a convolution of another kernel, whose stride is unknown: ConvNeXt's strides are its kernels. */
    private static void requireKernel(FamilyGraph graph, String name, int side) {
        Shape shape = graph.tensors().shape(name + ".weight", 4);
        if (shape.dim(2) != side || shape.dim(3) != side) {
            throw graph.tensors().wrong("is a ConvNeXt whose convolution " + name + " has a kernel of " + shape.dim(2)
                    + "x" + shape.dim(3) + ", so that its stride is unknown; " + ModelTensors.EXPORT);
        }
    }

    private static Value convNeXtBlock(FamilyGraph graph, String name, Value x) {
        int kernel = graph.tensors().shape(name + ".block.0.weight", 4).dim(2);
        Value y = graph.layerNorm(name + ".block.2", graph.conv(name + ".block.0", x, 1, kernel / 2));
        y = graph.kind("GELU", graph.linear(name + ".block.3", y));
        y = graph.linear(name + ".block.5", y);
        int channels = x.channels();
        TensorSource scale = graph.tensors().use(name + ".layer_scale", Shape.of(channels, 1, 1));
        y = graph.kind(name + ".layer_scale", "MultiplyConstant", y, channels,
                Map.of("value", scale.reshape(Shape.of(channels))));
        return graph.sum(name + ".add", y, x);
    }
}
