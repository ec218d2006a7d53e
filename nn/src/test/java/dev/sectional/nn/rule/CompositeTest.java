package dev.sectional.nn.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CompositeTest {
    /** A layer that nobody has a rule for. */
    private static final class GroupNorm implements Layer {
        @Override
        public Shape outputShape(Shape input) {
            return input;
        }

        @Override
        public Tensor forward(Engine engine, Tensor x) {
            return x;
        }

        @Override
        public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
            return outputGradient;
        }
    }

    private Engine engine;
    private Network network;

    /** Two branches from the image, each with a convolution of its own, that meet in a sum. */
    @BeforeEach
    void open() {
        engine = Engine.open(Provider.configured(), 1);
        NetworkBuilder graph = Network.builder();
        graph.add("left.conv", convolution(3, 4), Network.IMAGE);
        graph.add("right.conv", convolution(3, 4), Network.IMAGE);
        graph.add("add", new Add(), "left.conv", "right.conv");
        graph.add("relu", new ReLU());
        graph.add("top.conv", convolution(4, 4));
        graph.add("top.gn", new GroupNorm());
        graph.add("pool", new AdaptiveAvgPool2d(1, 1));
        graph.add("flatten", new Flatten());
        graph.add("head", Linear.of(ones(Shape.of(2, 4))));
        network = graph.card(ModelCard.fromMetadata(Map.of("sectional.input", "3,4,4"))).engine(engine).build();
    }

    @AfterEach
    void close() {
        network.close();
        engine.close();
    }

    private static Conv2d convolution(int channels, int width) {
        return Conv2d.of(ones(Shape.of(width, channels, 1, 1)));
    }

    private static Tensor ones(Shape shape) {
        Tensor tensor = Tensor.zeros(shape);
        Arrays.fill(tensor.data(), 1);
        return tensor;
    }

    private String rule(Composite composite, String node) {
        return composite.rule(network, network.indexOf(node)).name();
    }

    @Test
    void mapsByKindNameAndPosition() {
        Composite composite = Composite.uniform("mine", Rules.epsilon(0.1)).kind(Conv2d.class, Rules.zPlus());
        assertEquals(List.of("z+", "epsilon", "pass", "proportional"),
                List.of(rule(composite, "top.conv"), rule(composite, "head"), rule(composite, "relu"),
                rule(composite, "add")));
        assertEquals("flat", rule(composite.name("top\\..*", Rules.flat()), "top.conv"));
        assertEquals("z+", rule(composite.name("top", Rules.flat()), "top.conv"), "the whole name has to match");

        Composite first = composite.first(Conv2d.class, Rules.zBox());
        assertEquals(List.of("z^B", "z^B", "z+"),
                List.of(rule(first, "left.conv"), rule(first, "right.conv"), rule(first, "top.conv")));
        Composite last = composite.last(WeightedLayer.class, Rules.wSquare());
        assertEquals(List.of("z+", "w^2"), List.of(rule(last, "top.conv"), rule(last, "head")));
        Composite second = composite.at(Conv2d.class, 1, Rules.flat()).at(Conv2d.class, -1, Rules.gamma(1));
        assertEquals(List.of("z+", "flat", "gamma"),
                List.of(rule(second, "left.conv"), rule(second, "right.conv"), rule(second, "top.conv")));
    }

    /** Rules at a first convolution, a later one, and the last linear layer. */
    @Test
    void publishedComposites() {
        Map<String, Composite> published = Composite.published();
        assertEquals(List.of("epsilon-plus", "epsilon-plus-flat", "epsilon-alpha2-beta1", "epsilon-alpha2-beta1-flat",
                "epsilon-gamma-box"), List.copyOf(published.keySet()));
        assertEquals(List.of("z+ z+ epsilon", "flat z+ epsilon", "alpha-beta alpha-beta epsilon",
                "flat alpha-beta epsilon", "z^B gamma epsilon"), published.values().stream().map(this::rules).toList());
        published.forEach((name, composite) -> assertEquals(name + name, composite.name() + composite));
        assertEquals("z+ z+ z+", rules(Composite.excitation()));
        assertEquals("z+ z+ " + Rules.contrast().name(), rules(Composite.contrastiveExcitation()));
        assertEquals("contrastive-excitation-backprop", Composite.contrastiveExcitation().name());
        assertEquals("z^B rap rap start", rules(Composite.rap()));
        String apart = Rules.alphaBetaApart(2).name();
        assertEquals("z^B " + apart + " " + apart, rules(Composite.alphaBetaBox(2)));
        assertEquals("epsilon epsilon epsilon", rules(Composite.attnLrp()));
    }

    private String rules(Composite composite) {
        return rule(composite, "left.conv") + " " + rule(composite, "top.conv") + " " + rule(composite, "head");
    }

    @Test
    void positionsOutsideTheNetworkMeanNoLayer() {
        Composite plain = Composite.uniform("mine", Rules.epsilon(0.1));
        for (int index : new int[] {3, -4}) {
            assertEquals("epsilon epsilon epsilon", rules(plain.at(Conv2d.class, index, Rules.flat())));
        }
        assertEquals("flat epsilon epsilon", rules(plain.at(Conv2d.class, 0, Rules.flat())));
        assertEquals("flat epsilon epsilon", rules(plain.at(Conv2d.class, -3, Rules.flat())));
        assertEquals("epsilon flat epsilon", rules(plain.last(Conv2d.class, Rules.flat())));
    }

    @Test
    void theEntryAddedLastDecides() {
        Composite composite = Composite.epsilonGammaBox().kind(Conv2d.class, Rules.flat());
        assertEquals("flat", rule(composite, "left.conv"));
        assertEquals("z^B", rule(Composite.epsilonGammaBox(), "left.conv"), "a composite does not change");
    }

    @Test
    void aLayerWithoutARuleIsOneLine() {
        InputException none = assertThrows(InputException.class, () -> rule(Composite.epsilonPlus(), "top.gn"));
        assertEquals("no rule for GroupNorm 'top.gn'; give one in the composite", none.getMessage());
        InputException misfit = assertThrows(InputException.class, () ->
                rule(Composite.epsilonPlus().name("add", Rules.zPlus()), "add"));
        assertEquals("rule z+ does not fit Add 'add'; give another in the composite", misfit.getMessage());
    }

    @Test
    void wrongNumbersAreRefused() {
        for (Runnable wrong : List.<Runnable>of(() -> Rules.epsilon(-1), () -> Rules.epsilon(Double.NaN), () ->
                Rules.alphaBeta(0.99),
                () -> Rules.alphaBeta(2, 1.1), () -> Rules.alphaBetaApart(0), () -> Rules.gamma(-0.1), () ->
                Rules.zBox(1, 2))) {
            assertThrows(IllegalArgumentException.class, wrong::run);
        }
        assertEquals("alpha-beta", Rules.alphaBeta(1.1, 0.1).name(), "0.1 is not exactly 1.1 - 1");
    }

    @Test
    void anInputThatLeavesTheBoxIsRefused() {
        Tensor x = Tensor.of(Shape.of(1, 1, 3), 0.5f, 3f, -1f);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> Rules.zBox(-2, 2).propagate(engine, convolution(3, 4), x, Tensor.zeros(Shape.of(1, 1, 4))));
        assertTrue(e.getMessage().contains("-1.0 .. 3.0") && e.getMessage().contains("-2.0 .. 2.0"), e.getMessage());
    }
}
