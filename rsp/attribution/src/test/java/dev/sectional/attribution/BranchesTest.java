package dev.sectional.attribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.method.GradCam;
import dev.sectional.attribution.method.Gradients;
import dev.sectional.attribution.method.Lrp;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.layer.Softmax;
import dev.sectional.nn.rule.AbsorbedRelevance;
import dev.sectional.nn.rule.Composite;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Accounts where branches meet: (2 x) + (relu x) of an image of four pixels, and a head of ones. */
class BranchesTest {
    private static final ModelCard CARD = ModelCard.fromMetadata(Map.of("sectional.input", "1,2,2"));
    private static final Tensor IMAGE = Tensor.of(Shape.of(1, 2, 2), 1, 2, 3, -4);

    private static Network network() {
        NetworkBuilder graph = Network.builder().card(CARD);
        graph.add("double", Conv2d.of(Tensor.of(Shape.of(1, 1, 1, 1), 2)), Network.IMAGE);
        graph.add("positive", new ReLU(), Network.IMAGE);
        graph.add("sum", new Add(), "double", "positive");
        graph.add("relu", new ReLU());
        graph.add("flatten", new Flatten());
        graph.add("head", Linear.of(Tensor.of(Shape.of(2, 4), 1, 1, 1, 1, 1, -1, 1, 1)));
        return graph.build();
    }

    /** The logits are 18 = 3 + 6 + 9 and 6 = 3 - 6 + 9; each sum splits 2 to 1. */
    @Test
    void theSumsOfEveryAccountAreThoseOfItsTensors() {
        Lrp method = Lrp.of(Composite.uniform("lrp-0", Rules.zero()));
        for (boolean keeping : new boolean[] {true, false}) {
            try (Network network = network()) {
                List<Attribution> both = method.keepingLayerRelevances(keeping).explainAll(network, IMAGE,
                        List.of(Target.of(0), Target.of(1)));
                assertAccounts(both.get(0), 18, 18);
                assertAccounts(both.get(1), 6, 18);
                assertArrayEquals(new float[] {3, 6, 9, 0}, both.get(0).relevance().data(), 1e-4f);
                assertArrayEquals(new float[] {3, -6, 9, 0}, both.get(1).relevance().data(), 1e-4f);
                assertEquals(keeping, both.get(0).layerRelevances().containsKey("relu"));
                assertFalse(both.get(0).layerRelevances().containsKey("sum"), "two inputs");
            }
        }
    }

    private static void assertAccounts(Attribution result, double sum, double absolutes) {
        for (LayerAccount layer : result.layers()) {
            double share = layer.name().equals("double") ? 2 / 3.0 : layer.name().equals("positive") ? 1 / 3.0 : 1;
            assertEquals(share * sum, layer.outputSum(), 1e-4, layer.name());
            assertEquals(share * sum, layer.inputSum(), 1e-4, layer.name());
            assertEquals(share * absolutes, layer.sumOfAbsolutes(), 1e-4, layer.name());
        }
        assertEquals(6, result.layers().size());
    }

    /** z^B does not fit the input: the refusal names layer and rule. */
    @Test
    void aRefusalNamesItsLayer() {
        Lrp method = Lrp.of(Composite.uniform("box", Rules.zero()).kind(Conv2d.class, Rules.zBox(-1, 1)));
        try (Network network = network()) {
            InputException e = assertThrows(InputException.class,
                    () -> method.explain(network, IMAGE, Target.of(0)));
            assertTrue(e.getMessage().startsWith("layer 'double', rule z^B: the input leaves the box"), e.getMessage());
        }
    }

    @Test
    void aNetworkThatEndsInASoftmaxIsRefused() {
        try (Network network = Network.builder().card(CARD).add("conv", Conv2d.of(Tensor.of(Shape.of(1, 1, 1, 1), 2)))
                .add("flatten", new Flatten()).add("end", new Softmax()).build()) {
            InputException e = assertThrows(InputException.class,
                    () -> Rsp.reference().explain(network, IMAGE, Target.of(0)));
            assertTrue(e.getMessage().contains("ends in a softmax, 'end'"), e.getMessage());
            assertThrows(InputException.class, () -> Gradients.plain()
                    .explain(network, IMAGE, Target.of(0)));
            assertThrows(InputException.class, () -> GradCam.atLastFeatureMap()
                    .explain(network, IMAGE, Target.of(0)));
        }
    }

    @Test
    void randomRelevanceIsNormal() {
        Tensor values = Verification.random(Shape.of(10_000), new Random(1));
        assertEquals(0, values.sum() / 10_000, 0.05);
        double squares = 0;
        for (float value : values.data()) {
            squares += value * value;
        }
        assertEquals(1, squares / 10_000, 0.05);
    }

    /** A rule that is no linear function of r: the check tells by how much, relative to the greatest relevance. */
    @Test
    void scalingIsMeasuredRelativeToTheGreatestRelevance() {
        try (Network network = network()) {
            List<Verification.Check> checks = Verification.of(network, new Shifted(), IMAGE, 3);
            assertEquals(1, checks.size());
            assertFalse(checks.get(0).scales(0.01), checks.toString());
            assertTrue(checks.get(0).scaling() < 10 && checks.get(0).scales(checks.get(0).scaling()));
            double residual = checks.get(0).account().residual();
            assertTrue(checks.get(0).conserves(residual) && !checks.get(0).conserves(residual / 2));
        }
    }

    /** Adds 1 to the relevance of every input. */
    private static final class Shifted implements Rule {
        @Override
        public String name() {
            return "shifted";
        }

        @Override
        public boolean fits(Layer layer) {
            return layer instanceof Conv2d;
        }

        @Override
        public Propagated propagate(Engine engine,
                Layer layer, Tensor x, Tensor r) {
            Tensor c = r.copy();
            for (int i = 0; i < c.data().length; i++) {
                c.data()[i] += 1;
            }
            return new Propagated(c, AbsorbedRelevance.NONE);
        }
    }

    /** RSP starts at the last feature map or below it, with purging on request. */
    @Test
    void theStartLayerOfRsp() {
        try (Network network = StridedNetwork.network()) {
            assertEquals(network.indexOf("relu"), Rsp.reference().start(network));
            assertEquals(network.indexOf("conv"), Rsp.reference().startLayer("conv").start(network));
            InputException above = assertThrows(InputException.class,
                    () -> Rsp.reference().startLayer("head").start(network));
            assertTrue(above.getMessage().contains("'head'"), above.getMessage());
            assertEquals("rsp-relative", Rsp.reference().relative(Interest.top(2)).startLayer("relu").name());
            List<Target> all = List.of(Target.top(3));
            List<Attribution> together = Rsp.reference().keepingLayerRelevances(true).explainAll(network,
                    StridedNetwork.image(), all);
            assertEquals(3, together.size());
            assertTrue(together.get(0).layerRelevances().containsKey("conv"));
            for (Attribution each : together) {
                assertArrayEquals(Rsp.reference().explain(network, StridedNetwork.image(), Target.of(each.target()))
                        .relevance().data(), each.relevance().data());
            }
            String rule = Rsp.reference().purging(true).composite().rule(network, network.indexOf("conv")).name();
            assertEquals("z^B after purging", rule);
            assertEquals("z^B", Rsp.reference().composite().rule(network, network.indexOf("conv")).name());
        }
    }

    @Test
    void purgingPrecedesEveryConvolution() {
        Conv2d conv = Conv2d.of(Tensor.of(Shape.of(1, 1, 1, 1), 2));
        try (Network network = Network.builder().card(CARD).add("first", conv).add("second", conv)
                .add("flatten", new Flatten()).add("head", Linear.of(Tensor.of(Shape.of(1, 4), 1, 1, 1, 1))).build()) {
            for (boolean on : new boolean[] {true, false}) {
                Composite composite = Rsp.reference().purging(on).composite();
                assertEquals(on ? "rsp after purging" : "rsp", composite.rule(network, 1).name());
                assertEquals(on ? "z^B after purging" : "z^B", composite.rule(network, 0).name());
            }
        }
    }
}
