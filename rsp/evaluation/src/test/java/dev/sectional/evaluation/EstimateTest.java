package dev.sectional.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Only a value whose interval overlaps no other one is the clear best. */
class EstimateTest {
    private static Estimate of(Figure.Better better, double low, double value, double high) {
        return new Estimate(value, "share", better, 10, low, high);
    }

    private static int best(Figure.Better better, double... lowValueHigh) {
        Estimate[] estimates = new Estimate[lowValueHigh.length / 3];
        for (int i = 0; i < estimates.length; i++) {
            estimates[i] = of(better, lowValueHigh[3 * i], lowValueHigh[3 * i + 1], lowValueHigh[3 * i + 2]);
        }
        return Estimate.clearBest(Arrays.asList(estimates));
    }

    @Test
    void higherAndLower() {
        assertEquals(1, best(Figure.Better.HIGHER, .1, .2, .3, .31, .4, .5, .0, .1, .2));
        assertEquals(-1, best(Figure.Better.HIGHER, .1, .2, .31, .31, .4, .5), "the intervals touch");
        assertEquals(0, best(Figure.Better.LOWER, .1, .2, .3, .31, .4, .5));
        assertEquals(-1, best(Figure.Better.LOWER, .1, .2, .31, .31, .4, .5));
        assertEquals(-1, best(Figure.Better.NEITHER, .1, .2, .3, .31, .4, .5));
    }

    @Test
    void missingValues() {
        Estimate good = of(Figure.Better.HIGHER, .7, .8, .9);
        assertEquals(-1, Estimate.clearBest(Arrays.asList(null, good)), "nothing to compare with");
        assertEquals(1, Estimate.clearBest(Arrays.asList(of(Figure.Better.HIGHER, .1, .2, .3), good, null)));
        assertEquals(-1, Estimate.clearBest(Arrays.asList(of(Figure.Better.HIGHER, Double.NaN, .2, Double.NaN), good)),
                "without an interval nothing is certain");
        assertEquals(-1, Estimate.clearBest(Arrays.asList()));
    }
}
