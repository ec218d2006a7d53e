package dev.sectional.evaluation.metric.similarity;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Correlation coefficients of two lists of numbers, from -1 to 1. NaN if one of them is constant, where no correlation
 * is defined; means over many pairs skip such pairs.
 */
public final class Correlation {
    private Correlation() {
    }

    /**
     * {@return Pearson's coefficient: the covariance over the product of the standard deviations}
     *
     * @param a values, at least one
     * @param b as many
     * @throws IllegalArgumentException if the lengths differ
     */
    public static double pearson(double[] a, double[] b) {
        requireSameLength(a, b);
        double meanA = Arrays.stream(a).average().orElse(0);
        double meanB = Arrays.stream(b).average().orElse(0);
        double together = 0;
        double varianceA = 0;
        double varianceB = 0;
        for (int i = 0; i < a.length; i++) {
            together += (a[i] - meanA) * (b[i] - meanB);
            varianceA += (a[i] - meanA) * (a[i] - meanA);
            varianceB += (b[i] - meanB) * (b[i] - meanB);
        }
        if (constant(a) || constant(b)) {   // the variances need not be 0: the mean is rounded
            return Double.NaN;
        }
        double root = Math.sqrt(varianceA) * Math.sqrt(varianceB);
        return Math.max(-1, Math.min(1, together / root));
    }

    /**
     * {@return Spearman's coefficient: Pearson's of the {@link #ranks}}
     *
     * @param a values, at least one
     * @param b as many
     */
    public static double spearman(double[] a, double[] b) {
        requireSameLength(a, b);
        return pearson(ranks(a), ranks(b));
    }

    /**
     * {@return the rank of each value in ascending order, from 1; equal values share the mean of their ranks}
     *
     * @param values none of them NaN
     */
    public static double[] ranks(double[] values) {
        int[] order = IntStream.range(0, values.length).boxed()
                .sorted(Comparator.comparingDouble(i -> values[i] + 0.0))   // -0.0 and 0.0 are equal
                .mapToInt(Integer::intValue).toArray();
        double[] ranks = new double[values.length];
        for (int from = 0; from < order.length;) {
            int to = from + 1;
            while (to < order.length && values[order[to]] == values[order[from]]) {
                to++;
            }
            for (int i = from; i < to; i++) {
                ranks[order[i]] = (from + 1 + to) / 2.0;
            }
            from = to;
        }
        return ranks;
    }

    private static boolean constant(double[] values) {
        return Arrays.stream(values).allMatch(value -> value == values[0]);
    }

    private static void requireSameLength(double[] a, double[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException("expected two lists of the same length, got " + a.length + " and "
                    + b.length);
        }
    }
}
