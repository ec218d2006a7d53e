package dev.sectional.evaluation;

import java.util.function.ToDoubleFunction;

/**
 * A figure of a metric: a function of sums over cases. Because every case only adds to the sums, a bootstrap needs the
 * sums of each image and never looks at a case twice.
 *
 * @param name name in tables
 * @param unit unit of the values, such as {@code share} or {@code logits}; {@value #CASES} for a number of cases
 * @param better direction of good values
 * @param byClass whether tables also show the figure for each class of the dataset
 * @param size number of sums
 * @param terms what a case adds to the sums
 * @param value the figure's value for given sums; NaN if it is undefined
 */
public record Figure(String name, String unit, Better better, boolean byClass, int size, Terms terms,
                     ToDoubleFunction<double[]> value) {
    /** Unit of figures that count cases. They have no interval. */
    public static final String CASES = "cases";

    /** The direction in which values of a figure are better. */
    public enum Better {
        /** Greater values are better. */
        HIGHER("higher is better"),
        /** Smaller values are better. */
        LOWER("lower is better"),
        /** The figure does not rank methods. */
        NEITHER("");

        private final String text;

        Better(String text) {
            this.text = text;
        }

        /** {@return the direction in words; empty for none} */
        public String text() {
            return text;
        }
    }

    /** What a case adds to the sums of a figure. */
    public interface Terms {
        /**
         * Adds a case to the sums.
         *
         * @param row the measurements of one case
         * @param sums of the cases so far
         * @return whether the figure is defined for the case
         */
        boolean add(Metric.Row row, double[] sums);
    }

    /**
     * Creates the mean of a value over the cases where it is defined. It does not rank methods.
     *
     * @param name of the value
     * @param unit of the value; empty for none
     * @return the figure
     */
    public static Figure mean(String name, String unit) {
        return new Figure(name, unit, Better.NEITHER, true, 2, (row, sums) -> addTo(sums, row.values().get(name)),
                Figure::quotient);
    }

    /**
     * Creates the number of cases where a value is defined.
     *
     * @param value name of the value
     * @return the figure
     */
    public static Figure cases(String value) {
        return count(CASES, row -> isDefined(row.values().get(value)) ? 1 : 0);
    }

    /**
     * Creates a sum of numbers of cases.
     *
     * @param name of the figure
     * @param number number of a case
     * @return the figure
     */
    public static Figure count(String name, ToDoubleFunction<Metric.Row> number) {
        return new Figure(name, CASES, Better.NEITHER, false, 1, (row, sums) -> {
            double cases = number.applyAsDouble(row);
            sums[0] += cases;
            return cases > 0;
        }, sums -> sums[0]);
    }

    /**
     * {@return this figure with a direction}
     *
     * @param direction which values are better
     */
    public Figure better(Better direction) {
        return new Figure(name, unit, direction, byClass, size, terms, value);
    }

    /**
     * Adds a value and 1 to the first two sums, unless it is NaN or null; returns whether it did.
     *
     * @param sums at least two
     * @param value to add; may be NaN or null
     * @return whether it was added
     */
    public static boolean addTo(double[] sums, Double value) {
        if (!isDefined(value)) {
            return false;
        }
        sums[0] += value;
        sums[1]++;
        return true;
    }

    /**
     * {@return the first sum divided by the second; NaN if the second is 0}
     *
     * @param sums at least two
     */
    public static double quotient(double[] sums) {
        return sums[1] == 0 ? Double.NaN : sums[0] / sums[1];
    }

    private static boolean isDefined(Double value) {
        return value != null && !value.isNaN();
    }
}
