package dev.sectional.evaluation.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rankings of three pixels, whose precision is counted by hand. */
class AveragePrecisionTest {
    /** The two zeros share a threshold: 1 hit of 3, not 1 of 2. */
    @Test
    void bothZerosAreEqual() {
        for (float[] scores : new float[][] {{-0f, 0f, 1}, {0f, -0f, 1}}) {
            assertEquals(1 / 3.0, of(scores, false, true, false).get(0).foreground(), 1e-15);
        }
    }

    @Test
    void negativeScoresShareTheThresholdZero() {
        List<AveragePrecision> both = of(new float[] {-2, -1, 1}, false, true, false);
        assertEquals(1 / 2.0, both.get(0).foreground(), 1e-15);
        assertEquals(1 / 3.0, both.get(1).foreground(), 1e-15);
        assertEquals(of(new float[] {0, 0, 1}, false, true, false).get(0), both.get(1));
    }

    @Test
    void theJointRankingScalesClippedScores() {
        List<AveragePrecision> both = of(new float[] {-3, 1, 2}, false, true, true);
        assertEquals(of(new float[] {0, 1, 2}, false, true, true).get(0), both.get(1));
        assertNotEquals(both.get(0).joint(), both.get(1).joint());
    }

    @Test
    void positiveScoresStayAsTheyAre() {
        List<AveragePrecision> both = of(new float[] {1, 2, 4}, false, false, true);
        assertEquals(both.get(0), both.get(1));
        assertNotEquals(of(new float[] {0, 2, 4}, false, false, true).get(0).joint(), both.get(1).joint());
    }

    @Test
    void aSideWithoutPixelsHasThePrecisionZero() {
        assertEquals(new AveragePrecision(0, 0, 0),
                AveragePrecision.bothOf(new float[] {1, 2}, new boolean[2], new boolean[2]).get(0));
        assertEquals(0, of(new float[] {1, 2}, false, false).get(0).foreground());
    }

    private static List<AveragePrecision> of(float[] scores, boolean... labels) {
        boolean[] counted = new boolean[labels.length];
        Arrays.fill(counted, true);
        return AveragePrecision.bothOf(scores, labels, counted);
    }
}
