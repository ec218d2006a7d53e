package dev.sectional.evaluation.metric.similarity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.evaluation.Expected;
import dev.sectional.evaluation.Saliency;
import java.util.Arrays;
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

    /** Two constant maps, and one of 1 and -1 against a constant map, by the formula with the range 2. */
    @Test
    void theRangeScalesTheConstantsOfSsim() {
        double[] one = new double[121];
        double[] three = new double[121];
        double[] signs = new double[121];
        double[] window = new double[11];
        for (int i = 0; i < 11; i++) {
            window[i] = Math.exp(-(i - 5) * (i - 5) / 4.5);
        }
        double total = Arrays.stream(window).sum();
        double mean = 0;
        for (int i = 0; i < 121; i++) {
            one[i] = 1;
            three[i] = 3;
            signs[i] = i % 2 == 0 ? 1 : -1;
            mean += signs[i] * window[i / 11] * window[i % 11] / (total * total);
        }
        double c1 = 0.02 * 0.02;
        double c2 = 0.06 * 0.06;
        assertEquals((2 * 3 + c1) / (1 + 9 + c1), Ssim.of(one, three, 11, 11, 2), 1e-9);
        assertEquals((2 * mean + c1) / (mean * mean + 1 + c1) * c2 / (1 - mean * mean + c2),
                Ssim.of(signs, one, 11, 11, 2), 1e-9);
        assertTrue(Double.isNaN(Ssim.of(new double[110], new double[110], 10, 11, 1)));
        assertTrue(Double.isNaN(Ssim.of(new double[110], new double[110], 11, 10, 1)));
    }

    /** A pixel in cells of 2 x 2, so weak that the normalisation's constant counts: mean gradients of 1e-10. */
    @Test
    void gradientsAreMeansOverTheCell() {
        double[] map = new double[36];
        map[7] = 4e-10;
        double[] expected = new double[81];
        expected[9] = 1 / Math.sqrt(3);   // right of the pixel: cell (0, 1), 0 degrees
        expected[3 * 9 + 4] = 1 / Math.sqrt(3);   // below it: cell (1, 0), 90 degrees
        assertArrayEquals(expected, Hog.of(map, 6, 6), 1e-9);
        assertEquals(81, Hog.of(new double[9], 3, 3).length);
    }

    @Test
    void listsOfTwoLengthsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Correlation.pearson(new double[2], new double[3]));
        assertThrows(IllegalArgumentException.class, () -> Correlation.spearman(new double[3], new double[2]));
        assertThrows(IllegalArgumentException.class, () -> Hog.of(new double[6], 2, 3));
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
