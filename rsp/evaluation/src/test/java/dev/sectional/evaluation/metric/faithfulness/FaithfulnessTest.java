package dev.sectional.evaluation.metric.faithfulness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Tensor;
import dev.sectional.evaluation.Expected;
import dev.sectional.evaluation.Saliency;
import dev.sectional.evaluation.internal.CounterRandom;
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
                Replacement.area(InsertionDeletion.deletion().scores(image, map, score)), 1e-6);
        assertEquals(Expected.value(name + ".insertion"),
                Replacement.area(InsertionDeletion.insertion().scores(image, map, score)), 1e-6);
        PixelFlipping flipping = new PixelFlipping();
        assertEquals(Expected.value(name + ".morf"), PixelFlipping.aopc(flipping.scores(image, map, true, score)),
                1e-6);
        assertEquals(Expected.value(name + ".lerf"), PixelFlipping.aopc(flipping.scores(image, map, false, score)),
                1e-6);
        UnaryOperator<Tensor> explain = explain(weights);
        assertEquals(Expected.value(name + ".max-sensitivity"),
                MaxSensitivity.of(image, explain.apply(image), new CounterRandom(seed + 3), 8, 0.02, explain), 1e-6);
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
        double[] scores = InsertionDeletion.deletion().steps(7).scores(image, map, x -> x.sumOfAbsolutes());
        assertEquals(0, scores[scores.length - 1]);
        assertEquals(8, scores.length);
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
