package dev.sectional.evaluation.report;

import dev.sectional.evaluation.Estimate;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** Formats figures for tables. */
final class FigureText {
    /** Explains {@link #line}. */
    static final String LEGEND = "[low, high]: 95 % bootstrap interval over images; n: number of cases.";

    private FigureText() {
    }

    /** Formats a value: counts and whole numbers above 1 without decimals, others with three; empty for NaN. */
    static String number(Estimate estimate) {
        return estimate == null ? "" : number(estimate.value(), estimate.isCount());
    }

    private static String number(double value, boolean count) {
        if (Double.isNaN(value)) {
            return "";
        }
        if (value == Math.rint(value) && (count || Math.abs(value) > 1)) {
            return String.format(Locale.ROOT, "%.0f", value);
        }
        boolean tiny = value != 0 && Math.abs(value) < 0.001;
        return String.format(Locale.ROOT, tiny ? "%.1e" : "%.3f", value);
    }

    /** Returns the interval as {@code [low, high]}; empty if there is none. */
    static String interval(Estimate estimate) {
        return estimate == null || !estimate.hasInterval() ? ""
                : "[" + number(estimate.low(), false) + ", " + number(estimate.high(), false) + "]";
    }

    /** Returns value, interval and number of cases. */
    static String line(Estimate estimate) {
        if (estimate == null || Double.isNaN(estimate.value())) {
            return "-";
        }
        String interval = interval(estimate);
        return number(estimate) + (interval.isEmpty() ? "" : " " + interval)
                + (estimate.isCount() ? "" : " n=" + estimate.cases());
    }

    /** Returns the unit and direction of a figure, from the values of all methods. */
    static String meaning(List<Estimate> estimates) {
        Estimate any = estimates.stream().filter(Objects::nonNull).findFirst().orElseThrow();
        return any.unit() + (any.better().text().isEmpty() ? "" : ", " + any.better().text());
    }
}
