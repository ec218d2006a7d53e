package dev.sectional.testing;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.laws.Values;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.AvgPool2d;
import dev.sectional.nn.layer.BatchNorm2d;
import dev.sectional.nn.layer.Clip;
import dev.sectional.nn.layer.Concat;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.ReLU;
import java.util.Map;
import java.util.Random;

/** Small random networks. */
public final class Samples {
    private Samples() {
    }

    private static BatchNorm2d batchNorm(Shape shape, Random random) {
        return BatchNorm2d.of(Values.SIGNED.tensor(shape, random), Values.POSITIVE.tensor(shape, random))
                .weight(Values.SIGNED.tensor(shape, random)).bias(Values.SIGNED.tensor(shape, random)).epsilon(0.1);
    }

    /**
     * Creates a small VGG-like network of one to three stages and four classes.
     *
     * @param side height and width of the image, which has three channels
     * @param biased whether convolutions have biases
     */
    public static Network network(Engine engine, Random random, int side, boolean biased) {
        NetworkBuilder graph = Network.builder();
        int channels = 3;
        int stages = 1 + random.nextInt(3);
        for (int stage = 0; stage < stages; stage++) {
            for (int i = 0; i <= random.nextInt(2); i++) {
                int width = 2 + random.nextInt(8);
                double bound = Math.sqrt(6.0 / (9 * channels));
                Tensor weight = Values.SIGNED.tensor(Shape.of(width, channels, 3, 3), random);
                for (int j = 0; j < weight.data().length; j++) {
                    weight.data()[j] *= (float) bound;
                }
                Conv2d conv = Conv2d.of(weight).padding(1);
                graph.add("conv" + stage + i, biased ? conv.bias(Values.SIGNED.tensor(Shape.of(width), random))
                        : conv);
                graph.add("relu" + stage + i, new ReLU());
                channels = width;
            }
            graph.add("pool" + stage, MaxPool2d.of(2));
        }
        graph.add("avgpool", new AdaptiveAvgPool2d(2, 2));
        graph.add("flatten", new Flatten());
        graph.add("head", Linear.of(Values.SIGNED.tensor(Shape.of(4, 4 * channels), random)));
        ModelCard card = ModelCard.fromMetadata(Map.of("sectional.input", "3," + side + "," + side));
        return graph.card(card).engine(engine).build();
    }

    /**
     * Creates a small graph: a stem, one to four blocks and a linear head of four classes. A block is a residual sum
     * (of one or two convolutions, some with batch norm or a projection), a concatenation of two branches, or a pooling
     * with overlapping windows.
     *
     * @param side height and width of the image, which has three channels
     */
    public static Network graph(Engine engine, Random random, int side) {
        NetworkBuilder graph = Network.builder();
        int channels = 2 + random.nextInt(5);
        convolution(graph, "stem", 3, channels, 3, random);
        graph.add("stem.relu", new ReLU());
        int blocks = 1 + random.nextInt(4);
        for (int i = 0; i < blocks; i++) {
            String name = "block" + i;
            switch (random.nextInt(4)) {
                case 0 -> residual(graph, name, channels, random);
                case 1 -> channels = fire(graph, name, channels, random);
                case 2 -> graph.add(name + ".pool", MaxPool2d.of(3).stride(2).padding(1).ceil(random.nextBoolean()));
                default -> graph.add(name + ".mean", AvgPool2d.of(Window.of(3, 1, 1), Window.of(3, 1, 1)));
            }
        }
        graph.add("avgpool", new AdaptiveAvgPool2d(2, 2));
        graph.add("flatten", new Flatten());
        graph.add("head", Linear.of(Values.SIGNED.tensor(Shape.of(4, 4 * channels), random))
                .bias(Values.SIGNED.tensor(Shape.of(4), random)));
        return graph.card(ModelCard.fromMetadata(Map.of("sectional.input", "3," + side + "," + side))).engine(engine)
                .build();
    }

    /**
     * Creates a small network of the kind of MobileNetV2 for images of 20 by 20 pixels: inverted residual blocks with
     * depthwise convolutions of several kernels, strides and multipliers, a grouped convolution, clipping, and four
     * classes. No number of channels is a multiple of a vector.
     */
    public static Network mobile(Engine engine, Random random) {
        NetworkBuilder graph = Network.builder();
        graph.add("stem", Conv2d.of(weight(19, 3, 3, random)).bias(Values.SIGNED.tensor(Shape.of(19), random))
                .stride(2).padding(1));
        graph.add("stem.clip", new Clip(0, 6));
        // expanded channels, kernel, stride, outputs
        int[][] blocks = {{37, 3, 1, 19}, {37, 3, 2, 21}, {41, 5, 1, 21}};
        int channels = 19;
        for (int i = 0; i < blocks.length; i++) {
            int[] each = blocks[i];
            String name = "block" + i;
            String input = graph.last();
            graph.add(name + ".expand", Conv2d.of(weight(each[0], channels, 1, random)));
            graph.add(name + ".bn", batchNorm(Shape.of(each[0]), random));
            graph.add(name + ".clip1", new Clip(0, 6));
            graph.add(name + ".depthwise", Conv2d.of(weight(each[0], 1, each[1], random)).groups(each[0])
                    .bias(Values.SIGNED.tensor(Shape.of(each[0]), random)).stride(each[2]).padding(each[1] / 2));
            graph.add(name + ".clip2", new Clip(0, 6));
            graph.add(name + ".project", Conv2d.of(weight(each[3], each[0], 1, random)));
            if (channels == each[3] && each[2] == 1) {
                graph.add(name + ".add", new Add(), graph.last(), input);
            }
            channels = each[3];
        }
        graph.add("grouped", Conv2d.of(weight(15, 7, 3, random)).groups(3).padding(1));
        graph.add("grouped.relu", new ReLU());
        graph.add("multiplied", Conv2d.of(weight(30, 1, 3, random)).groups(15).padding(1).dilation(1, 2));
        graph.add("multiplied.relu", new ReLU());
        graph.add("avgpool", new AdaptiveAvgPool2d(1, 1));
        graph.add("flatten", new Flatten());
        graph.add("head", Linear.of(Values.SIGNED.tensor(Shape.of(4, 30), random)));
        return graph.card(ModelCard.fromMetadata(Map.of("sectional.input", "3,20,20"))).engine(engine).build();
    }

    private static void residual(NetworkBuilder graph, String name, int channels, Random random) {
        String input = graph.last();
        convolution(graph, name + ".conv1", channels, channels, 3, random);
        if (random.nextBoolean()) {
            graph.add(name + ".relu1", new ReLU());
            convolution(graph, name + ".conv2", channels, channels, 3, random);
        }
        if (random.nextBoolean()) {
            Shape shape = Shape.of(channels);
            graph.add(name + ".bn", batchNorm(shape, random));
        }
        String branch = graph.last();
        boolean projected = random.nextBoolean();
        if (projected) {
            graph.add(name + ".downsample", Conv2d.of(weight(channels, channels, 1, random)), input);
        }
        graph.add(name + ".add", new Add(), branch, projected ? name + ".downsample" : input);
        graph.add(name + ".relu", new ReLU());
    }

    private static int fire(NetworkBuilder graph, String name, int channels, Random random) {
        String input = graph.last();
        int width = 1 + random.nextInt(3);
        graph.add(name + ".expand1x1", Conv2d.of(weight(width, channels, 1, random))
                .bias(Values.SIGNED.tensor(Shape.of(width), random)), input);
        graph.add(name + ".relu1x1", new ReLU());
        graph.add(name + ".expand3x3", Conv2d.of(weight(width, channels, 3, random)).padding(1), input);
        graph.add(name + ".relu3x3", new ReLU());
        graph.add(name + ".concat", new Concat(), name + ".relu1x1", name + ".relu3x3");
        return 2 * width;
    }

    private static void convolution(NetworkBuilder graph, String name, int channels, int width, int kernel,
            Random random) {
        graph.add(name, Conv2d.of(weight(width, channels, kernel, random))
                .bias(Values.SIGNED.tensor(Shape.of(width), random)).padding(kernel / 2));
    }

    private static Tensor weight(int width, int channels, int kernel, Random random) {
        Tensor weight = Values.SIGNED.tensor(Shape.of(width, channels, kernel, kernel), random);
        float bound = (float) Math.sqrt(6.0 / (kernel * kernel * channels));
        for (int i = 0; i < weight.data().length; i++) {
            weight.data()[i] *= bound;
        }
        return weight;
    }
}
