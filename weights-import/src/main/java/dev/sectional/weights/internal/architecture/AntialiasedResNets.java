package dev.sectional.weights.internal.architecture;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.model.named.ModelTensors;
import dev.sectional.weights.internal.architecture.FamilyGraph.Value;
import java.util.Map;

/**
 * timm's ResNets that halve maps after a filter (Zhang 2019): an average of 2x2, or a blur of 3x3. Their tensors are
 * those of the plain ResNets, so that the name of the model has to be given. The method builds the network of that name
 * and returns its configuration, by which {@link Families} checks it.
 */
final class AntialiasedResNets {
    private static final Map<String, String> KNOWN = Map.of("resnetblur18", "2:2,2,2,2", "resnetblur50", "3:3,4,6,3",
            "resnetaa50", "3:3,4,6,3");
    /** Binomial coefficients. */
    private static final float[] BLUR = {0.25f, 0.5f, 0.25f};

    private AntialiasedResNets() {
    }

    static Map<String, String> known() {
        return KNOWN;
    }

    static String build(FamilyGraph graph) {
        boolean blurs = graph.model().startsWith("resnetblur");
        ModelTensors tensors = graph.tensors();
        Value x = graph.relu(graph.convNorm("conv1", "bn1", graph.image("conv1", 7), 2));
        x = blurs ? blurred(graph, "maxpool.1", graph.maxPool("maxpool.0", x, 3, 1, 1, false))
                : graph.averagePool("maxpool", x, 2, 2, 0);
        int convolutions = tensors.has("layer1.0.conv3.weight") ? 3 : 2;
        StringBuilder config = new StringBuilder().append(convolutions).append(':');
        for (int stage = 1; tensors.has("layer" + stage + ".0.conv1.weight"); stage++) {
            int blocks = graph.numbers("layer" + stage).size();
            for (int i = 0; i < blocks; i++) {
                x = block(graph, "layer" + stage + "." + i, x, stage > 1 && i == 0, convolutions, blurs);
            }
            config.append(stage == 1 ? "" : ",").append(blocks);
        }
        graph.head(x, "fc", "ReLU");
        return config.toString();
    }

    private static Value block(FamilyGraph graph, String name, Value x, boolean halves, int convolutions,
                               boolean blurs) {
        Value y = x;
        for (int i = 1; i <= convolutions; i++) {
            String conv = name + ".conv" + i;
            int kernel = graph.tensors().shape(conv + ".weight", 4).dim(2);
            if (kernel != (convolutions == 3 && i != 2 ? 1 : 3)) {
                throw graph.tensors().wrong("is no ResNet that is known: " + conv + " has a kernel of " + kernel + "; "
                        + ModelTensors.EXPORT);
            }
            y = graph.convNorm(conv, name + ".bn" + i, y, 1);
            y = i < convolutions ? graph.relu(y) : y;
            if (halves && i == convolutions - 1) {
                y = blurs ? blurred(graph, name + ".aa", y) : graph.averagePool(name + ".aa", y, 2, 2, 0);
            }
        }
        Value shortcut = graph.tensors().has(name + ".downsample.0.weight")
                ? graph.convNorm(name + ".downsample.0", name + ".downsample.1", x, halves ? 2 : 1) : x;
        return graph.relu(graph.sum(name + ".add", y, shortcut));
    }

    /** Adds a binomial filter of 3x3 with stride 2, for which the map is reflected at its borders. */
    private static Value blurred(FamilyGraph graph, String name, Value x) {
        int channels = x.channels();
        float[] weight = new float[channels * 9];
        for (int i = 0; i < weight.length; i++) {
            weight[i] = BLUR[i % 9 / 3] * BLUR[i % 3];
        }
        Value padded = graph.kind(name + ".pad", "Pad", x, channels, Map.of(), "before", new int[] {1, 1, 0}, "after",
                new int[] {1, 1, 0}, "mode", 1, "value", 0);
        return graph.kind(name, "Conv2d", padded, channels,
                Map.of("weight", Tensor.of(Shape.of(channels, 1, 3, 3), weight)), "stride", new int[] {2, 2}, "padding",
                new int[4], "dilation", new int[] {1, 1}, "groups", channels, "auto_pad", 0);
    }
}
