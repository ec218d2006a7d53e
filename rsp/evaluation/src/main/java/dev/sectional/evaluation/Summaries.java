package dev.sectional.evaluation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Computes the figures of a metric from its measurements. */
public final class Summaries {
    private Summaries() {
    }

    /**
     * Returns the mean of a value over the rows where it is defined, neither NaN nor missing; NaN if there is none.
     *
     * @param rows the measurements
     * @param value name of the value
     * @return the mean
     */
    public static double mean(List<Metric.Row> rows, String value) {
        return rows.stream().map(row -> row.values().get(value)).filter(number -> number != null && !number.isNaN())
                .mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    /**
     * {@return the figures over all cases and, where they ask for it, over the cases of each class, with bootstrap
     * intervals over the images that the cases belong to}
     *
     * @param figures to compute
     * @param rows the measurements
     * @param classes names of the dataset's classes; to a name that several have, results add the index
     * @param curves to plot; may be empty
     */
    public static Summary of(List<Figure> figures, List<Metric.Row> rows, List<String> classes,
            List<Summary.Curve> curves) {
        Map<String, Estimate> overall = new LinkedHashMap<>();
        List<String> names = distinct(classes);
        Map<String, Map<String, Estimate>> perClass = new LinkedHashMap<>();
        Map<Integer, List<Metric.Row>> byLabel = rows.stream()
                .collect(Collectors.groupingBy(Metric.Row::label, TreeMap::new, Collectors.toList()));
        for (Figure figure : figures) {
            overall.put(figure.name(), Bootstrap.estimate(figure, rows));
            if (figure.byClass()) {
                Map<String, Estimate> own = new LinkedHashMap<>();
                byLabel.forEach((label, of) -> {
                    Estimate estimate = Bootstrap.estimate(figure, of);
                    if (estimate.cases() > 0) {
                        own.put(names.get(label), estimate);
                    }
                });
                perClass.put(figure.name(), own);
            }
        }
        return new Summary(overall, perClass, curves);
    }

    /**
     * {@return the names, those that several classes have with their indices}
     *
     * @param classes names of the dataset's classes
     */
    public static List<String> distinct(List<String> classes) {
        Map<String, Long> counts = classes.stream().collect(Collectors.groupingBy(name -> name, Collectors.counting()));
        return IntStream.range(0, classes.size()).mapToObj(label -> counts.get(classes.get(label)) == 1
                ? classes.get(label) : classes.get(label) + " (" + label + ")").toList();
    }
}
