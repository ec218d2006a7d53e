package dev.sectional.nn.rule;

/**
 * The stabiliser of a ratio, which keeps it finite. All rules divide through this class.
 *
 * @param epsilon is added to the denominator with the denominator's sign; 0 counts as positive. With an epsilon of 0
 *     the division is exact, and 0 where the denominator is 0
 */
public record Stabiliser(double epsilon) {
    /** Exact division: {@code a / b}, and 0 where b is 0. */
    public static final Stabiliser EXACT = new Stabiliser(0);

    /** The default epsilon of the field's libraries, 1e-6. */
    public static final Stabiliser DEFAULT = new Stabiliser(1e-6);

    /**
     * Checks epsilon.
     *
     * @param epsilon the component {@code epsilon}
     */
    public Stabiliser {
        if (!(epsilon >= 0) || Double.isInfinite(epsilon)) {
            throw new IllegalArgumentException("epsilon is a number of at least 0, got " + epsilon);
        }
    }

    /**
     * {@return the term that is added to the denominator b: epsilon with the sign of b}
     *
     * @param b the divisor
     */
    public double signedEpsilon(double b) {
        return b < 0 ? -epsilon : epsilon;
    }

    /**
     * {@return {@code a / (b + signedEpsilon(b))}, and 0 where that denominator is 0}
     *
     * @param a the dividend
     * @param b the divisor
     */
    public double divide(double a, double b) {
        double denominator = b + signedEpsilon(b);
        return denominator != 0 ? a / denominator : 0;
    }
}
