package dev.sectional.testing;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.AdaptiveAvgPool2d;
import dev.sectional.nn.Conv2d;
import dev.sectional.nn.Flatten;
import dev.sectional.nn.Graph;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Linear;
import dev.sectional.nn.MaxPool2d;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.ReLU;
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
     * A layer, an input that it takes and relevance at its output.
     */
    public record Case(Layer layer, Tensor x, Tensor r) {
        @Override
        public String toString() {
            return layer.getClass().getSimpleName() + " x " + x.shape() + " r " + r.shape()
                    + (layer instanceof Conv2d conv ? " weight " + conv.weightShape() + " " + conv.convolution() : "");
        }
    }

    /** What a tensor's values are like. */
    public enum Values {
        /** Both signs. */
        SIGNED,
        /** At least 0, as after a ReLU. */
        POSITIVE,
        /** At least 0 and mostly 0. */
        SPARSE,
        /** All 0. */
        ZERO
    }

    /** A tensor of the given shape; values of one size, so that rounding can be judged against their sum. */
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

    /** Convolutions of kernel 1 to 5, stride 1 to 3, any padding, with inputs as named and signed relevance. */
    public static Arbitrary<Case> convolutions(Values... inputs) {
        Arbitrary<Integer> small = Arbitraries.integers().between(1, 5);
        Arbitrary<Integer> channels = Arbitraries.integers().between(1, 12);
        Arbitrary<int[]> sizes = Combinators.combine(small, Arbitraries.integers().between(1, 3), Arbitraries.integers().between(0, 2),
                channels, channels, Arbitraries.integers().between(0, 8)).as((k, s, p, c, o, more) -> new int[] {k, s, p, c, o, more});
        return Combinators.combine(sizes, Arbitraries.of(inputs), Arbitraries.of(Values.SIGNED, Values.POSITIVE, Values.SPARSE, Values.ZERO),
                Arbitraries.longs(), Arbitraries.of(true, false)).as((n, input, relevance, seed, biased) -> {
                    Random random = new Random(seed);
                    Tensor weight = tensor(Shape.of(n[4], n[3], n[0], n[0]), Values.SIGNED, random);
                    Tensor bias = biased ? tensor(Shape.of(n[4]), Values.SIGNED, random) : null;
                    return of(new Conv2d(weight, bias, n[1], Math.min(n[2], n[0] - 1)), Shape.of(n[0] + n[5], n[0] + n[5] / 2, n[3]),
                            input, relevance, random);
                });
    }

    /** Linear layers with signed inputs. */
    public static Arbitrary<Case> linears() {
        Arbitrary<Integer> size = Arbitraries.integers().between(1, 40);
        return Combinators.combine(size, size, Arbitraries.longs()).as((n, m, seed) -> {
            Random random = new Random(seed);
            Linear linear = new Linear(tensor(Shape.of(m, n), Values.SIGNED, random), tensor(Shape.of(m), Values.SIGNED, random));
            return of(linear, Shape.of(n), Values.SIGNED, Values.SIGNED, random);
        });
    }

    /** Max poolings, also of overlapping windows. */
    public static Arbitrary<Case> maxPoolings() {
        Arbitrary<Integer> size = Arbitraries.integers().between(1, 3);
        return Combinators.combine(size, size, Arbitraries.integers().between(3, 9), Arbitraries.of(Values.values()), Arbitraries.longs())
                .as((kernel, stride, side, values, seed) -> of(new MaxPool2d(kernel, stride, kernel / 2, true),
                        Shape.of(side, side + 1, 5), values, Values.SIGNED, new Random(seed)));
    }

    private static Case of(Layer layer, Shape input, Values values, Values relevance, Random random) {
        return new Case(layer, tensor(input, values, random), tensor(layer.outputShape(input), relevance, random));
    }

    /** Small VGG-like networks of one to three stages, and an image. */
    public static Network network(Engine engine, Random random, int side, boolean biased) {
        Graph graph = new Graph();
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
                Tensor bias = biased ? tensor(Shape.of(width), Values.SIGNED, random) : null;
                graph.add("conv" + stage + i, new Conv2d(weight, bias, 1, 1));
                graph.add("relu" + stage + i, new ReLU());
                channels = width;
            }
            graph.add("pool" + stage, new MaxPool2d(2, 2, 0, false));
        }
        graph.add("avgpool", new AdaptiveAvgPool2d(2, 2));
        graph.add("flatten", new Flatten());
        graph.add("head", new Linear(tensor(Shape.of(4, 4 * channels), Values.SIGNED, random), null));
        ModelCard card = ModelCard.of(Map.of("sectional.input", "3," + side + "," + side));
        return new Network(card, graph.nodes(), engine);
    }
}
