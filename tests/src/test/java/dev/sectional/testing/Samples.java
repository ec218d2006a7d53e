package dev.sectional.testing;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
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
import dev.sectional.nn.layer.Dropout;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.LeakyReLU;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.LocalResponseNorm;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.Pad2d;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.layer.Unflatten;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** jqwik generators of tensors, layers with an input and relevance, and small networks. */
public final class Samples {
    private Samples() {
    }

    /**
     * A layer with inputs of shapes that it accepts, and relevance at its output. Feature maps are channels last.
     *
     * @param xs one input, or one for each branch of a {@code Merge}
     * @param r relevance at the output
     */
    public record Case(Layer layer, List<Tensor> xs, Tensor r) {
        /** Creates a case of a layer with one input. */
        public Case(Layer layer, Tensor x, Tensor r) {
            this(layer, List.of(x), r);
        }

        /** Returns the first input. */
        public Tensor x() {
            return xs.get(0);
        }

        @Override
        public String toString() {
            return layer.getClass().getSimpleName() + " x " + xs.stream().map(Tensor::shape).toList() + " r "
                    + r.shape()
                    + (layer instanceof Conv2d conv ? " weight " + conv.weightShape() + " " + conv.geometry() : "");
        }
    }

    /** Distributions of the elements of a tensor. */
    public enum Values {
        /** Uniform in [-1, 1). */
        SIGNED,
        /** {@link #SIGNED} after a ReLU: about half are 0. */
        POSITIVE,
        /** At least 0; nine in ten are 0. */
        SPARSE,
        /** All 0. */
        ZERO
    }

    /** Returns a random tensor. No element dominates, so rounding can be compared with the sum of absolutes. */
    public static Tensor tensor(Shape shape, Values values, Random random) {
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < tensor.data().length; i++) {
            float value = random.nextFloat() * 2 - 1;
            tensor.data()[i] = switch (values) {
                case SIGNED -> value;
                case POSITIVE -> Math.max(value, 0);
                case SPARSE -> random.nextInt(10) == 0 ? Math.abs(value) : 0;
                case ZERO -> 0;
            };
        }
        return tensor;
    }

    /** Generates convolutions with kernels of 1 to 5, strides of 1 to 3 and paddings of 0 to 2. */
    public static Arbitrary<Case> convolutions(Values... inputs) {
        Arbitrary<Integer> small = Arbitraries.integers().between(1, 5);
        Arbitrary<Integer> channels = Arbitraries.integers().between(1, 12);
        Arbitrary<int[]> sizes = Combinators.combine(small, Arbitraries.integers().between(1, 3),
                Arbitraries.integers().between(0, 2), channels, channels, Arbitraries.integers().between(0, 8))
                .as((k, s, p, c, o, more) -> new int[] {k, s, p, c, o, more});
        return Combinators.combine(sizes, Arbitraries.of(inputs),
                Arbitraries.of(Values.SIGNED, Values.POSITIVE, Values.SPARSE, Values.ZERO),
                Arbitraries.longs(), Arbitraries.of(true, false)).as((n, input, relevance, seed, biased) -> {
                    Random random = new Random(seed);
                    Tensor weight = tensor(Shape.of(n[4], n[3], n[0], n[0]), Values.SIGNED, random);
                    Conv2d conv = Conv2d.of(weight).stride(n[1]).padding(Math.min(n[2], n[0] - 1));
                    return of(biased ? conv.bias(tensor(Shape.of(n[4]), Values.SIGNED, random)) : conv,
                            Shape.of(n[0] + n[5], n[0] + n[5] / 2, n[3]),
                            input, relevance, random);
                });
    }

    /** Generates linear layers with signed inputs. */
    public static Arbitrary<Case> linears() {
        Arbitrary<Integer> size = Arbitraries.integers().between(1, 40);
        return Combinators.combine(size, size, Arbitraries.longs()).as((n, m, seed) -> {
            Random random = new Random(seed);
            Linear linear = Linear.of(tensor(Shape.of(m, n), Values.SIGNED, random))
                    .bias(tensor(Shape.of(m), Values.SIGNED, random));
            return of(linear, Shape.of(n), Values.SIGNED, Values.SIGNED, random);
        });
    }

    /** Generates max poolings, with overlapping windows among them. */
    public static Arbitrary<Case> maxPoolings() {
        Arbitrary<Integer> size = Arbitraries.integers().between(1, 3);
        return Combinators.combine(size, size, Arbitraries.integers().between(3, 9), Arbitraries.of(Values.values()),
                Arbitraries.longs())
                .as((kernel, stride, side, values, seed) -> of(MaxPool2d.of(kernel).stride(stride).padding(kernel / 2)
                        .ceil(true), Shape.of(side, side + 1, 5), values, Values.SIGNED, new Random(seed)));
    }

    /** Generates grouped convolutions with dilation and a padding of its own on each side. */
    public static Arbitrary<Case> groupedConvolutions() {
        Arbitrary<Integer> small = Arbitraries.integers().between(1, 3);
        Arbitrary<Integer> padding = Arbitraries.integers().between(0, 2);
        return Combinators.combine(small, small, small, small, padding, padding,
                Arbitraries.of(Values.SIGNED, Values.SPARSE), Arbitraries.longs())
                .as((kernel, stride, dilation, groups, before, after, values, seed) -> {
                    Random random = new Random(seed);
                    Tensor weight = tensor(Shape.of(2 * groups, 3, kernel, 2), Values.SIGNED, random);
                    ConvolutionGeometry convolution = new ConvolutionGeometry(new Window(kernel, stride, before, after,
                            dilation), new Window(2, 1, after, before, dilation));
                    return of(Conv2d.of(weight).bias(tensor(Shape.of(2 * groups), Values.SIGNED, random))
                            .geometry(convolution).groups(groups),
                            Shape.of(7, 6, 3 * groups), values, Values.SIGNED, random);
                });
    }

    /** Generates batch norms of feature maps and of vectors, with signed inputs. */
    public static Arbitrary<Case> batchNorms() {
        return Combinators.combine(Arbitraries.integers().between(1, 9), Arbitraries.of(true, false),
                Arbitraries.longs()).as((channels, map, seed) -> {
            Random random = new Random(seed);
            Shape shape = Shape.of(channels);
            return of(batchNorm(shape, random), map ? Shape.of(4, 3, channels) : shape, Values.SIGNED, Values.SIGNED,
                    random);
        });
    }

    private static BatchNorm2d batchNorm(Shape shape, Random random) {
        return BatchNorm2d.of(tensor(shape, Values.SIGNED, random), tensor(shape, Values.POSITIVE, random))
                .weight(tensor(shape, Values.SIGNED, random)).bias(tensor(shape, Values.SIGNED, random)).epsilon(0.1);
    }

    /**
     * Generates layers that are linear in their weights: convolutions, grouped ones too, linear layers, batch norms.
     */
    public static Arbitrary<Case> maps() {
        return Arbitraries.oneOf(convolutions(Values.values()), groupedConvolutions(), linears(), batchNorms());
    }

    /** Generates sums of one to four branches. */
    public static Arbitrary<Case> sums() {
        return Combinators.combine(Arbitraries.of(Values.values()), Arbitraries.integers().between(1, 4),
                Arbitraries.longs()).as((values, count, seed) -> {
            Random random = new Random(seed);
            return of(new Add(), Collections.nCopies(count, Shape.of(3, 4, 5)), values, random);
        });
    }

    /** Generates concatenations of one to four feature maps or vectors of different widths. */
    public static Arbitrary<Case> concatenations() {
        return Combinators.combine(Arbitraries.integers().between(1, 6).list().ofMinSize(1).ofMaxSize(4),
                Arbitraries.of(true, false), Arbitraries.longs())
                .as((widths, map, seed) -> of(new Concat(), widths.stream()
                .map(width -> map ? Shape.of(3, 2, width) : Shape.of(width)).toList(),
                        Values.SIGNED, new Random(seed)));
    }

    /** Generates average poolings: with overlapping windows, with padding, and to a fixed grid. */
    public static Arbitrary<Case> averages() {
        Arbitrary<Integer> size = Arbitraries.integers().between(1, 3);
        return Combinators.combine(size, size, Arbitraries.of(true, false), Arbitraries.of(true, false),
                Arbitraries.of(Values.values()), Arbitraries.longs())
                .as((kernel, stride, grid, counting, values, seed) -> {
                    Layer layer = grid ? new AdaptiveAvgPool2d(kernel, stride)
                            : AvgPool2d.of(Window.of(kernel, stride, kernel / 2), Window.of(kernel, stride, 0))
                                    .ceil(counting).countPadding(counting);
                    return of(layer, Shape.of(6, 7, 4), values, Values.SIGNED, new Random(seed));
                });
    }

    /** Generates layers that map or move each element on its own. */
    public static Arbitrary<Case> passing() {
        Shape map = Shape.of(3, 4, 5);
        return Combinators.combine(Arbitraries.of(new ReLU(), new LeakyReLU(0.1f), new Clip(0, 0.5f),
                new LocalResponseNorm(3, 1f, 0.75f, 1f), new Dropout(),
                new Flatten(), new Pad2d(1, 0, 2, 1), new Unflatten(5, 3, 4)), Arbitraries.longs()).as((layer, seed) ->
                        of(layer, layer instanceof Unflatten ? Shape.of(map.size()) : map, Values.SIGNED,
                                Values.SIGNED, new Random(seed)));
    }

    private static Case of(Merge layer, List<Shape> inputs, Values values, Random random) {
        return new Case(layer, inputs.stream().map(shape -> tensor(shape, values, random)).toList(),
                tensor(layer.outputShape(inputs), Values.SIGNED, random));
    }

    private static Case of(Layer layer, Shape input, Values values, Values relevance, Random random) {
        return new Case(layer, tensor(input, values, random), tensor(layer.outputShape(input), relevance, random));
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
                Tensor weight = tensor(Shape.of(width, channels, 3, 3), Values.SIGNED, random);
                for (int j = 0; j < weight.data().length; j++) {
                    weight.data()[j] *= (float) bound;
                }
                Conv2d conv = Conv2d.of(weight).padding(1);
                graph.add("conv" + stage + i, biased ? conv.bias(tensor(Shape.of(width), Values.SIGNED, random))
                        : conv);
                graph.add("relu" + stage + i, new ReLU());
                channels = width;
            }
            graph.add("pool" + stage, MaxPool2d.of(2));
        }
        graph.add("avgpool", new AdaptiveAvgPool2d(2, 2));
        graph.add("flatten", new Flatten());
        graph.add("head", Linear.of(tensor(Shape.of(4, 4 * channels), Values.SIGNED, random)));
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
        graph.add("head", Linear.of(tensor(Shape.of(4, 4 * channels), Values.SIGNED, random))
                .bias(tensor(Shape.of(4), Values.SIGNED, random)));
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
        graph.add("stem", Conv2d.of(weight(19, 3, 3, random)).bias(tensor(Shape.of(19), Values.SIGNED, random))
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
                    .bias(tensor(Shape.of(each[0]), Values.SIGNED, random)).stride(each[2]).padding(each[1] / 2));
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
        graph.add("head", Linear.of(tensor(Shape.of(4, 30), Values.SIGNED, random)));
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
                .bias(tensor(Shape.of(width), Values.SIGNED, random)), input);
        graph.add(name + ".relu1x1", new ReLU());
        graph.add(name + ".expand3x3", Conv2d.of(weight(width, channels, 3, random)).padding(1), input);
        graph.add(name + ".relu3x3", new ReLU());
        graph.add(name + ".concat", new Concat(), name + ".relu1x1", name + ".relu3x3");
        return 2 * width;
    }

    private static void convolution(NetworkBuilder graph, String name, int channels, int width, int kernel,
            Random random) {
        graph.add(name, Conv2d.of(weight(width, channels, kernel, random))
                .bias(tensor(Shape.of(width), Values.SIGNED, random)).padding(kernel / 2));
    }

    private static Tensor weight(int width, int channels, int kernel, Random random) {
        Tensor weight = tensor(Shape.of(width, channels, kernel, kernel), Values.SIGNED, random);
        float bound = (float) Math.sqrt(6.0 / (kernel * kernel * channels));
        for (int i = 0; i < weight.data().length; i++) {
            weight.data()[i] *= bound;
        }
        return weight;
    }
}
