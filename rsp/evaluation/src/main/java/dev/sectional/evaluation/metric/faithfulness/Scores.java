package dev.sectional.evaluation.metric.faithfulness;

import dev.sectional.core.Tensor;
import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.Summaries;
import dev.sectional.evaluation.Summary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The network's scores for disturbed images, and curves of them. */
final class Scores {
    private Scores() {
    }

    /** Returns the probability of the case's target as a function of the image. */
    static ToDoubleFunction<Tensor> probability(Case judged) {
        return image -> judged.network().forward(image).probabilities()[judged.target()];
    }

    /** Returns the logit of the case's target as a function of the image. */
    static ToDoubleFunction<Tensor> logit(Case judged) {
        return image -> judged.network().forward(image).logits().data()[judged.target()];
    }

    /** Adds the points of a curve to the values, as {@code name.000}, {@code name.001}, ... */
    static void put(Map<String, Double> values, String name, double[] points) {
        for (int i = 0; i < points.length; i++) {
            values.put(key(name, i), points[i]);
        }
    }

    /** Returns the mean curve over all cases, against the share of the image that is replaced. */
    static Summary.Curve curve(List<Metric.Row> rows, String name, String plot, String xName, String yName) {
        int points = (int) IntStream.range(0, 1000)
                .takeWhile(i -> rows.stream().anyMatch(row -> row.values().containsKey(key(name, i)))).count();
        List<String> ticks = new ArrayList<>();
        List<Double> values = new ArrayList<>();
        for (int i = 0; i < points; i++) {
            ticks.add(String.format(Locale.ROOT, "%.3f", points == 1 ? 0 : (double) i / (points - 1)));
            values.add(Summaries.mean(rows, key(name, i)));
        }
        return new Summary.Curve(plot, xName, yName, ticks, values);
    }

    private static String key(String name, int point) {
        return String.format(Locale.ROOT, "%s.%03d", name, point);
    }
}
