package dev.sectional.attribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.method.Lrp;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.rule.AbsorbedRelevance;
import dev.sectional.nn.rule.Composite;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AccountTest {
    private static final Lrp LRP_ZERO = Lrp.of(Composite.uniform("lrp-0", Rules.zero()));

    private static Network network() {
        return TinyNetwork.of("[]", 1, 2, 3, 4, 2, 0, 0, 0);
    }

    private static LayerAccount account(double outputSum, double inputSum, double absorbed) {
        return new LayerAccount("name", "rule", outputSum, inputSum, AbsorbedRelevance.withheld(absorbed), 4, Set.of());
    }

    @Test
    void theResidualIsWhatIsNotAccountedFor() {
        assertEquals(0, account(3, 2, 1).residual());
        assertEquals(0.25, account(3, 2, 0).residual());
        assertEquals(0.5, account(3, 2, 3).residual(), "absorbed too much");
        AbsorbedRelevance none = AbsorbedRelevance.NONE;
        assertEquals(0, new LayerAccount("name", "rule", 0, 0, none, 0, Set.of()).residual());
        assertTrue(new LayerAccount("name", "rule", 0, 0, none, 0, Set.of()).isVacuous());
        assertFalse(account(3, 2, 1).isVacuous());
    }

    /** The logit is 30 = 1 + 4 + 9 + 16, the shares of the four pixels. */
    @Test
    void everyLayerHasAnAccount() {
        try (Network network = network()) {
            Attribution result = LRP_ZERO.keepingLayerRelevances(true)
                    .explain(network, TinyNetwork.IMAGE, Target.of(0));
            assertEquals(List.of("head", "flatten", "relu", "conv"),
                    result.layers().stream().map(LayerAccount::name).toList());
            for (LayerAccount layer : result.layers()) {
                assertEquals(30, layer.outputSum(), 1e-5, layer.name());
                assertEquals(30, layer.inputSum(), 1e-5, layer.name());
                assertEquals(30, layer.sumOfAbsolutes(), 1e-5, layer.name());
            }
            assertArrayEquals(new float[] {1, 4, 9, 16}, result.relevance().data(), 1e-5f);
            assertArrayEquals(new float[] {1, 4, 9, 16}, result.layerRelevances().get("head").data(), 1e-5f);
            assertEquals(30, result.logit());
            assertEquals("0", result.label(), "without labels the index");
        }
    }

    @Test
    void resultsShareNoMemoryAndTheirCollectionsAreImmutable() {
        try (Network network = network()) {
            List<Target> targets = List.of(Target.top(2), Target.of(1));
            List<Attribution> both = LRP_ZERO.explainAll(network, TinyNetwork.IMAGE, targets);
            assertEquals(2, both.size(), "each class once");
            assertNotSame(both.get(0).logits().data(), both.get(1).logits().data());
            assertThrows(UnsupportedOperationException.class, () -> both.get(0).layers().clear());
            assertTrue(both.get(0).layerRelevances().isEmpty());
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> LRP_ZERO.explain(network, TinyNetwork.IMAGE, Target.top(2)));
            assertTrue(e.getMessage().contains("which means 2: call explainAll"), e.getMessage());
        }
    }

    @Test
    void verificationVisitsEveryLayerFromTheStart() {
        try (Network network = network()) {
            List<Verification.Check> checks = Verification.of(network, LRP_ZERO, TinyNetwork.IMAGE, 1);
            assertEquals(List.of("head", "flatten", "relu", "conv"),
                    checks.stream().map(check -> check.account().name()).toList());
            for (Verification.Check check : checks) {
                assertTrue(check.conserves(1e-5) && check.scales(1e-5), check.toString());
            }
            assertEquals(1, Verification.of(network, Rsp.rule(), TinyNetwork.IMAGE, 1).size(), "the convolution alone");
            assertFalse(new Verification.Check(account(3, 2, 0), 0.1, 2).conserves(0.2));
            assertFalse(new Verification.Check(account(3, 3, 0), 0.1, 3).scales(0.05));
        }
    }

    @Test
    void checksOfADeadNetworkAreVacuous() {
        Tensor zeros = Tensor.zeros(TinyNetwork.IMAGE.shape());
        try (Network network = network()) {
            assertFalse(Verification.of(network, LRP_ZERO, TinyNetwork.IMAGE, 1).stream()
                    .anyMatch(Verification.Check::isVacuous));
            List<Verification.Check> checks = Verification.of(network, LRP_ZERO, zeros, 1);
            for (Verification.Check check : checks) {
                boolean weighted = List.of("head", "conv").contains(check.account().name());
                assertTrue(check.conserves(1e-5) && check.scales(1e-5), check.toString());
                assertEquals(weighted, check.isVacuous(), check.toString());
            }
            assertTrue(LRP_ZERO.explain(network, zeros, Target.of(0)).layers().stream()
                    .allMatch(LayerAccount::isVacuous));
        }
    }

    /** A rule for convolutions that returns something else than relevance at the input. */
    private record BrokenRule(List<Tensor> returned) implements Rule {
        @Override
        public String name() {
            return "broken";
        }

        @Override
        public boolean fits(Layer layer) {
            return layer instanceof Conv2d;
        }

        @Override
        public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
            return new Propagated(returned, AbsorbedRelevance.NONE);
        }
    }

    @Test
    void aRuleThatReturnsAnotherShapeIsNamed() {
        try (Network network = network()) {
            for (List<Tensor> returned : List.of(List.of(Tensor.zeros(Shape.of(2, 2, 3))), List.<Tensor>of(),
                    List.of(Tensor.zeros(Shape.of(4))))) {
                Rule broken = new BrokenRule(returned);
                Lrp method = Lrp.of(Composite.uniform("mine", Rules.zero()).kind(Conv2d.class, broken));
                IllegalStateException e = assertThrows(IllegalStateException.class,
                        () -> method.explain(network, TinyNetwork.IMAGE, Target.of(0)));
                assertTrue(e.getMessage().startsWith("rule broken at layer 'conv' returned"), e.getMessage());
                assertThrows(IllegalStateException.class,
                        () -> Verification.of(network, broken, TinyNetwork.IMAGE, 0));
            }
        }
    }

    /** A rule that loses a relevance of several. */
    private static final class LosingRule implements Rule {
        @Override
        public String name() {
            return "losing";
        }

        @Override
        public boolean fits(Layer layer) {
            return layer instanceof Conv2d;
        }

        @Override
        public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
            return new Propagated(r.copy(), AbsorbedRelevance.NONE);
        }

        @Override
        public List<Propagated> propagateAll(Engine engine, Layer layer, Tensor x, List<Tensor> rs) {
            return List.of(propagate(engine, layer, x, rs.get(0)));
        }
    }

    @Test
    void aRuleThatLosesARelevanceIsNamed() {
        Lrp method = Lrp.of(Composite.uniform("mine", Rules.zero()).kind(Conv2d.class, new LosingRule()));
        try (Network network = network()) {
            assertEquals(4, method.explain(network, TinyNetwork.IMAGE, Target.of(0)).layers().size());
            IllegalStateException e = assertThrows(IllegalStateException.class,
                    () -> method.explainAll(network, TinyNetwork.IMAGE, List.of(Target.top(2))));
            assertEquals("rule losing at layer 'conv' returned 1 results for 2 relevances", e.getMessage());
        }
    }
}
