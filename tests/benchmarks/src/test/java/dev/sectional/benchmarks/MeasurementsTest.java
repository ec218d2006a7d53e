package dev.sectional.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MeasurementsTest {
    private static final float[] LOGITS = {-4, 2};

    private static Measurements of(String name, double amount, float[] output, long... milliseconds) {
        Measurements measurements = new Measurements(name, amount, milliseconds.length);
        for (int round = 0; round < milliseconds.length; round++) {
            measurements.add(round, milliseconds[round] * 1_000_000, 0, output);
        }
        return measurements;
    }

    private static String last(GoalTable table) {
        return table.toString().lines().reduce((a, b) -> b).orElseThrow();
    }

    private static String row(double goal, float... output) {
        GoalTable table = new GoalTable("");
        table.time(of("other", 1, output, 20, 60, 40), of("reference", 1, LOGITS, 90, 100, 1000), goal);
        return last(table);
    }

    @Test
    void showsTheMediansRatioTheSpreadAndTheVerdict() {
        assertEquals("| other | 40.0 ms | 20.0 - 60.0 ms | 0.40 x | 0.4 x | reached |", row(0.4, -4, 2.002f));
        assertEquals("| other | 40.0 ms | 20.0 - 60.0 ms | 0.40 x | 0.39 x | not reached |", row(0.39, -4, 2));
        assertEquals("| other | 40.0 ms | 20.0 - 60.0 ms | 0.40 x |  |  |", row(Double.POSITIVE_INFINITY, -4, 2));
    }

    @Test
    void refusesARatioWhenOutputsDisagree() {
        for (float[] output : new float[][] {{-4, 2.005f}, {-4, Float.NaN}, {-4, Float.POSITIVE_INFINITY}, {-4},
                {4, 2}}) {
            String row = row(1, output);
            assertTrue(row.contains("outputs disagree"), row);
            assertFalse(row.contains("0.40 x") || row.contains("reached"), row);
        }
    }

    @Test
    void withoutAnAnchorThereIsNoRatio() {
        GoalTable table = new GoalTable("");
        table.time(of("alone", 1, LOGITS, 5), null, 1);
        assertEquals("| alone | 5.00 ms | 5.00 - 5.00 ms | - | 1.0 x |  |", last(table));
    }

    @Test
    void ratesAreSharesOfThePeak() {
        GoalTable table = new GoalTable("");
        table.rate(of("product", 1000, LOGITS, 10, 20, 40), of("peak", 2000, LOGITS, 30, 30, 30), 0.75);
        assertEquals("| product | 50.0 GFLOP/s | 25.0 - 100 GFLOP/s | 75 % | 75 % | reached |", last(table));
    }

    @Test
    void anEvenNumberOfRoundsHasItsMedianBetweenTheMiddleOnes() {
        assertEquals(new Spread(25, 10, 40), of("even", 1, LOGITS, 10, 40, 20, 30).time());
    }

    @Test
    void takesDifferencesRoundByRound() {
        Measurements two = of("two", 1, LOGITS, 15, 30, 70);
        assertEquals(10, two.longerThan(of("one", 1, LOGITS, 10, 20, 10), "more").time().median());
    }

    @Test
    void timesAreForOneUnitOfTheAmount() {
        assertEquals(5, of("eight", 8, LOGITS, 40).time().median());
    }
}
