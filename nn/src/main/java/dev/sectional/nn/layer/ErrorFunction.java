package dev.sectional.nn.layer;

/**
 * The error function {@code 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x}, to 1e-14: Taylor's polynomial of degree
 * 6 around the nearest of the multiples of 1/64 up to 6, whose values the power series gives once.
 */
final class ErrorFunction {
    private static final int PER_UNIT = 64;
    private static final int GREATEST = 6;
    private static final double FACTOR = 2 / Math.sqrt(Math.PI);
    private static final double[] VALUES = new double[GREATEST * PER_UNIT + 1];
    private static final double[] SLOPES = new double[GREATEST * PER_UNIT + 1];

    static {
        for (int i = 0; i < VALUES.length; i++) {
            double x = (double) i / PER_UNIT;
            SLOPES[i] = FACTOR * Math.exp(-x * x);
            VALUES[i] = series(x, SLOPES[i]);
        }
    }

    private ErrorFunction() {
    }

    /** Sums {@code erf(x) = erf'(x) * sum of 2^n x^(2 n + 1) / (1 * 3 * ... * (2 n + 1))}, whose terms are positive. */
    private static double series(double x, double slope) {
        double term = x;
        double sum = 0;
        for (int n = 1; term > 1e-20 * sum; n++) {
            sum += term;
            term *= 2 * x * x / (2 * n + 1);
        }
        return slope * sum;
    }

    static double value(double x) {
        double size = Math.abs(x);
        if (!(size < GREATEST)) {
            return Double.isNaN(x) ? x : Math.signum(x);
        }
        int i = (int) (size * PER_UNIT + 0.5);
        double at = (double) i / PER_UNIT;
        double d = size - at;
        double square = at * at;
        // The derivatives of exp(-x^2) are Hermite polynomials times exp(-x^2)
        double second = -at;
        double third = (2 * square - 1) / 3;
        double fourth = at * (3 - 2 * square) / 6;
        double fifth = (4 * square * square - 12 * square + 3) / 30;
        double sixth = -at * (4 * square * square - 20 * square + 15) / 90;
        double sum = VALUES[i] + SLOPES[i] * d * (1 + d * (second + d * (third + d * (fourth + d * (fifth
                + d * sixth)))));
        return Math.copySign(sum, x);
    }

    static double derivative(double x) {
        return FACTOR * Math.exp(-x * x);
    }
}
