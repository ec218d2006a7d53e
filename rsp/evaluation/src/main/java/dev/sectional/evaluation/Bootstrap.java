package dev.sectional.evaluation;

import dev.sectional.evaluation.internal.CounterRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Percentile bootstrap intervals (Efron, Tibshirani: An Introduction to the Bootstrap, 1993, chapter 13) over images:
 * the cases of one image stay together, because they are not independent. The draws depend on the number of images
 * alone, so that intervals are the same on every run and on every machine, and methods are resampled alike.
 */
final class Bootstrap {
    /** Number of resampled sets of images. */
    static final int RESAMPLES = 1000;
    /** Share of the resampled values within the interval. */
    private static final double LEVEL = 0.95;
    private static final CounterRandom DRAWS = new CounterRandom(95).part("bootstrap");

    private Bootstrap() {
    }

    /** Computes a figure and its interval. */
    static Estimate estimate(Figure figure, List<Metric.Row> rows) {
        Map<String, double[]> byImage = new LinkedHashMap<>();
        double[] all = new double[figure.size()];
        int cases = 0;
        for (Metric.Row row : rows) {
            double[] own = byImage.computeIfAbsent(row.image(), image -> new double[figure.size()]);
            if (figure.terms().add(row, own)) {
                cases++;
            }
            figure.terms().add(row, all);
        }
        double value = figure.value().applyAsDouble(all);
        boolean counts = figure.unit().equals(Figure.CASES);
        double[] interval = counts || byImage.size() < 2 ? new double[] {Double.NaN, Double.NaN}
                : interval(figure, new ArrayList<>(byImage.values()));
        return new Estimate(value, figure.unit(), figure.better(), cases, interval[0], interval[1]);
    }

    private static double[] interval(Figure figure, List<double[]> images) {
        List<int[]> indices = images.stream().map(Bootstrap::nonzero).toList();
        double[] values = new double[RESAMPLES];
        for (int b = 0; b < RESAMPLES; b++) {
            double[] sums = new double[figure.size()];
            for (int i = 0; i < images.size(); i++) {
                int image = DRAWS.below((long) b * images.size() + i, images.size());
                double[] own = images.get(image);
                for (int k : indices.get(image)) {
                    sums[k] += own[k];
                }
            }
            values[b] = figure.value().applyAsDouble(sums);
        }
        double[] defined = Arrays.stream(values).filter(value -> !Double.isNaN(value)).sorted().toArray();
        return new double[] {quantile(defined, (1 - LEVEL) / 2), quantile(defined, (1 + LEVEL) / 2)};
    }

    /** Returns the positions of the sums that an image adds to: with many classes, few of them. */
    private static int[] nonzero(double[] sums) {
        int[] indices = new int[sums.length];
        int count = 0;
        for (int i = 0; i < sums.length; i++) {
            if (sums[i] != 0) {
                indices[count++] = i;
            }
        }
        return Arrays.copyOf(indices, count);
    }

    /** Returns a quantile of sorted values, interpolated linearly as numpy does; NaN without values. */
    static double quantile(double[] sorted, double share) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        double position = share * (sorted.length - 1);
        int left = (int) position;
        int right = Math.min(left + 1, sorted.length - 1);
        return sorted[left] + (position - left) * (sorted[right] - sorted[left]);
    }
}
