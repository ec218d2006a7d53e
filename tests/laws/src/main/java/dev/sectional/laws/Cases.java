package dev.sectional.laws;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Window;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
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
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * jqwik generators of the layers of convolutional networks, with inputs and relevance. Sizes shrink towards 1, strides
 * towards 1 and values towards whole numbers. {@link TensorCases} has layers for values of any rank.
 */
public final class Cases {
    private Cases() {
    }

    private static Arbitrary<Integer> between(int least, int greatest) {
        return Arbitraries.integers().between(least, greatest).shrinkTowards(least);
    }

    static Case of(Layer layer, Shape input, Values values, Values relevance, Draw draw) {
        return new Case(layer, draw.tensor(input, values), draw.tensor(layer.outputShape(input), relevance)).from(draw);
    }

    static Case of(Merge layer, List<Shape> inputs, Values values, Draw draw) {
        return new Case(layer, inputs.stream().map(shape -> draw.tensor(shape, values)).toList(),
                draw.tensor(layer.outputShape(inputs), Values.SIGNED)).from(draw);
    }

    /**
     * Generates convolutions with kernels of 1 to 5, strides of 1 to 3 and paddings of 0 to 2.
     *
     * @param inputs kinds of input values, one of which each case has
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> convolutions(Values... inputs) {
        Arbitrary<int[]> sizes = Combinators.combine(between(1, 5), between(1, 3), between(0, 2), between(1, 12),
                between(1, 12), between(0, 8)).as((k, s, p, c, o, more) -> new int[] {k, s, p, c, o, more});
        return Combinators.combine(sizes, Arbitraries.of(inputs),
                Arbitraries.of(Values.SIGNED, Values.POSITIVE, Values.SPARSE, Values.ZERO), Draw.any(),
                Arbitraries.of(false, true)).as((n, input, relevance, draw, biased) -> {
                    Conv2d conv = Conv2d.of(draw.signed(n[4], n[3], n[0], n[0])).stride(n[1])
                            .padding(Math.min(n[2], n[0] - 1));
                    return of(biased ? conv.bias(draw.signed(n[4])) : conv,
                            Shape.of(n[0] + n[5], n[0] + n[5] / 2, n[3]), input, relevance, draw)
                            .moving(new Steps(n[1], n[1], n[0]));
                });
    }

    /**
     * Generates linear layers with signed inputs.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> linears() {
        return Combinators.combine(between(1, 40), between(1, 40), Draw.any()).as((n, m, draw) ->
                of(Linear.of(draw.signed(m, n)).bias(draw.signed(m)), Shape.of(n), Values.SIGNED, Values.SIGNED, draw));
    }

    /**
     * Generates max poolings, with overlapping windows among them.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> maxPoolings() {
        return Combinators.combine(between(1, 3), between(1, 3), between(3, 9), between(1, 5),
                Arbitraries.of(Values.values()), Draw.any()).as((kernel, stride, side, channels, values, draw) ->
                of(MaxPool2d.of(kernel).stride(stride).padding(kernel / 2).ceil(true),
                        Shape.of(side, side + 1, channels), values, Values.SIGNED, draw)
                        .moving(new Steps(stride, stride, kernel + stride)));
    }

    /**
     * Generates grouped convolutions with dilation and a padding of its own on each side.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> groupedConvolutions() {
        return Combinators.combine(between(1, 3), between(1, 3), between(1, 3), between(1, 3), between(0, 2),
                between(0, 2), Arbitraries.of(Values.SIGNED, Values.SPARSE), Draw.any())
                .as((kernel, stride, dilation, groups, before, after, values, draw) -> {
                    ConvolutionGeometry convolution = new ConvolutionGeometry(new Window(kernel, stride, before, after,
                            dilation), new Window(2, 1, after, before, dilation));
                    return of(Conv2d.of(draw.signed(2 * groups, 3, kernel, 2)).bias(draw.signed(2 * groups))
                            .geometry(convolution).groups(groups), Shape.of(7, 6, 3 * groups), values, Values.SIGNED,
                            draw).moving(new Steps(stride, 1, 8));
                });
    }

    /**
     * Generates batch norms of feature maps and of vectors, with signed inputs.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> batchNorms() {
        return Combinators.combine(between(1, 9), Arbitraries.of(true, false), Draw.any())
                .as((channels, map, draw) -> {
                    Shape shape = Shape.of(channels);
                    BatchNorm2d layer = BatchNorm2d.of(draw.tensor(shape, Values.SIGNED),
                            draw.tensor(shape, Values.POSITIVE)).weight(draw.tensor(shape, Values.SIGNED))
                            .bias(draw.tensor(shape, Values.SIGNED)).epsilon(0.1);
                    Case sample = of(layer, map ? Shape.of(4, 3, channels) : shape, Values.SIGNED, Values.SIGNED, draw);
                    return map ? sample.moving(Steps.ONE) : sample;
                });
    }

    /**
     * Generates layers that are linear in their weights: convolutions, grouped ones too, linear layers, batch norms.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> weightedLayers() {
        return Arbitraries.oneOf(convolutions(Values.values()), groupedConvolutions(), linears(), batchNorms());
    }

    /**
     * Generates sums of one to four branches.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> sums() {
        return Combinators.combine(Arbitraries.of(Values.values()), between(1, 4), Draw.any())
                .as((values, count, draw) -> of(new Add(), Collections.nCopies(count, Shape.of(3, 4, 5)), values, draw)
                        .moving(Steps.ONE));
    }

    /**
     * Generates concatenations of one to four feature maps or vectors of different widths.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> concatenations() {
        return Combinators.combine(between(1, 6).list().ofMinSize(1).ofMaxSize(4), Arbitraries.of(true, false),
                Draw.any()).as((widths, map, draw) -> of(new Concat(), widths.stream()
                        .map(width -> map ? Shape.of(3, 2, width) : Shape.of(width)).toList(), Values.SIGNED, draw));
    }

    /**
     * Generates average poolings: with overlapping windows, with padding, and to a fixed grid.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> averages() {
        return Combinators.combine(between(1, 3), between(1, 3), Arbitraries.of(true, false),
                Arbitraries.of(true, false), Arbitraries.of(Values.values()), Draw.any())
                .as((kernel, stride, grid, counting, values, draw) -> {
                    if (grid) {
                        return of(new AdaptiveAvgPool2d(kernel, stride), Shape.of(6, 7, 4), values, Values.SIGNED,
                                draw);
                    }
                    Layer layer = AvgPool2d.of(Window.of(kernel, stride, kernel / 2), Window.of(kernel, stride, 0))
                            .ceil(counting).countPadding(counting);
                    return of(layer, Shape.of(6, 7, 4), values, Values.SIGNED, draw)
                            .moving(new Steps(stride, stride, kernel + stride));
                });
    }

    /**
     * Generates layers that map or move each element on its own.
     *
     * @return cases that shrink to fewer and smaller values
     */
    public static Arbitrary<Case> passing() {
        Shape map = Shape.of(3, 4, 5);
        return Combinators.combine(Arbitraries.of(new ReLU(), new LeakyReLU(0.1f), new Clip(0, 0.5f),
                new LocalResponseNorm(3, 1f, 0.75f, 1f), new Dropout(),
                new Flatten(), new Pad2d(1, 0, 2, 1), new Unflatten(5, 3, 4)), Draw.any()).as((layer, draw) -> {
                    Case sample = of(layer, layer instanceof Unflatten ? Shape.of(map.size()) : map, Values.SIGNED,
                            Values.SIGNED, draw);
                    boolean pointwise = layer instanceof ReLU || layer instanceof LeakyReLU || layer instanceof Clip
                            || layer instanceof Dropout || layer instanceof LocalResponseNorm;
                    return pointwise ? sample.moving(Steps.ONE) : sample;
                });
    }
}
