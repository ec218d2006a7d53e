package dev.sectional.laws;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * The description of a small convolutional network: a stem (convolution and ReLU), blocks, average pooling to a 2 by 2
 * grid and a linear head. jqwik shrinks the description: fewer blocks, fewer channels, smaller images, smaller kernels.
 * The network that a counterexample describes can be built again from what it prints.
 *
 * @param side height and width of the image, which has three channels
 * @param stem channels of the stem
 * @param blocks between stem and head
 * @param biased whether convolutions and the head have biases
 * @param classes number of classes
 * @param equalClasses whether all classes have the same weights, so that all logits are equal
 * @param seed of the weights
 */
public record NetworkPlan(int side, int stem, List<Block> blocks, boolean biased, int classes, boolean equalClasses,
                          long seed) implements NetworkSource {
    /**
     * Copies the list.
     *
     * @param side the component {@code side}
     * @param stem the component {@code stem}
     * @param blocks the component {@code blocks}
     * @param biased the component {@code biased}
     * @param classes the component {@code classes}
     * @param equalClasses the component {@code equalClasses}
     * @param seed the component {@code seed}
     */
    public NetworkPlan {
        blocks = List.copyOf(blocks);
    }

    /**
     * Generates networks of up to four blocks of any kind, for images of 6 to 14 pixels.
     *
     * @return plans that shrink to fewer blocks and smaller images
     */
    public static Arbitrary<NetworkPlan> any() {
        return of(Arbitraries.oneOf(convolutions(), residuals(), branches(), poolings(),
                Arbitraries.just(new Block.Mean())));
    }

    /**
     * Generates networks of convolutions and max pooling, without branches.
     *
     * @return networks of convolutions and max pooling
     */
    public static Arbitrary<NetworkPlan> chains() {
        return of(Arbitraries.oneOf(convolutions(), poolings()));
    }

    /**
     * Generates networks of up to four of the given blocks.
     *
     * @param blocks from which a plan draws its blocks
     * @return plans of these blocks
     */
    public static Arbitrary<NetworkPlan> of(Arbitrary<Block> blocks) {
        return Combinators.combine(between(6, 14), between(1, 6), blocks.list().ofMaxSize(4),
                Arbitraries.of(false, true), between(2, 4), Arbitraries.longs().dontShrink())
                .as((side, stem, list, biased, classes, seed) -> new NetworkPlan(side, stem, list, biased, classes,
                        false, seed));
    }

    private static Arbitrary<Integer> between(int least, int greatest) {
        return Arbitraries.integers().between(least, greatest).shrinkTowards(least);
    }

    private static Arbitrary<Block> convolutions() {
        return Combinators.combine(between(1, 8), Arbitraries.of(1, 3)).as(Block.Convolution::new);
    }

    private static Arbitrary<Block> residuals() {
        Arbitrary<Boolean> choice = Arbitraries.of(false, true);
        return Combinators.combine(choice, choice, choice).as(Block.Residual::new);
    }

    private static Arbitrary<Block> branches() {
        return between(1, 3).map(Block.Branches::new);
    }

    private static Arbitrary<Block> poolings() {
        return Combinators.combine(between(2, 3), between(1, 2)).as(Block.MaxPool::new);
    }

    /** {@return the same network with equal weights for all classes} */
    public NetworkPlan withEqualClasses() {
        return new NetworkPlan(side, stem, blocks, biased, classes, true, seed);
    }

    /** {@return the same network without biases: an image of zeros then gives zeros everywhere} */
    public NetworkPlan withoutBiases() {
        return new NetworkPlan(side, stem, blocks, false, classes, equalClasses, seed);
    }

    /**
     * Builds the network. The caller closes it.
     *
     * @param engine runs the network; stays the caller's
     * @return the network, to be closed by the caller
     */
    public Network build(Engine engine) {
        NetworkBuilder graph = Network.builder(Shape.of(3, side, side)).engine(engine);
        new Block.Site(graph, "stem", 3, biased, new Random(seed)).convolution("conv", 3, stem, 3, Network.IMAGE);
        graph.add("stem.relu", new ReLU());
        int channels = stem;
        for (int i = 0; i < blocks.size(); i++) {
            channels = blocks.get(i).addTo(new Block.Site(graph, "block" + i, channels, biased,
                    new Random(seed + 1 + i)));
        }
        graph.add("avgpool", new AdaptiveAvgPool2d(2, 2));
        graph.add("flatten", new Flatten());
        return graph.add("head", head(4 * channels, new Random(~seed))).build();
    }

    private Linear head(int inputs, Random random) {
        Tensor weight = Values.SIGNED.tensor(Shape.of(classes, inputs), random);
        Tensor bias = Values.SIGNED.tensor(Shape.of(classes), random);
        for (int i = 1; equalClasses && i < classes; i++) {
            System.arraycopy(weight.data(), 0, weight.data(), i * inputs, inputs);
            Arrays.fill(bias.data(), bias.data()[0]);
        }
        return biased ? Linear.of(weight).bias(bias) : Linear.of(weight);
    }

    @Override
    public <T> T with(Engine engine, Function<Network, T> use) {
        try (Network network = build(engine)) {
            return use.apply(network);
        }
    }

    @Override
    public boolean usesEngine() {
        return true;
    }
}
