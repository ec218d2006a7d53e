package dev.sectional.evaluation.metric.faithfulness;

import dev.sectional.core.Tensor;
import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.Summary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The network's scores for disturbed images, and curves of them. */
final class Scores {
    /** The value that replaces pixels, for settings. */
    static final String ZERO = "0 of the normalised input";

    private Scores() {
    }

    /** Returns the probability of the case's target as a function of the image. */
    static ToDoubleFunction<Tensor> probability(Case evaluated) {
        return image -> evaluated.network().forward(image).probabilities()[evaluated.target()];
    }

    /** Returns the logit of the case's target as a function of the image. */
    static ToDoubleFunction<Tensor> logit(Case evaluated) {
        return image -> evaluated.network().forward(image).logits().data()[evaluated.target()];
    }

    /** Adds the points of a curve to the values, as {@code name.000}, {@code name.001}, ... */
    static void put(Map<String, Double> values, String name, double[] points) {
        for (int i = 0; i < points.length; i++) {
            values.put(key(name, i), points[i]);
        }
    }

    /**
     * Returns the mean curve over all cases, against the share of the image that is replaced. Images of different sizes
     * have curves of different numbers of steps: each is interpolated linearly at the points of the longest.
     */
    static Summary.Curve curve(List<Metric.Row> rows, String name, String plot, String xName, String yName) {
        List<double[]> curves = rows.stream().map(row -> points(row, name)).filter(curve -> curve.length > 0).toList();
        int points = curves.stream().mapToInt(curve -> curve.length).max().orElse(0);
        List<String> ticks = new ArrayList<>();
        List<Double> values = new ArrayList<>();
        for (int i = 0; i < points; i++) {
            double x = points == 1 ? 0 : (double) i / (points - 1);
            ticks.add(String.format(Locale.ROOT, "%.3f", x));
            values.add(curves.stream().mapToDouble(curve -> at(curve, x)).filter(value -> !Double.isNaN(value))
                    .average()
                    .orElse(Double.NaN));
        }
        return new Summary.Curve(plot, xName, yName, ticks, values);
    }

    private static double[] points(Metric.Row row, String name) {
        return IntStream.iterate(0, i -> row.values().containsKey(key(name, i)), i -> i + 1)
                .mapToDouble(i -> row.values().get(key(name, i))).toArray();
    }

    /** Interpolates a curve over 0..1. */
    private static double at(double[] curve, double x) {
        double position = x * (curve.length - 1);
        int left = (int) position;
        double part = position - left;
        return part < 1e-9 || left + 1 == curve.length ? curve[left] : curve[left]
                + part * (curve[left + 1] - curve[left]);
    }

    private static String key(String name, int point) {
        return String.format(Locale.ROOT, "%s.%03d", name, point);
    }
}
