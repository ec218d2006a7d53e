package dev.sectional.benchmarks;

import java.util.Locale;

/** A table in Markdown: what was measured, its ratio to something else, and whether that reaches the goal. */
final class GoalTable {
    /** Relative difference of outputs above which times say nothing about each other. */
    static final double TOLERANCE = 1e-3;

    private final StringBuilder text;

    /** @param heading of the first column */
    GoalTable(String heading) {
        text = new StringBuilder("| " + heading
                + " | median | least - most | ratio | goal | |\n|---|---|---|---|---|---|\n");
    }

    /** A time to compare others with. */
    void anchor(Measurements anchor) {
        line(anchor.name(), number(anchor.time().median()) + " ms", range(anchor.time()) + " ms", "1", "", "");
    }

    /**
     * A time and its ratio to another.
     *
     * @param anchor null where it was not measured: then there is no ratio
     * @param atMost the goal; infinite for none
     */
    void time(Measurements measured, Measurements anchor, double atMost) {
        String goal = Double.isInfinite(atMost) ? "" : plain(atMost) + " x";
        double ratio = anchor == null ? Double.NaN : measured.time().median() / anchor.time().median();
        boolean comparable = comparable(measured, anchor);
        line(measured.name(), number(measured.time().median()) + " ms", range(measured.time()) + " ms",
                comparable ? String.format(Locale.ROOT, "%.2f x", ratio) : anchor == null ? "-" : "outputs disagree",
                goal, goal.isEmpty() || !comparable ? "" : verdict(ratio <= atMost));
    }

    /**
     * A rate, from times for a million operations, and its share of the peak's.
     *
     * @param atLeast the goal, of 1
     */
    void rate(Measurements measured, Measurements peak, double atLeast) {
        rate(peak, "1", "", "");
        double share = peak.time().median() / measured.time().median();
        boolean comparable = comparable(measured, peak);
        rate(measured, comparable ? percent(share) : "outputs disagree", percent(atLeast), comparable
                ? verdict(share >= atLeast) : "");
    }

    private void rate(Measurements measured, String ratio, String goal, String verdict) {
        Spread time = measured.time();
        line(measured.name(), number(1 / time.median()) + " GFLOP/s",
                range(new Spread(0, 1 / time.most(), 1 / time.least())) + " GFLOP/s", ratio, goal, verdict);
    }

    /** An absolute figure with a goal of the same unit. */
    void absolute(String what, Spread measured, String unit, double atMost) {
        line(what, number(measured.median()) + " " + unit, range(measured) + " " + unit, "",
                Double.isInfinite(atMost) ? "" : plain(atMost) + " " + unit, Double.isInfinite(atMost) ? ""
                        : verdict(measured.median() <= atMost));
    }

    /** A row of words. */
    void line(String what, String median, String spread, String ratio, String goal, String verdict) {
        text.append("| ").append(String.join(" | ", what, median, spread, ratio, goal, verdict)).append(" |\n");
    }

    private static boolean comparable(Measurements measured, Measurements anchor) {
        return anchor != null && measured.differenceFrom(anchor) <= TOLERANCE;
    }

    private static String verdict(boolean reached) {
        return reached ? "reached" : "not reached";
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%.1f", value) : String.valueOf(value);
    }

    private static String range(Spread spread) {
        return number(spread.least()) + " - " + number(spread.most());
    }

    /** Three figures. */
    static String number(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f", value);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
