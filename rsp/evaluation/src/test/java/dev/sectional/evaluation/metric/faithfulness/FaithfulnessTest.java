package dev.sectional.evaluation.metric.faithfulness;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.evaluation.Expected;
import dev.sectional.evaluation.Saliency;
import dev.sectional.evaluation.internal.CounterRandom;
import dev.sectional.evaluation.run.Explainers;
import dev.sectional.nn.ModelCard;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaithfulnessTest {
    @ParameterizedTest
    @CsvSource({"image0, 11, 32, 32", "image1, 21, 17, 30"})
    void agreesWithPlainNumpy(String name, long seed, int height, int width) {
        Tensor image = Expected.image(seed, height, width);
        double[] weights = Expected.noise(seed + 1, image.data().length);
        Saliency map = Expected.maps(seed + 2, height, width)[1];
        ToDoubleFunction<Tensor> score = score(weights);
        assertEquals(Expected.value(name + ".deletion"),
                Replacement.area(InsertionDeletion.deletion().steps(32).scores(image, map, score)), 1e-6);
        assertEquals(Expected.value(name + ".insertion"),
                Replacement.area(InsertionDeletion.insertion().steps(32).scores(image, map, score)), 1e-6);
        PixelFlipping flipping = new PixelFlipping();
        assertEquals(Expected.value(name + ".morf"), PixelFlipping.aopc(flipping.scores(image, map, true, score)),
                1e-6);
        assertEquals(Expected.value(name + ".lerf"), PixelFlipping.aopc(flipping.scores(image, map, false, score)),
                1e-6);
        UnaryOperator<Tensor> explain = explain(weights);
        assertEquals(Expected.value(name + ".max-sensitivity"),
                MaxSensitivity.of(image, explain.apply(image), new CounterRandom(seed + 3), 8,
                        new double[] {0.02, 0.02, 0.02}, explain), 1e-6);
        Map<String, Double> infidelity = Infidelity.of(image, map, new CounterRandom(seed + 4), 64, score);
        assertEquals(Expected.value(name + ".infidelity"), infidelity.get("infidelity"), 1e-6);
        assertEquals(Expected.value(name + ".share"), infidelity.get("share"), 1e-6);
    }

    @Test
    void aMapThatPredictsEveryDropHasNoInfidelity() {
        Tensor image = Expected.image(1, 24, 24);
        double[] weights = Expected.noise(2, image.data().length);
        float[] products = new float[24 * 24];
        for (int i = 0; i < image.data().length; i++) {
            products[i % products.length] += (float) (7 * weights[i] * image.data()[i]);
        }
        ToDoubleFunction<Tensor> linear = x -> sum(weights, x, 0);
        Map<String, Double> exact = Infidelity.of(image, new Saliency(24, 24, products), new CounterRandom(3), 64,
                linear);
        assertEquals(0, exact.get("share"), 1e-10);
        Map<String, Double> blind = Infidelity.of(image, new Saliency(24, 24, new float[24 * 24]),
                new CounterRandom(3), 64, linear);
        assertEquals(1, blind.get("share"), 1e-12);
    }

    /** The same noise in grey levels is ten times the noise in the input of a network whose deviation is a tenth. */
    @Test
    void theRadiusIsInGreyLevels() {
        ModelCard.Builder card = ModelCard.builder(Shape.of(3, 8, 8));
        List<Float> mean = List.of(0f, 0f, 0f);
        assertArrayEquals(new double[] {0.02, 0.04, 0.2},
                MaxSensitivity.radii(card.normalisation(mean, List.of(1f, 0.5f, 0.1f)).build()), 1e-8);
        assertArrayEquals(new double[] {0.2, 0.04, 0.02},
                MaxSensitivity.radii(card.channels(ModelCard.Channels.BGR).build()), 1e-8, "blue first");
        assertEquals("5.1 grey levels of 0..255", new MaxSensitivity(0).settings().get("radius"));
    }

    @Test
    void deletionTakesAStepPer224PixelsAndReportsItsFloor() {
        Tensor image = Expected.image(8, 32, 28);
        double[] scores = InsertionDeletion.deletion().scores(image, Expected.maps(9, 32, 28)[0], x -> 1);
        assertEquals(1 + 32 * 28 / 224, scores.length);
        assertEquals(0.125, InsertionDeletion.floor(new double[] {1, 0, 0, 0, 0}));
        assertEquals(0.125, Replacement.area(new double[] {1, 0, 0, 0, 0}));
        assertThrows(IllegalArgumentException.class, () -> InsertionDeletion.deletion().steps(0));
    }

    @Test
    void infidelityIsMoreExactWithMoreSquaresAndSkipsMapsWithoutASign() {
        Tensor image = Expected.image(1, 24, 24);
        Saliency map = Expected.maps(2, 24, 24)[1];
        ToDoubleFunction<Tensor> score = score(Expected.noise(2, image.data().length));
        double few = Infidelity.of(image, map, new CounterRandom(3), 64, score).get("standard error");
        double many = Infidelity.of(image, map, new CounterRandom(3), 512, score).get("standard error");
        assertTrue(many > 0 && many < few / 2, few + ", " + many);
        assertEquals("512", new Infidelity(0).settings().get("squares"));
        assertFalse(Explainers.named("smooth-grad", -1).get(0).signed());
        assertTrue(Explainers.named("rsp", -1).get(0).signed());
    }

    @Test
    void theBestOrderDeletesFastAndInsertsFast() {
        Tensor image = Expected.image(4, 24, 24);
        double[] weights = Expected.noise(5, image.data().length);
        float[] best = new float[24 * 24];
        float[] worst = new float[24 * 24];
        for (int i = 0; i < image.data().length; i++) {
            best[i % best.length] += (float) (weights[i] * image.data()[i]);
            worst[i % best.length] -= (float) (weights[i] * image.data()[i]);
        }
        ToDoubleFunction<Tensor> linear = x -> sum(weights, x, 0);
        Saliency good = new Saliency(24, 24, best);
        Saliency bad = new Saliency(24, 24, worst);
        InsertionDeletion deletion = InsertionDeletion.deletion().steps(24);
        assertTrue(Replacement.area(deletion.scores(image, good, linear)) < Replacement.area(deletion.scores(image,
                bad, linear)));
        PixelFlipping flipping = new PixelFlipping();
        double morf = PixelFlipping.aopc(flipping.scores(image, good, true, linear));
        assertTrue(morf > PixelFlipping.aopc(flipping.scores(image, good, false, linear)));
        assertEquals(morf, PixelFlipping.aopc(flipping.scores(image, bad, false, linear)), 1e-9);
    }

    @Test
    void everyPixelIsReplacedInTheEnd() {
        Tensor image = Expected.image(6, 10, 13);
        Saliency map = Expected.maps(7, 10, 13)[0];
        double[] scores = {};
        for (int steps : new int[] {7, 100, 130}) {   // 100 steps were 65 of two pixels each
            scores = InsertionDeletion.deletion().steps(steps).scores(image, map, x -> x.sumOfAbsolutes());
            assertEquals(0, scores[scores.length - 1]);
            assertEquals(steps + 1, scores.length);
        }
        String said = assertThrows(InputException.class, () -> InsertionDeletion.deletion().steps(131)
                .scores(image, map, x -> x.sumOfAbsolutes())).getMessage();
        assertTrue(said.contains("--steps 131: the network's input has 130 pixels"), said);
        assertEquals(image.sumOfAbsolutes(), scores[0]);
    }

    private static ToDoubleFunction<Tensor> score(double[] weights) {
        return x -> 1 / (1 + Math.exp(-sum(weights, x, 0.3) / 10));
    }

    private static double sum(double[] weights, Tensor x, double squares) {
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i] * (x.data()[i] + squares * x.data()[i] * x.data()[i]);
        }
        return sum;
    }

    private static UnaryOperator<Tensor> explain(double[] weights) {
        return x -> {
            Tensor relevance = Tensor.zeros(x.shape());
            for (int i = 0; i < weights.length; i++) {
                relevance.data()[i] = (float) (weights[i] * ((double) x.data()[i] * x.data()[i]));
            }
            return relevance;
        };
    }
}
