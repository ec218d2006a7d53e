package dev.sectional.evaluation.metric.similarity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.evaluation.Expected;
import dev.sectional.evaluation.Saliency;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SimilarityTest {
    @ParameterizedTest
    @CsvSource({"maps0, 1, 64, 64", "maps1, 2, 48, 53", "maps2, 3, 33, 100", "maps3, 4, 12, 21"})
    void agreesWithScipyAndScikitImage(String name, long seed, int height, int width) {
        Saliency[] maps = Expected.maps(seed, height, width);
        for (Similarity measure : Similarity.values()) {
            assertEquals(Expected.value(name + "." + measure.key()), measure.of(maps[0], maps[1]),
                    // scikit-image sums histograms in float32
                    measure == Similarity.HOG ? 5e-7 : 1e-12, measure.key());
        }
    }

    @ParameterizedTest
    @EnumSource(Similarity.class)
    void aMapEqualsItselfAtAnyScale(Similarity measure) {
        Saliency map = Expected.maps(5, 40, 40)[0];
        float[] larger = map.values().clone();
        for (int i = 0; i < larger.length; i++) {
            larger[i] *= 1024;
        }
        assertEquals(1, measure.of(map, new Saliency(40, 40, larger)), 1e-12);
    }

    @Test
    void theSignCountsUnlessAbsolutesAreAsked() {
        Saliency map = Expected.maps(6, 40, 40)[0];
        float[] negative = map.values().clone();
        for (int i = 0; i < negative.length; i++) {
            negative[i] = -negative[i];
        }
        Saliency opposite = new Saliency(40, 40, negative);
        assertEquals(-1, Similarity.SPEARMAN.of(map, opposite), 1e-12);
        assertEquals(1, Similarity.SPEARMAN_ABS.of(map, opposite), 1e-12);
        assertEquals(-1, Similarity.PEARSON.of(map, opposite), 1e-12);
        assertTrue(Similarity.SSIM.of(map, opposite) < 0);
    }

    @Test
    void noMeasureIsDefinedForAMapOfZeros() {
        Saliency map = Expected.maps(7, 40, 40)[0];
        Saliency none = new Saliency(40, 40, new float[1600]);
        for (Similarity measure : Similarity.values()) {
            assertTrue(Double.isNaN(measure.of(map, none)) && Double.isNaN(measure.of(none, none)), measure.key());
        }
        assertTrue(Double.isNaN(Correlation.pearson(new double[] {0.1, 0.1, 0.1}, new double[] {1, 2, 3})));
    }

    @Test
    void equalValuesShareTheirRank() {
        assertArrayEquals(new double[] {2.5, 1, 4, 2.5, 5}, Correlation.ranks(new double[] {0.0, -1, 3, -0.0, 7}));
    }

    @Test
    void mapsOfTwoSizesAreRefused() {
        assertThrows(IllegalArgumentException.class,
                () -> Similarity.SSIM.of(Expected.maps(1, 20, 20)[0], Expected.maps(1, 20, 21)[0]));
    }
}
