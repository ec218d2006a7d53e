package dev.sectional.nn.rule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import dev.sectional.nn.rule.rsp.RspRule;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rules report the algorithms that ran, also where the data decide. */
class RuleAlgorithmsTest {
    private static final int SIDE = 28;
    private static final int CHANNELS = 128;
    private static final Conv2d CONVOLUTION = Conv2d.of(random(Shape.of(CHANNELS, CHANNELS, 3, 3), 1)).padding(1);
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.configured(), 2);
    }

    @AfterAll
    static void close() {
        engine.close();
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
        return rule.propagate(engine, CONVOLUTION, x, r).algorithms();
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
        Propagated propagated = Rules.zPlus().propagate(engine, linear, random(Shape.of(7), 8), random(Shape.of(5), 9));
        assertEquals(Set.of(), propagated.algorithms());
    }

    /** Relevances share products, and weak outputs of Winograd's filtering differ from one to the next. */
    @Test
    void winogradsRelevancesTogetherHaveTheBitsOfEachAlone() {
        check(CONVOLUTION, withWeakPositions(), Rules.zPlus());
    }

    @Tag("exhaustive")
    @Test
    void relevancesTogetherHaveTheBitsOfEachAloneAtLargeSizes() {
        check(CONVOLUTION, withWeakPositions(), Rules.zBox(), new RspRule());
    }

    @Test
    void relevancesTogetherHaveTheBitsOfEachAlone() {
        Conv2d pointwise = Conv2d.of(random(Shape.of(20, 12, 1, 1), 7)).bias(random(Shape.of(20), 8));
        for (Conv2d layer : List.of(pointwise, pointwise.stride(2), Conv2d.of(random(Shape.of(12, 1, 3, 3), 9))
                .groups(12))) {
            Tensor x = random(Shape.of(44, 45, 12), 10);
            check(layer, x, Rules.epsilon(1e-3), Rules.zBox(), Rules.alphaBeta(2), new RspRule());
            check(layer, Modifier.POSITIVE.apply(x), Rules.zPlus(), Rules.gamma(0.25), new RspRule());
        }
    }

    private static Tensor withWeakPositions() {
        Tensor x = nonnegative();
        for (int i = 0; i < 9; i++) {
            Arrays.fill(x.data(), (i / 3 * SIDE + i % 3) * CHANNELS, (i / 3 * SIDE + i % 3 + 1) * CHANNELS, 1e-6f);
        }
        return x;
    }

    private static void check(Conv2d layer, Tensor x, Rule... rules) {
        Shape output = layer.outputShape(x.shape());
        List<Tensor> rs = List.of(random(output, 11), Modifier.POSITIVE.apply(random(output, 12)), random(output, 13));
        for (Rule rule : rules) {
            List<Propagated> all = rule.propagateAll(engine, layer, x, rs);
            for (int i = 0; i < rs.size(); i++) {
                Propagated alone = rule.propagate(engine, layer, x, rs.get(i));
                assertArrayEquals(alone.relevance().data(), all.get(i).relevance().data(), rule.name());
                assertEquals(alone.absorbed(), all.get(i).absorbed(), rule.name());
            }
        }
    }

    /** From 400 positions on, a 1x1 convolution is processed in blocks. */
    @Test
    void pointwiseBlocksComputeTheFormula() {
        int channels = 12;
        int outputs = 20;
        for (int stride = 1; stride <= 2; stride++) {
            Tensor w = random(Shape.of(outputs, channels, 1, 1), 14);
            Tensor bias = random(Shape.of(outputs), 15);
            Tensor x = random(Shape.of(44, 45, channels), 16);
            Conv2d layer = Conv2d.of(w).bias(bias).stride(stride);
            Tensor r = random(layer.outputShape(x.shape()), 17);
            double[] wanted = new double[x.data().length];
            for (int i = 0; i < r.data().length; i++) {
                int position = i / outputs;
                int o = i % outputs;
                int width = r.shape().dim(1);
                int at = (position / width * stride * 45 + position % width * stride) * channels;
                double z = bias.data()[o];
                for (int c = 0; c < channels; c++) {
                    z += x.data()[at + c] * (double) w.data()[o * channels + c];
                }
                for (int c = 0; c < channels; c++) {
                    wanted[at + c] += x.data()[at + c] * (double) w.data()[o * channels + c] * r.data()[i]
                            / (z + Math.copySign(0.5, z));
                }
            }
            Tensor got = Rules.epsilon(0.5).propagate(engine, layer, x, r).relevance();
            for (int i = 0; i < wanted.length; i++) {
                assertEquals(wanted[i], got.data()[i], 1e-4, "stride " + stride + ", element " + i);
            }
        }
    }
}
