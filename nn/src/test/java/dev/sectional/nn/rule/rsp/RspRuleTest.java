package dev.sectional.nn.rule.rsp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import dev.sectional.nn.rule.Allocations;
import dev.sectional.nn.rule.Propagated;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The rule on small feature maps against {@link RspFormula}, its account of absorbed relevance, and its memory. */
class RspRuleTest {
    private static final RspRule RULE = new RspRule();
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.configured(), 1);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    /** Inputs and relevances of which some are 0; the first window of the input is 0 altogether, so that it is dead. */
    private static Tensor random(Random random, Shape shape, boolean input) {
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < tensor.data().length; i++) {
            boolean dead = input && i / shape.dim(2) / shape.dim(1) < 3 && i / shape.dim(2) % shape.dim(1) < 3;
            tensor.data()[i] = dead || random.nextInt(3) == 0 ? 0 : (float) random.nextGaussian();
        }
        return tensor;
    }

    private static Conv2d convolution(int kernel, int stride, int padding, int channels, int outputs) {
        return Conv2d.of(Tensor.zeros(Shape.of(outputs, channels, kernel, kernel))).stride(stride).padding(padding);
    }

    private static void assertClose(double[] wanted, float[] got, String name) {
        double greatest = Arrays.stream(wanted).map(Math::abs).max().orElse(0);
        assertEquals(wanted.length, got.length, name);
        for (int i = 0; i < got.length; i++) {
            assertEquals(wanted[i], got[i], 1e-5 * greatest, name + " at " + i);
        }
    }

    /** Every algorithm that fits a convolution of stride 1, and two that fit any. */
    @ParameterizedTest
    @CsvSource({"3,1,1,7,9,16,6,4", "3,1,0,8,6,17,5,4", "3,1,2,6,5,16,3,4", "5,1,2,7,6,3,4,2", "5,2,2,9,8,3,4,2",
            "3,3,1,10,8,2,5,2", "2,3,0,11,8,2,5,2", "1,1,0,5,6,7,4,2", "1,2,0,7,9,5,6,2", "1,3,1,7,9,5,6,2",
            "4,2,1,9,11,3,4,2", "4,3,5,7,5,3,4,2", "1,1,1,64,65,8,8,1", "3,2,1,28,28,2,3,2", "1,3,1,1,1,2,3,2"})
    void everyAlgorithmComputesTheFormula(int kernel, int stride, int padding, int height, int width, int channels,
                                          int outputs, int algorithms) {
        Random random = new Random(kernel);
        Conv2d conv = convolution(kernel, stride, padding, channels, outputs);
        Tensor x = positivePart(random(random, Shape.of(height, width, channels), true));
        Tensor r = random(random, conv.geometry().outputShape(x.shape(), outputs), false);
        RspFormula formula = new RspFormula(conv.geometry(), x, r);
        List<RelevanceAlgorithm> fitting = List.of(RelevanceAlgorithm.DIRECT, RelevanceAlgorithm.GRAM,
                RelevanceAlgorithm.WINOGRAD, RelevanceAlgorithm.SPARSE).subList(0, algorithms);
        for (RelevanceAlgorithm each : fitting) {
            try (RspAlgorithm algorithm = RspRule.algorithm(engine, conv, x, each)) {
                RelevanceShares shares = algorithm.shares(r);
                shares.multiplyBy(Execution.of(engine), x);
                assertClose(formula.parts(), shares.values().data(), each.label());
                assertEquals(formula.dead(), shares.dead(), 1e-5, each.label());
            }
        }
        Propagated propagated = RULE.propagate(engine, conv, x, r);
        assertClose(formula.relevance(), propagated.relevance().data(), "rule");
        assertEquals(r.sum(), propagated.sum() + propagated.absorbed().total(), 1e-3);
        assertEquals(propagated.absorbed().total(), propagated.absorbed().deadPositions());
    }

    private static Tensor channels(Tensor tensor, int from, int count) {
        Tensor some = Tensor.zeros(Shape.of(tensor.shape().dim(0), tensor.shape().dim(1), count));
        for (int i = 0; i < some.data().length; i++) {
            some.data()[i] = tensor.data()[i / count * tensor.shape().dim(2) + from + i % count];
        }
        return some;
    }

    /** One filter per channel, several channels per group, and several filters per channel. */
    @ParameterizedTest
    @CsvSource({"3,3,3", "2,4,4", "3,3,6"})
    void groupsAreConvolutionsOfTheirOwn(int groups, int channels, int outputs) {
        Random random = new Random(13);
        Conv2d conv = Conv2d.of(Tensor.zeros(Shape.of(outputs, channels / groups, 3, 3))).padding(1).groups(groups);
        Conv2d own = convolution(3, 1, 1, channels / groups, outputs / groups);
        Tensor x = positivePart(random(random, Shape.of(7, 6, channels), true));
        Tensor r = random(random, Shape.of(7, 6, outputs), false);
        RelevanceShares shares = algorithm(conv, x).shares(r);
        shares.multiplyBy(Execution.of(engine), x);
        double dead = 0;
        for (int g = 0; g < groups; g++) {
            Tensor inputs = channels(x, g * channels / groups, channels / groups);
            RelevanceShares wanted = algorithm(own, inputs).shares(channels(r, g * outputs / groups, outputs / groups));
            Tensor got = channels(shares.values(), g * channels / groups, channels / groups);
            for (int i = 0; i < inputs.data().length; i++) {
                assertEquals(RspAlgorithmsTest.at(wanted, inputs, i), got.data()[i], 1e-5,
                        "group " + g + ", element " + i);
            }
            dead += wanted.dead();
        }
        assertEquals(dead, shares.dead(), 1e-5);
    }

    @Test
    void stridesMayDifferDownAndRight() {
        Random random = new Random(12);
        for (int down = 1; down <= 2; down++) {
            Conv2d conv = Conv2d.of(Tensor.zeros(Shape.of(4, 3, 3, 3))).stride(down, 3 - down).padding(1);
            Tensor x = positivePart(random(random, Shape.of(7, 8, 3), true));
            Tensor r = random(random, conv.geometry().outputShape(x.shape(), 4), false);
            RspFormula formula = new RspFormula(conv.geometry(), x, r);
            try (RspAlgorithm gram = RspRule.algorithm(engine, conv, x, RelevanceAlgorithm.GRAM)) {
                float[] parts = gram.shares(r).values().data().clone();
                for (int i = 0; i < parts.length; i++) {
                    parts[i] *= x.data()[i];
                }
                assertClose(formula.parts(), parts, "stride " + down);
            }
        }
    }

    @Test
    void oneByOneConvolutionsWithPaddingOrGroupsAreNotPointwise() {
        Tensor x = random(new Random(1), Shape.of(6, 5, 64), false);
        Conv2d plain = convolution(1, 1, 0, 64, 4);
        assertInstanceOf(PointwiseRelevance.class, algorithm(plain, x));
        for (Conv2d each : List.of(convolution(3, 1, 0, 64, 4), convolution(1, 1, 1, 64, 4), plain.padding(1, 0, 0, 0),
                plain.padding(0, 1, 0, 0), plain.padding(0, 0, 1, 0), plain.padding(0, 0, 0, 1),
                Conv2d.of(Tensor.zeros(Shape.of(4, 32, 1, 1))).groups(2))) {
            assertInstanceOf(DirectRelevance.class, algorithm(each, x));
        }
    }

    private static RspAlgorithm algorithm(Conv2d conv, Tensor x) {
        return RspRule.algorithm(engine, conv, x, RelevanceAlgorithm.DIRECT);
    }

    @ParameterizedTest
    @EnumSource
    void zeroRelevanceGivesZero(RelevanceAlgorithm each) {
        Tensor x = positivePart(random(new Random(2), Shape.of(6, 5, 16), false));
        try (RspAlgorithm algorithm = RspRule.algorithm(engine, convolution(3, 1, 1, 16, 5), x, each)) {
            RelevanceShares shares = algorithm.shares(Tensor.zeros(Shape.of(6, 5, 5)));
            assertArrayEquals(new float[6 * 5 * 16], shares.values().data());
            assertEquals(0, shares.dead());
        }
    }

    /** Relevance of one sign: the direct algorithm skips the other one. */
    @Test
    void negativeRelevanceMirrorsPositiveOne() {
        Random random = new Random(3);
        Tensor x = random(random, Shape.of(7, 6, 3), true);
        Conv2d conv = convolution(5, 1, 2, 3, 4);
        Tensor r = random(random, Shape.of(7, 6, 4), false);
        for (int i = 0; i < r.data().length; i++) {
            r.data()[i] = Math.abs(r.data()[i]);
        }
        float[] positive = RULE.propagate(engine, conv, x, r).relevance().data();
        float[] negative = RULE.propagate(engine, conv, x, scaled(r, -1)).relevance().data();
        assertClose(new RspFormula(conv.geometry(), positivePart(x), r).relevance(), positive, "positive");
        for (int i = 0; i < positive.length; i++) {
            assertEquals(0f, positive[i] + negative[i]);
        }
    }

    @Test
    void negativeInputsCountAsZero() {
        Random random = new Random(4);
        Conv2d conv = convolution(3, 1, 1, 4, 5);
        Tensor x = random(random, Shape.of(7, 6, 4), false);
        Tensor r = random(random, Shape.of(7, 6, 5), false);
        Tensor positive = positivePart(x);
        assertArrayEquals(RULE.propagate(engine, conv, positive, r).relevance().data(),
                RULE.propagate(engine, conv, x, r).relevance().data());
        assertClose(new RspFormula(conv.geometry(), positive, r).relevance(),
                RULE.propagate(engine, conv, x, r).relevance().data(), "negative inputs");
    }

    /** A power of two changes no bit but the exponent, and products of three values leave the range of float32. */
    @ParameterizedTest
    @CsvSource({"3,0x1p-60", "3,0x1p60", "1,0x1p-60", "1,0x1p60", "3,0x1p17", "3,0x1p-17", "3,0x1p120",
            "1,0x1p120"})
    void isHomogeneous(int kernel, float factor) {
        Random random = new Random(5);
        Conv2d conv = convolution(kernel, 1, kernel / 2, 4, 5);
        Tensor x = random(random, Shape.of(7, 6, 4), true);
        Tensor r = random(random, Shape.of(7, 6, 5), false);
        Propagated usual = RULE.propagate(engine, conv, x, r);
        assertArrayEquals(usual.relevance().data(),
                RULE.propagate(engine, conv, scaled(x, factor), r).relevance().data());
        Propagated larger = RULE.propagate(engine, conv, x, scaled(r, factor));
        assertArrayEquals(scaled(usual.relevance(), factor).data(), larger.relevance().data());
        assertEquals(usual.absorbed().total() * factor, larger.absorbed().total(), 1e-5 * factor);
        assertFalse(usual.absorbed().total() == 0, "the dead window absorbs nothing");
    }

    /** Inputs of moderate size take large and small relevance out of the range of float32 all the same. */
    @ParameterizedTest
    @CsvSource({"3,0x1p13,0x1p115", "1,0x1p13,0x1p115", "3,0x1p-13,0x1p-110", "1,0x1p-13,0x1p-110"})
    void relevanceIsScaledByItsOwnSize(int kernel, float ofInputs, float ofRelevance) {
        Random random = new Random(5);
        Conv2d conv = convolution(kernel, 1, kernel / 2, 4, 5);
        Tensor x = random(random, Shape.of(7, 6, 4), true);
        Tensor r = random(random, Shape.of(7, 6, 5), false);
        Tensor usual = RULE.propagate(engine, conv, x, r).relevance();
        Tensor both = RULE.propagate(engine, conv, scaled(x, ofInputs), scaled(r, ofRelevance)).relevance();
        assertArrayEquals(scaled(usual, ofRelevance).data(), both.data());
    }

    @Test
    void aMapWithoutPositiveInputsAbsorbsEverything() {
        Tensor r = random(new Random(6), Shape.of(5, 5, 3), false);
        for (int kernel = 1; kernel <= 3; kernel += 2) {
            Conv2d conv = convolution(kernel, 1, kernel / 2, 2, 3);
            for (float factor : new float[] {1, 0x1p40f}) {
                Propagated all = RULE.propagate(engine, conv, Tensor.zeros(Shape.of(5, 5, 2)), scaled(r, factor));
                assertArrayEquals(new float[50], all.relevance().data());
                assertEquals(r.sum() * factor, all.absorbed().deadPositions(), 1e-5 * factor);
            }
        }
    }

    @Test
    void servesConvolutionsAndNamesItself() {
        assertEquals("rsp", RULE.name());
        assertTrue(RULE.fits(convolution(3, 1, 1, 2, 2)));
        Linear linear = Linear.of(Tensor.zeros(Shape.of(2, 3)));
        assertFalse(RULE.fits(linear));
        assertThrows(IllegalArgumentException.class,
                () -> RULE.propagate(engine, linear, Tensor.zeros(Shape.of(3)), Tensor.zeros(Shape.of(2))));
    }

    @Test
    void returnsTensorsThatNobodyElseHolds() {
        Tensor x = random(new Random(7), Shape.of(5, 5, 2), true);
        Tensor r = random(new Random(8), Shape.of(5, 5, 2), false);
        Propagated propagated = RULE.propagate(engine, convolution(1, 1, 0, 2, 2), x, r);
        assertTrue(RULE.returnsFreshTensors());
        assertFalse(propagated.relevance().data() == x.data() || propagated.relevance().data() == r.data());
        assertEquals(1, propagated.algorithms().size());
    }

    @ParameterizedTest
    @CsvSource({"DIRECT,3,1,110_000", "DIRECT,1,2,16_000", "GRAM,3,1,60_000", "GRAM,3,2,34_000", "WINOGRAD,3,1,90_000",
            "SPARSE,3,1,480_000"})
    void returnsItsBuffersToThePool(RelevanceAlgorithm each, int kernel, int stride, String most) throws Exception {
        Random random = new Random(9);
        Tensor x = positivePart(random(random, Shape.of(24, 24, 32), false));
        Conv2d conv = convolution(kernel, stride, kernel / 2, 32, 32);
        Tensor r = random(random, conv.geometry().outputShape(x.shape(), 32), false);
        Allocations.assertFlat(Long.parseLong(most.replace("_", "")), engine -> {
            try (RspAlgorithm algorithm = RspRule.algorithm(engine, conv, x, each)) {
                Execution.of(engine).release(algorithm.shares(r).values());
            }
        });
    }

    @Test
    void theWarmUpReturnsItsBuffersToThePool() throws Exception {
        Tensor map = random(new Random(10), Shape.of(16, 16, 16), true);
        Allocations.assertFlat(165_000, engine -> RspRule.warmUp(engine, map));
    }

    @Test
    void aPassReturnsItsBuffersToThePool() throws Exception {
        Random random = new Random(11);
        Tensor x = positivePart(random(random, Shape.of(24, 24, 32), true));
        Tensor r = random(random, Shape.of(12, 12, 32), false);
        Conv2d conv = convolution(1, 2, 0, 32, 32);
        Allocations.assertFlat(16_000, engine -> Execution.of(engine)
                .release(RULE.propagate(engine, conv, x, r).relevance()));
    }

    private static Tensor positivePart(Tensor x) {
        Tensor positive = x.copy();
        for (int i = 0; i < x.data().length; i++) {
            positive.data()[i] = Math.max(0, x.data()[i]);
        }
        return positive;
    }

    private static Tensor scaled(Tensor tensor, float factor) {
        Tensor scaled = tensor.copy();
        for (int i = 0; i < scaled.data().length; i++) {
            scaled.data()[i] *= factor;
        }
        return scaled;
    }
}
