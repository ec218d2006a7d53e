package dev.sectional.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The times of one job, one per round, and what it computed. */
final class Measurements {
    private final String name;
    private final double[] milliseconds;
    private float[] logits;

    Measurements(String name, int rounds) {
        this.name = name;
        milliseconds = new double[rounds];
    }

    String name() {
        return name;
    }

    void add(int round, long nanoseconds, float[] result) {
        milliseconds[round] = nanoseconds / 1e6;
        logits = result;
    }

    /** What this job took longer than another, round by round. */
    Measurements longerThan(Measurements other, String name) {
        Measurements difference = new Measurements(name, milliseconds.length);
        Arrays.setAll(difference.milliseconds, round -> milliseconds[round] - other.milliseconds[round]);
        difference.logits = logits;
        return difference;
    }

    double median() {
        double[] sorted = milliseconds.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** The greatest difference of a logit, over the greatest absolute logit of the reference; NaN is as far as can be. */
    double differenceFrom(Measurements reference) {
        if (logits.length != reference.logits.length) {
            return Double.POSITIVE_INFINITY;
        }
        double difference = 0;
        double greatest = 0;
        for (int i = 0; i < logits.length; i++) {
            double here = Math.abs((double) logits[i] - reference.logits[i]);
            difference = Math.max(difference, Double.isNaN(here) ? Double.POSITIVE_INFINITY : here);
            greatest = Math.max(greatest, Math.abs(reference.logits[i]));
        }
        return difference == 0 ? 0 : difference / greatest;
    }

    /**
     * A table in Markdown.
     *
     * @param reference what the ratios are to; null for none
     * @param tolerance above this difference of outputs there is no ratio
     */
    static String table(List<Measurements> all, Measurements reference, double tolerance) {
        StringBuilder table = new StringBuilder("| what | median ms | min - max | "
                + (reference == null ? "ratio" : "of " + reference.name) + " | difference of logits |\n|---|---|---|---|---|\n");
        for (Measurements each : all) {
            table.append(each.row(reference, tolerance)).append('\n');
        }
        return table.toString();
    }

    private String row(Measurements reference, double tolerance) {
        String ratio = "-";
        String difference = "-";
        if (reference != null) {
            double distance = differenceFrom(reference);
            difference = String.format(Locale.ROOT, "%.1e", distance);
            ratio = distance > tolerance ? "outputs disagree" : String.format(Locale.ROOT, "%.2f x", median() / reference.median());
        }
        double least = Arrays.stream(milliseconds).min().orElseThrow();
        double most = Arrays.stream(milliseconds).max().orElseThrow();
        return String.format(Locale.ROOT, "| %s | %.1f | %.1f - %.1f | %s | %s |", name, median(), least, most, ratio, difference);
    }
}
