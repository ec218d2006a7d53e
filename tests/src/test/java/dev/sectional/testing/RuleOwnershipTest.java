package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Lrp;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.rule.Composite;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The propagation through a network leaves tensors alone that a rule keeps. */
class RuleOwnershipTest {
    /** A rule of an embedder that keeps what another rule returns, and what it is given. */
    private static final class Recording implements Rule {
        private final Rule rule = Rules.zPlus();
        private final List<Tensor> kept = new ArrayList<>();
        private final List<float[]> copies = new ArrayList<>();

        @Override
        public String name() {
            return "recording";
        }

        @Override
        public boolean fits(Layer layer) {
            return rule.fits(layer);
        }

        @Override
        public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
            Propagated propagated = rule.propagate(engine, layer, x, r);
            kept.add(propagated.relevance());
            copies.add(propagated.relevance().data().clone());
            return propagated;
        }
    }

    private static Tensor random(Shape shape, long seed) {
        Random random = new Random(seed);
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = (float) random.nextGaussian();
        }
        return tensor;
    }

    @Test
    void whatARuleKeepsIsNotRecycled() {
        Recording rule = new Recording();
        try (Engine engine = Engine.open(Provider.configured(), 2);
                Network network = Network.builder(Shape.of(3, 8, 8)).engine(engine)
                        .add("conv1", Conv2d.of(random(Shape.of(4, 3, 3, 3), 1)).padding(1)).add("relu1", new ReLU())
                        .add("conv2", Conv2d.of(random(Shape.of(4, 4, 3, 3), 2)).padding(1)).add("relu2", new ReLU())
                        .add("flatten", new Flatten()).add("fc", Linear.of(random(Shape.of(5, 256), 3))).build()) {
            Lrp method = Lrp.of(Composite.uniform("recorded", rule));
            for (int i = 0; i < 3; i++) {   // memory that was recycled would be written in the next pass
                method.explain(network, random(Shape.of(3, 8, 8), i), Target.of(1));
            }
        }
        assertEquals(3 * 3, rule.kept.size());
        for (int i = 0; i < rule.kept.size(); i++) {
            assertArrayEquals(rule.copies.get(i), rule.kept.get(i).data(), "result " + i);
        }
    }
}
