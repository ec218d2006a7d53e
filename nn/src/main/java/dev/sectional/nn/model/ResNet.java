package dev.sectional.nn.model;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.Graph;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.ReLU;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Residual networks (He, Zhang, Ren, Sun 2016) from tensors by torchvision's names: 18, 34, 50, 101, 152, and others that
 * differ in the number of blocks, in widths or in groups (ResNeXt). Batch norm is folded into the convolution before it.
 *
 * <p>As torchvision has it, a stage after the first halves the map: in the first convolution of a block of two, in the
 * second of a block of three. The nodes of a block are {@code layer1.0.conv1}, {@code .relu1}, ..., {@code .add} and the last
 * {@code .reluN}, N being the number of convolutions; the sum takes the last convolution first, then what bypasses it.
 */
public final class ResNet {
    /** Convolutions in a block and blocks in each stage, by model. */
    private static final Map<String, String> KNOWN = new LinkedHashMap<>();

    static {
        KNOWN.put("resnet18", "2:2,2,2,2");
        KNOWN.put("resnet34", "2:3,4,6,3");
        KNOWN.put("resnet50", "3:3,4,6,3");
        KNOWN.put("resnet101", "3:3,4,23,3");
        KNOWN.put("resnet152", "3:3,8,36,3");
    }

    private final ModelTensors parameters;
    private final Graph graph = new Graph();
    private final StringBuilder config = new StringBuilder();

    private ResNet(ModelTensors parameters) {
        this.parameters = parameters;
    }

    static List<String> names() {
        return List.copyOf(KNOWN.keySet());
    }

    static boolean isOne(Set<String> names) {
        return names.contains("layer1.0.conv1.weight") && names.contains("conv1.weight");
    }

    /**
     * A network from tensors.
     *
     * @param file names the source in messages
     * @param tensors by torchvision's names
     * @param metadata {@link ModelCard}'s keys; what it says wins over what the names suggest
     * @param model what the tensors must be: resnet18, 34, 50, 101 or 152; null for whatever they are
     * @param closedWithIt is closed with the network
     * @throws InputException if a tensor is missing, unknown, of a wrong shape or not finite, or the model is another
     */
    public static Network of(String file, Map<String, ? extends TensorSource> tensors, Map<String, String> metadata, String model,
                             Engine engine, AutoCloseable... closedWithIt) {
        return new ResNet(new ModelTensors(file, tensors)).build(metadata, model, engine, closedWithIt);
    }

    private Network build(Map<String, String> metadata, String model, Engine engine, AutoCloseable... closedWithIt) {
        Shape stem = parameters.shape("conv1.weight", 4);
        graph.add("conv1", parameters.normed(parameters.conv("conv1", stem.dim(1), 2, stem.dim(2) / 2, false), "conv1", "bn1"));
        graph.add("relu", new ReLU());
        graph.add("maxpool", new MaxPool2d(3, 2, 1, false));
        int channels = stem.dim(0);
        int convolutions = parameters.has("layer1.0.conv3.weight") ? 3 : 2;
        config.append(convolutions).append(':');
        for (int stage = 1; parameters.has("layer" + stage + ".0.conv1.weight"); stage++) {
            int blocks = 0;
            for (; parameters.has("layer" + stage + "." + blocks + ".conv1.weight"); blocks++) {
                channels = addBlock("layer" + stage + "." + blocks, channels, stage > 1 && blocks == 0 ? 2 : 1, convolutions);
            }
            config.append(stage == 1 ? "" : ",").append(blocks);
        }
        graph.add("avgpool", new AdaptiveAvgPool2d(1, 1));
        graph.add("flatten", new Flatten());
        Shape head = parameters.shape("fc.weight", 2);
        graph.add("fc", new Linear(parameters.use("fc.weight", Shape.of(head.dim(0), channels)),
                parameters.use("fc.bias", Shape.of(head.dim(0)))));
        requireModel(model);
        Map<String, String> full = new LinkedHashMap<>(metadata);
        full.put("sectional.architecture", "resnet");
        full.put("sectional.layers", config.toString());
        full.putIfAbsent("sectional.input", stem.dim(1) + ",224,224");
        return parameters.network(parameters.card(full), graph, engine, closedWithIt);
    }

    /** Adds one block; returns the channels of its output. */
    private int addBlock(String name, int channels, int stride, int convolutions) {
        String block = graph.last();
        int width = channels;
        for (int i = 1; i <= convolutions; i++) {
            String conv = name + ".conv" + i;
            int kernel = parameters.shape(conv + ".weight", 4).dim(2);
            int step = i == convolutions - 1 ? stride : 1;   // conv1 of two, conv2 of three
            Conv2d layer = parameters.normed(parameters.conv(conv, width, step, kernel / 2, false), conv, name + ".bn" + i);
            width = layer.weightShape().dim(0);
            graph.add(conv, layer);
            if (i < convolutions) {
                graph.add(name + ".relu" + i, new ReLU());
            }
        }
        String main = graph.last();
        String bypass = block;
        if (parameters.has(name + ".downsample.0.weight")) {
            String shortcut = name + ".downsample.0";
            bypass = graph.add(name + ".downsample", parameters.normed(parameters.conv(shortcut, channels, stride, 0, false), shortcut,
                    name + ".downsample.1"), block);
        }
        graph.add(name + ".add", new Add(), main, bypass);
        graph.add(name + ".relu" + convolutions, new ReLU());
        return width;
    }

    private void requireModel(String model) {
        if (model != null && !config.toString().equals(KNOWN.get(model))) {
            throw parameters.wrong("is not a " + model + ": it is a ResNet whose blocks of " + config.charAt(0)
                    + " convolutions stand " + config.substring(2) + " in its stages");
        }
    }
}
