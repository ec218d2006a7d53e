package dev.sectional.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.evaluation.metric.PointingGame;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SummariesTest {
    private static final List<String> CLASSES = List.of("cat", "dog");

    private static List<Metric.Row> rows(double... values) {
        List<Metric.Row> rows = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            rows.add(new Metric.Row("image " + i, 0, Map.of("x", values[i])));
        }
        return rows;
    }

    private static Estimate mean(List<Metric.Row> rows) {
        return Summaries.of(List.of(Figure.mean("x", "share")), rows, CLASSES, List.of()).figures().get("x");
    }

    /** The standard error of a mean of many values is known: the interval is 3.92 of it wide. */
    @Test
    void theIntervalOfAMeanHasTheKnownWidth() {
        Random random = new Random(1);
        double[] values = random.doubles(400).toArray();

        Estimate estimate = mean(rows(values));

        double mean = 0;
        for (double value : values) {
            mean += value / values.length;
        }
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        double error = Math.sqrt(squares) / values.length;
        assertEquals(mean, estimate.value(), 1e-12);
        assertEquals(400, estimate.cases());
        assertEquals(mean - 1.96 * error, estimate.low(), 0.25 * error);
        assertEquals(mean + 1.96 * error, estimate.high(), 0.25 * error);
    }

    /** ImageNet has two cranes: the figure of the first was lost. */
    @Test
    void classesOfOneNameHaveFiguresOfTheirOwn() {
        List<Metric.Row> rows = List.of(new Metric.Row("a", 0, Map.of("x", 1.0)),
                new Metric.Row("b", 2, Map.of("x", 0.0)),
                new Metric.Row("c", 1, Map.of("x", 0.5)));
        assertEquals(Map.of("crane (0)", 1.0, "dog", 0.5, "crane (2)", 0.0),
                Summaries.of(List.of(Figure.mean("x", "share")), rows,
                        List.of("crane", "dog", "crane"), List.of()).perClass().get("x"));
    }

    @Test
    void theCasesOfAnImageStayTogether() {
        List<Metric.Row> apart = new ArrayList<>();
        List<Metric.Row> together = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Map<String, Double> values = Map.of("x", (double) (i / 4 % 2));
            apart.add(new Metric.Row("image " + i, 0, values));
            together.add(new Metric.Row("image " + i / 4, 0, values));
        }
        Estimate wide = mean(together);
        Estimate narrow = mean(apart);

        assertEquals(narrow.value(), wide.value());
        assertTrue(wide.high() - wide.low() > 1.5 * (narrow.high() - narrow.low()), wide + ", " + narrow);
    }

    @Test
    void intervalsAreTheSameOnEveryRun() {
        assertEquals(mean(rows(1, 2, 3, 5, 8)), mean(rows(1, 2, 3, 5, 8)));
        assertNotEquals(mean(rows(1, 2, 3, 5, 8)).low(), mean(rows(1, 2, 3, 5, 8)).high());
    }

    @Test
    void undefinedValuesAndSingleImagesHaveNoInterval() {
        assertEquals(new Estimate(Double.NaN, "share", Figure.Better.NEITHER, 0, Double.NaN, Double.NaN),
                mean(rows(Double.NaN, Double.NaN)));
        assertEquals(new Estimate(4, "share", Figure.Better.NEITHER, 1, Double.NaN, Double.NaN), mean(rows(4)));
        Estimate one = mean(rows(4, Double.NaN, 2));
        assertEquals(3, one.value());
        assertEquals(2, one.cases());
    }

    @Test
    void classesHaveIntervalsOfTheirOwn() {
        List<Metric.Row> rows = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Map<String, Double> values = new HashMap<>(Map.of("hit", i % 5 == 0 ? 1.0 : 0.0));
            rows.add(new Metric.Row("image " + i, i < 5 ? 0 : 1, values));
            rows.add(new Metric.Row("image " + i, 1, Map.of("hit", 1.0)));
        }
        Summary summary = new PointingGame(1, null).summary(rows, CLASSES);

        assertEquals(0.2, summary.classFigures().get("accuracy").get("cat").value(), 1e-12);
        assertEquals(5, summary.classFigures().get("accuracy").get("cat").cases());
        assertEquals(11.0 / 15, summary.classFigures().get("accuracy").get("dog").value(), 1e-12);
        assertEquals((0.2 + 11.0 / 15) / 2, summary.figures().get("accuracy").value(), 1e-12);
        assertEquals(12, summary.overall().get("hits"));
        assertTrue(!summary.figures().get("hits").hasInterval(), "a count is exact");
        assertTrue(summary.figures().get("accuracy").low() < summary.figures().get("accuracy").value());
    }
}
