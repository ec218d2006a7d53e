package dev.sectional.attribution.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.GradCam;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.Tape;
import dev.sectional.nn.layer.Concat;
import dev.sectional.nn.layer.Constant;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.Pointwise;
import dev.sectional.nn.layer.Reduce;
import dev.sectional.nn.layer.Reshape;
import dev.sectional.nn.layer.ScalarFunction;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A patch embedding of 2 x 3 positions and 2 channels, whose tokens follow class tokens. */
class TokenGridTest {
    private static final float[] KERNELS = {0.5f, -0.25f, 0.75f, 1, -0.5f, 1, 0.25f, 0.125f};

    private static Network network(int classTokens) {
        ModelCard card = ModelCard.fromMetadata(Map.of("sectional.input", "1,4,6"));
        NetworkBuilder graph = Network.builder().card(card)
                .add("patches", Conv2d.of(Tensor.of(Shape.of(2, 1, 2, 2), KERNELS)).stride(2))
                .add("tokens", new Reshape(Shape.of(6, 2)));
        float[] own = new float[2 * classTokens];
        graph.add("class", new Constant(Tensor.of(Shape.of(classTokens, 2), own)), Network.IMAGE);
        graph.add("all", new Concat(0), "class", "tokens");
        graph.add("squared", new Pointwise(ScalarFunction.SIGMOID));
        graph.add("mean", new Reduce(Reduce.Operation.MEAN, new int[] {0}, false));
        graph.add("head", Linear.of(Tensor.of(Shape.of(2, 2), 1, 2, -1, 3)));
        return graph.build();
    }

    private static Tensor image() {
        float[] values = new float[24];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i * 7 % 11 - 4) / 4f;
        }
        return Tensor.of(Shape.of(1, 4, 6), values);
    }

    @Test
    void tokensLieOnTheFeatureMapBelowThem() {
        for (int classTokens : new int[] {1, 2, 8}) {
            try (Network network = network(classTokens)) {
                Tape tape = network.forward(image());
                assertEquals(new TokenGrid(Shape.of(2, 3, 2), 2 * classTokens),
                        TokenGrid.of(tape, network.indexOf("all")), classTokens + " class tokens");
                assertEquals(new TokenGrid(Shape.of(2, 3, 2), 0), TokenGrid.of(tape, network.indexOf("tokens")));
                assertEquals(new TokenGrid(Shape.of(2, 3, 2), 0), TokenGrid.of(tape, network.indexOf("patches")));
                InputException e = assertThrows(InputException.class,
                        () -> TokenGrid.of(tape, network.indexOf("head")));
                assertTrue(e.getMessage().contains("'head'"), e.getMessage());
            }
        }
        try (Network network = network(9)) {
            Tape tape = network.forward(image());
            assertThrows(InputException.class, () -> TokenGrid.of(tape, network.indexOf("all")), "not class tokens");
        }
    }

    /**
     * Below the tokens lie maps of one position, of a pooling and of the convolution that made them; above them a map
     * of a convolution of its own. All of them fit the number of tokens.
     */
    @Test
    void otherFeatureMapsOfAFittingSizeAreNoGrid() {
        NetworkBuilder graph = Network.builder().card(ModelCard.fromMetadata(Map.of("sectional.input", "1,4,6")))
                .add("patches", Conv2d.of(Tensor.of(Shape.of(2, 1, 2, 2), KERNELS)).stride(2))
                .add("pool", MaxPool2d.of(2).stride(1), "patches")
                .add("one", Conv2d.of(Tensor.zeros(Shape.of(2, 2, 1, 2))), "pool")
                .add("tokens", new Reshape(Shape.of(6, 2)), "patches")
                .add("late", Conv2d.of(Tensor.zeros(Shape.of(2, 1, 2, 2))).stride(2, 4), Network.IMAGE);
        for (String map : List.of("pool", "one", "late")) {
            graph.add(map + ".flat", new Flatten(), map);
        }
        graph.add("tokens.flat", new Reshape(Shape.of(12)), "tokens");
        graph.add("all", new Concat(0), "pool.flat", "one.flat", "late.flat", "tokens.flat");
        try (Network network = graph.build()) {
            Tape tape = network.forward(image());
            assertEquals(Shape.of(1, 2, 2), tape.output(network.indexOf("pool")).shape());
            assertEquals(Shape.of(1, 1, 2), tape.output(network.indexOf("one")).shape());
            assertEquals(new TokenGrid(Shape.of(2, 3, 2), 0), TokenGrid.of(tape, network.indexOf("tokens")));
        }
    }

    /** Grad-CAM at tokens: the class tokens have neither weight nor position. */
    @Test
    void gradCamLeavesClassTokensOut() {
        try (Network network = network(2)) {
            Tape tape = network.forward(image());
            float[] values = tape.output(network.indexOf("all")).data();
            double[] weights = new double[2];
            for (int i = 4; i < values.length; i++) {
                double y = 1 / (1 + Math.exp(-values[i]));
                weights[i % 2] += y * (1 - y) / 8 * (i % 2 == 0 ? 1 : 2) / 6;
            }
            Tensor relevance = GradCam.at("all").explain(network, image(), Target.of(0)).relevance();
            double corner = values[4] * weights[0] + values[5] * weights[1];
            assertEquals(Math.max(0, corner), relevance.data()[0], 1e-6);
            double last = values[14] * weights[0] + values[15] * weights[1];
            assertEquals(Math.max(0, last), relevance.data()[23], 1e-6);
            assertTrue(corner > 0 || last > 0, "one of them shows");
        }
    }
}
