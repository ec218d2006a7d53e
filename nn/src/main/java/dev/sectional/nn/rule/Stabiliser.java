package dev.sectional.nn.rule;


/**
 * How a ratio is kept finite; the one place that knows.
 *
 * @param epsilon is added to the denominator with its sign, 0 counting as positive. At 0 the division is exact, and
 *     0 where the denominator is 0.
 */
public record Stabiliser(double epsilon) {
    /** Exact division: {@code a / b}, and 0 where b is 0. */
    public static final Stabiliser EXACT = new Stabiliser(0);

    /** The epsilon that the field's libraries use by default. */
    public static final Stabiliser USUAL = new Stabiliser(1e-6);

    /** Checks epsilon. */
    public Stabiliser {
        if (!(epsilon >= 0) || Double.isInfinite(epsilon)) {
            throw new IllegalArgumentException("epsilon is a number of at least 0, got " + epsilon);
        }
    }

    /** What is added to the denominator b: epsilon with the sign of b. */
    public double added(double b) {
        return b < 0 ? -epsilon : epsilon;
    }

    /** {@code a / (b + added(b))}, and 0 where that denominator is 0. */
    public double divide(double a, double b) {
        double denominator = b + added(b);
        return denominator != 0 ? a / denominator : 0;
    }
}
