package dev.sectional.nn.model;

import dev.sectional.core.Shape;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.model.named.ModelTensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Residual networks (He, Zhang, Ren, Sun 2016) from tensors with torchvision's names: 18, 34, 50, 101, 152, and
 * variants that differ in the number of blocks, in widths or in groups (ResNeXt). Batch norm is folded into the
 * convolution before it.
 *
 * <p>As in torchvision, each stage after the first halves height and width, in the first convolution of a block of two
 * and in the second convolution of a block of three. The nodes of a block are {@code layer1.0.conv1}, {@code .relu1},
 * ..., {@code .add} and a last {@code .reluN}, N being the number of convolutions. The inputs of the sum are the last
 * convolution, then the shortcut.
 */
public final class ResNet {
    static final String FAMILY = "ResNet";

    /** Ending of the names of models for small images: a first convolution of 3x3, stride 1, and no pooling. */
    private static final String CIFAR = "-cifar";
    /**
     * Convolutions per block, blocks per stage, and for the models that differ in nothing else the width and the groups
     * of the first block.
     */
    private static final Map<String, String> KNOWN = new LinkedHashMap<>();

    static {
        KNOWN.put("resnet18", "2:2,2,2,2");
        KNOWN.put("resnet34", "2:3,4,6,3");
        KNOWN.put("resnet50", "3:3,4,6,3");
        KNOWN.put("resnet101", "3:3,4,23,3");
        KNOWN.put("resnet152", "3:3,8,36,3");
        KNOWN.put("resnext50_32x4d", "3:3,4,6,3:128/32");
        KNOWN.put("resnext101_32x8d", "3:3,4,23,3:256/32");
        KNOWN.put("resnext101_64x4d", "3:3,4,23,3:256/64");
        KNOWN.put("wide_resnet50_2", "3:3,4,6,3:128/1");
        KNOWN.put("wide_resnet101_2", "3:3,4,23,3:128/1");
    }

    private final ModelTensors tensors;
    private final NetworkBuilder graph;
    private final StringBuilder config = new StringBuilder();

    private ResNet(ModelTensors tensors, NetworkBuilder graph) {
        this.tensors = tensors;
        this.graph = graph;
    }

    static List<String> names() {
        return Stream.concat(KNOWN.keySet().stream(), Stream.of("resnet18", "resnet34", "resnet50", "resnet101",
                "resnet152", "resnet").map(name -> name + CIFAR)).toList();
    }

    static boolean isOne(Set<String> names) {
        return names.contains("layer1.0.conv1.weight") && names.contains("conv1.weight");
    }

    static Network load(ModelTensors tensors, Map<String, String> metadata, String model, NetworkBuilder graph) {
        return new ResNet(tensors, graph).build(metadata, model);
    }

    private Network build(Map<String, String> metadata, String model) {
        Shape stem = tensors.shape("conv1.weight", 4);
        boolean small = model.endsWith(CIFAR);
        requireStem(stem, small);
        Conv2d first = tensors.conv("conv1", stem.dim(1), small ? 1 : 2, stem.dim(2) / 2, false);
        graph.add("conv1", tensors.normed(first, "conv1", "bn1"));
        graph.add("relu", new ReLU());
        if (!small) {
            graph.add("maxpool", MaxPool2d.of(3).stride(2).padding(1));
        }
        int channels = stem.dim(0);
        int convolutions = tensors.has("layer1.0.conv3.weight") ? 3 : 2;
        config.append(convolutions).append(':');
        for (int stage = 1; tensors.has("layer" + stage + ".0.conv1.weight"); stage++) {
            int blocks = 0;
            for (; tensors.has("layer" + stage + "." + blocks + ".conv1.weight"); blocks++) {
                int stride = stage > 1 && blocks == 0 ? 2 : 1;
                channels = addBlock("layer" + stage + "." + blocks, channels, stride, convolutions);
            }
            config.append(stage == 1 ? "" : ",").append(blocks);
        }
        graph.add("avgpool", new AdaptiveAvgPool2d(1, 1));
        graph.add("flatten", new Flatten());
        tensors.addHead(graph, "fc", channels);
        requireModel(model.replace(CIFAR, ""));
        Map<String, String> full = new LinkedHashMap<>(metadata);
        full.put("sectional.architecture", "resnet");
        full.put("sectional.layers", config.toString());
        String input = stem.dim(1) + (small ? ",32,32" : ",224,224");
        tensors.assumeInput(full, input);
        tensors.assume("a ResNet as torchvision's: stride 2 in the first 3x3 convolution of a stage, dilation 1,"
                + " pooling 3x3 after the first convolution, the mean of the last map, ReLU, batch-norm epsilon 1e-5,"
                + " no antialiasing, which shows in no tensor (timm's resnetaa50, resnetblur50, resnetblur18: --arch;"
                + " another choice: export the network to ONNX)");
        return tensors.network(tensors.card(full), graph);
    }

    /** Adds one block. Returns the channels of its output. */
    private int addBlock(String name, int channels, int stride, int convolutions) {
        String block = graph.last();
        int width = channels;
        for (int i = 1; i <= convolutions; i++) {
            String conv = name + ".conv" + i;
            int kernel = tensors.shape(conv + ".weight", 4).dim(2);
            if (kernel != (convolutions == 3 && i != 2 ? 1 : 3)) {
                throw tensors.wrong("is no ResNet that is known: " + conv + " has a kernel of " + kernel + "; "
                        + ModelTensors.EXPORT);
            }
            int step = i == convolutions - 1 ? stride : 1;   // conv1 of two, conv2 of three
            Conv2d layer = tensors.normed(tensors.conv(conv, width, step, kernel / 2, false), conv, name + ".bn" + i);
            width = layer.weightShape().dim(0);
            graph.add(conv, layer);
            if (i < convolutions) {
                graph.add(name + ".relu" + i, new ReLU());
            }
        }
        String main = graph.last();
        String shortcut = block;
        if (tensors.has(name + ".downsample.0.weight")) {
            shortcut = name + ".downsample";
            Conv2d projection = tensors.conv(shortcut + ".0", channels, stride, 0, false);
            graph.add(shortcut, tensors.normed(projection, shortcut + ".0", shortcut + ".1"), block);
        } else if (stride != 1 || width != channels) {
            throw tensors.wrong("has a shortcut without weights at " + name + ", from " + channels + " to " + width
                    + " channels with stride " + stride + ", such as CIFAR's ResNets of option A: what it computes is"
                    + " unknown; " + ModelTensors.EXPORT);
        }
        graph.add(name + ".add", new Add(), main, shortcut);
        graph.add(name + ".relu" + convolutions, new ReLU());
        return width;
    }

    /** Refuses a first convolution that leaves its stride and the pooling after it open. */
    private void requireStem(Shape stem, boolean small) {
        int kernel = stem.dim(2);
        if (kernel != stem.dim(3) || kernel != 7 && kernel != 3 || small && kernel != 3) {
            throw tensors.wrong("is a ResNet whose first convolution has a kernel of " + kernel + "x" + stem.dim(3)
                    + (small ? ", wanted 3x3" : "") + "; " + ModelTensors.EXPORT);
        }
        if (kernel == 3 && !small) {
            int convolutions = tensors.has("layer1.0.conv3.weight") ? 3 : 2;
            throw tensors.wrong("is a ResNet whose first convolution has a kernel of 3x3, as for CIFAR's images: if it"
                    + " has stride 1 and no pooling follows, use --arch "
                    + (convolutions == 3 ? "resnet50" : "resnet18") + CIFAR + " (or another depth, or resnet" + CIFAR
                            + " for any); else " + ModelTensors.EXPORT);
        }
    }

    private void requireModel(String model) {
        if (model.isEmpty() || model.equals("resnet")) {
            return;
        }
        Shape narrow = tensors.shape("layer1.0.conv1.weight", 4);
        int groups = narrow.dim(0) / tensors.shape("layer1.0.conv2.weight", 4).dim(1);
        String wanted = KNOWN.get(model);
        if (wanted == null || !wanted.equals(config.toString())
                && !wanted.equals(config + ":" + narrow.dim(0) + "/" + groups)) {
            throw tensors.wrong("is not a " + model + ": it is a ResNet with blocks of " + config.charAt(0)
                    + " convolutions, " + config.substring(2) + " blocks by stage");
        }
    }
}
