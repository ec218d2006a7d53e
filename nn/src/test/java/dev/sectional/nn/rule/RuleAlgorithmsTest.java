package dev.sectional.nn.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import dev.sectional.nn.rule.rsp.RspRule;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Rules report the algorithms that ran, also where the data decide. */
class RuleAlgorithmsTest {
    private static final int SIDE = 28;
    private static final int CHANNELS = 128;
    private static final Engine ENGINE = Engine.open(Provider.configured(), 2);
    private static final Conv2d CONVOLUTION = Conv2d.of(random(Shape.of(CHANNELS, CHANNELS, 3, 3), 1)).padding(1);

    @AfterAll
    static void close() {
        ENGINE.close();
    }

    private static Tensor random(Shape shape, long seed) {
        Random random = new Random(seed);
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = (float) random.nextGaussian();
        }
        return tensor;
    }

    private static Tensor nonnegative() {
        return Modifier.POSITIVE.apply(random(Shape.of(SIDE, SIDE, CHANNELS), 2));
    }

    private static Set<RelevanceAlgorithm> algorithms(Rule rule, Tensor x, Tensor r) {
        return rule.propagate(ENGINE, CONVOLUTION, x, r).algorithms();
    }

    @Test
    void winogradServesContributionsOfOneSign() {
        Tensor r = random(Shape.of(SIDE, SIDE, CHANNELS), 3);
        assertEquals(Set.of(RelevanceAlgorithm.WINOGRAD), algorithms(Rules.zPlus(), nonnegative(), r));
        assertEquals(Set.of(RelevanceAlgorithm.WINOGRAD), algorithms(Rules.alphaBeta(2), nonnegative(), r));
        assertEquals(Set.of(RelevanceAlgorithm.DIRECT), algorithms(Rules.epsilon(1e-6), nonnegative(), r));
        assertEquals(Set.of(RelevanceAlgorithm.DIRECT),
                algorithms(Rules.zPlus(), random(Shape.of(SIDE, SIDE, CHANNELS), 4), r));
        assertEquals(Set.of(RelevanceAlgorithm.DIRECT), algorithms(Rules.zBox(), nonnegative(), r));
    }

    /** Half of the columns are a million times weaker, so that the outputs between them are weak for their tile. */
    @Test
    void manyWeakOutputsAreComputedDirectly() {
        Tensor x = nonnegative();
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] *= i / CHANNELS % SIDE % 8 < 4 ? 1 : 1e-6f;
        }
        Tensor r = random(Shape.of(SIDE, SIDE, CHANNELS), 5);
        assertEquals(Set.of(RelevanceAlgorithm.DIRECT), algorithms(Rules.zPlus(), x, r));
    }

    @Test
    void theShareOfNonzerosDecides() {
        Tensor r = Tensor.zeros(Shape.of(SIDE, SIDE, CHANNELS));
        r.data()[1000] = 1;
        assertEquals(Set.of(RelevanceAlgorithm.SPARSE), algorithms(new RspRule(), nonnegative(), r));
        assertEquals(Set.of(RelevanceAlgorithm.SPARSE), algorithms(Rules.purging(new RspRule()), nonnegative(), r));
        Tensor dense = random(Shape.of(SIDE, SIDE, CHANNELS), 6);
        assertEquals(Set.of(RelevanceAlgorithm.WINOGRAD), algorithms(new RspRule(), nonnegative(), dense));
    }

    @Test
    void layersWithoutAChoiceReportNone() {
        Linear linear = Linear.of(random(Shape.of(5, 7), 7));
        Propagated propagated = Rules.zPlus().propagate(ENGINE, linear, random(Shape.of(7), 8), random(Shape.of(5), 9));
        assertEquals(Set.of(), propagated.algorithms());
    }
}
