package dev.sectional.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class MeasurementsTest {
    private static final double TOLERANCE = 1e-3;

    private static Measurements of(String name, float[] logits, long... milliseconds) {
        Measurements measurements = new Measurements(name, milliseconds.length);
        for (int round = 0; round < milliseconds.length; round++) {
            measurements.add(round, milliseconds[round] * 1_000_000, logits);
        }
        return measurements;
    }

    private static String row(float... logits) {
        Measurements reference = of("reference", new float[] {-4, 2}, 90, 100, 1000);
        String table = Measurements.table(List.of(reference, of("other", logits, 20, 60, 40)), reference, TOLERANCE);
        return table.lines().filter(line -> line.startsWith("| other")).findFirst().orElseThrow();
    }

    @Test
    void showsTheMediansRatioAndTheSpread() {
        assertEquals("| other | 40.0 | 20.0 - 60.0 | 0.40 x | 5.0e-04 |", row(-4, 2.002f));
    }

    @Test
    void refusesARatioWhenOutputsDisagree() {
        for (float[] logits : new float[][] {{-4, 2.005f}, {-4, Float.NaN}, {-4, Float.POSITIVE_INFINITY}, {-4}, {4, 2}}) {
            String row = row(logits);
            assertTrue(row.contains("outputs disagree"), row);
            assertFalse(row.contains(" x "), row);
        }
    }

    @Test
    void anEvenNumberOfRoundsHasItsMedianBetweenTheMiddleOnes() {
        assertEquals(25, of("even", new float[1], 10, 40, 20, 30).median());
    }

    @Test
    void takesDifferencesRoundByRound() {
        Measurements two = of("two", new float[1], 15, 30, 70);
        assertEquals(10, two.longerThan(of("one", new float[1], 10, 20, 10), "more").median());
    }
}
