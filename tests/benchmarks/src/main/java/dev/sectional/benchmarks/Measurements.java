package dev.sectional.benchmarks;

import java.util.Arrays;

/** One job's time and allocation, one per round, and what it computed. */
final class Measurements {
    private final String name;
    private final double amount;
    private final double[] milliseconds;
    private final double[] allocated;
    private float[] output;

    /** @param amount what the times are divided by: see {@link Contender#amount} */
    Measurements(String name, double amount, int rounds) {
        this.name = name;
        this.amount = amount;
        milliseconds = new double[rounds];
        allocated = new double[rounds];
    }

    String name() {
        return name;
    }

    void add(int round, long nanoseconds, long bytes, float[] result) {
        milliseconds[round] = nanoseconds / 1e6 / amount;
        allocated[round] = bytes / 1e6;
        output = result;
    }

    /** What this job took longer than another, round by round. */
    Measurements longerThan(Measurements other, String name) {
        Measurements difference = new Measurements(name, 1, milliseconds.length);
        Arrays.setAll(difference.milliseconds, round -> milliseconds[round] - other.milliseconds[round]);
        difference.output = output;
        return difference;
    }

    /** Milliseconds for one unit of the amount. */
    Spread time() {
        return Spread.of(milliseconds);
    }

    /** Megabytes that all Java threads together allocated in one run. */
    Spread allocation() {
        return Spread.of(allocated);
    }

    /**
     * The greatest difference of an output, over the greatest absolute output of the reference; NaN is as far as can
     * be.
     */
    double differenceFrom(Measurements reference) {
        if (output.length != reference.output.length) {
            return Double.POSITIVE_INFINITY;
        }
        double difference = 0;
        double greatest = 0;
        for (int i = 0; i < output.length; i++) {
            double here = Math.abs((double) output[i] - reference.output[i]);
            difference = Math.max(difference, Double.isNaN(here) ? Double.POSITIVE_INFINITY : here);
            greatest = Math.max(greatest, Math.abs(reference.output[i]));
        }
        return difference == 0 ? 0 : difference / greatest;
    }
}
