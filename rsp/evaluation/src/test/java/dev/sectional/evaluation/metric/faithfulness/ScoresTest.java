package dev.sectional.evaluation.metric.faithfulness;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.evaluation.Estimate;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.Summaries;
import dev.sectional.evaluation.Summary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScoresTest {
    @Test
    void curvesOfDifferentNumbersOfStepsAreResampled() {
        List<Metric.Row> rows = List.of(row(0, 4), row(0, 2, 4, 6, 8));

        Summary.Curve curve = Scores.curve(rows, "c", "c", "x", "y");

        assertEquals(List.of("0.000", "0.250", "0.500", "0.750", "1.000"), curve.ticks());
        assertEquals(List.of(0.0, 1.5, 3.0, 4.5, 6.0), curve.values());
    }

    @Test
    void curvesSkipCasesAndPointsWithoutAValue() {
        List<Metric.Row> rows = List.of(row(), row(1, 5), row(3, Double.NaN, 9));

        assertEquals(List.of(2.0, 3.0, 7.0), Scores.curve(rows, "c", "c", "x", "y").values());
        assertEquals(List.of(), Scores.curve(List.of(row()), "c", "c", "x", "y").ticks());
    }

    @Test
    void casesCountDefinedValues() {
        List<Metric.Row> rows = List.of(new Metric.Row("a", 0, Map.of("x", 1.0, "y", 2.0)),
                new Metric.Row("b", 0, Map.of("x", 3.0, "y", Double.NaN)), new Metric.Row("c", 0, Map.of("y", 5.0)));

        Map<String, Estimate> figures = Summaries.of(
                List.of(Figure.mean("x", "u"), Figure.mean("y", "u"), Figure.cases("x")), rows, List.of("k"), List.of())
                .figures();

        assertEquals(2.0, figures.get("x").value());
        assertEquals(2, figures.get("x").cases());
        assertEquals(3.5, figures.get("y").value());
        assertEquals(2, figures.get("y").cases());
        assertEquals(2.0, figures.get("cases").value());
    }

    private static Metric.Row row(double... points) {
        Map<String, Double> values = new LinkedHashMap<>();
        Scores.put(values, "c", points);
        return new Metric.Row("image", 0, values);
    }
}
