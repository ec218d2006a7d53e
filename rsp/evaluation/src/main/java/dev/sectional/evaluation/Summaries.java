package dev.sectional.evaluation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Means over rows, for metrics. Values that are NaN or missing are skipped. */
public final class Summaries {
    private Summaries() {
    }

    /** Returns the mean of a value over the rows where it is defined; NaN if it is defined in none. */
    public static double mean(List<Metric.Row> rows, String value) {
        return rows.stream().map(row -> row.values().get(value)).filter(number -> number != null && !number.isNaN())
                .mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    /** Returns the mean of a value for each class with a defined one, by the class's name. */
    public static Map<String, Double> means(List<Metric.Row> rows, List<String> classes, String value) {
        Map<Integer, List<Metric.Row>> byLabel = new TreeMap<>();
        rows.forEach(row -> byLabel.computeIfAbsent(row.label(), label -> new ArrayList<>()).add(row));
        Map<String, Double> means = new LinkedHashMap<>();
        byLabel.forEach((label, of) -> {
            double mean = mean(of, value);
            if (!Double.isNaN(mean)) {
                means.put(classes.get(label), mean);
            }
        });
        return means;
    }

    /** Returns the number of rows where a value is defined. */
    public static int count(List<Metric.Row> rows, String value) {
        return (int) rows.stream().map(row -> row.values().get(value))
                .filter(number -> number != null && !number.isNaN())
                .count();
    }

    /**
     * Returns the means of the named values, overall and per class, and the numbers of cases: {@code cases} is the
     * number of rows where the first value is defined; a value that is defined in another number of rows gets its own.
     */
    public static Summary of(List<Metric.Row> rows, List<String> classes, List<String> values,
                             List<Summary.Curve> curves) {
        Map<String, Double> overall = new LinkedHashMap<>();
        Map<String, Map<String, Double>> perClass = new LinkedHashMap<>();
        for (String value : values) {
            overall.put(value, mean(rows, value));
            perClass.put(value, means(rows, classes, value));
        }
        int cases = values.isEmpty() ? 0 : count(rows, values.get(0));
        for (String value : values) {
            if (count(rows, value) != cases) {
                overall.put(value + " cases", (double) count(rows, value));
            }
        }
        overall.put("cases", (double) cases);
        return new Summary(overall, perClass, curves);
    }
}
