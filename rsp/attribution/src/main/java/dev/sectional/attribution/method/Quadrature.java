package dev.sectional.attribution.method;

import java.util.Arrays;
import java.util.Locale;

/**
 * A rule for the integral over 0 to 1: n points, each with a weight, the weights adding up to 1.
 */
public enum Quadrature {
    /** Gauss-Legendre: exact for polynomials of degree below 2n. No point lies on an end of the interval. */
    GAUSS,
    /** The midpoints of n equal parts. */
    MIDPOINT,
    /** The right ends of n equal parts. */
    RIGHT;

    /** Newton's method doubles the correct digits in each step: from the usual start, six steps are ample. */
    private static final int NEWTON_STEPS = 10;

    /** Returns the rule of a name: {@code gauss}, {@code midpoint} or {@code right}. */
    static Quadrature named(String name) {
        return Arrays.stream(values()).filter(each -> each.toString().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("rule=" + name
                        + " is unknown: use gauss, midpoint or right"));
    }

    /**
     * A point of the interval.
     *
     * @param at position, above 0 and at most 1
     * @param weight above 0
     */
    record Point(double at, double weight) {
    }

    /** Returns the n points in ascending order. */
    Point[] points(int n) {
        Point[] points = new Point[n];
        for (int i = 0; i < n; i++) {
            points[i] = switch (this) {
                case GAUSS -> gauss(n, i);
                case MIDPOINT -> new Point((i + 0.5) / n, 1.0 / n);
                case RIGHT -> new Point((i + 1.0) / n, 1.0 / n);
            };
        }
        return points;
    }

    /**
     * Returns Gauss-Legendre point i: x is a zero of the Legendre polynomial {@code P_n}, found by Newton's method from
     * {@code cos(pi (i + 3/4) / (n + 1/2))}, and its weight is {@code 2 / ((1 - x^2) P_n'(x)^2)} (Abramowitz and
     * Stegun, 25.4.29), both for the interval -1 to 1.
     */
    private static Point gauss(int n, int i) {
        double x = -Math.cos(Math.PI * (i + 0.75) / (n + 0.5));
        double slope = 0;
        for (int step = 0; step < NEWTON_STEPS; step++) {
            double before = 1;
            double value = x;
            for (int degree = 2; degree <= n; degree++) {
                double next = ((2 * degree - 1) * x * value - (degree - 1) * before) / degree;
                before = value;
                value = next;
            }
            slope = n * (x * value - before) / (x * x - 1);
            x -= value / slope;
        }
        return new Point((1 + x) / 2, 1 / ((1 - x * x) * slope * slope));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
