package dev.sectional.core.internal.kernel;

import java.util.Arrays;
import java.util.Random;

/**
 * One call of a kernel in the parity suite: the kernels under test, a size, offsets and random values. Sizes lie
 * below, at and above multiples of the lane count; every other round of them mixes in special values.
 */
final class ParityTrial {
    /** Values that often go wrong in vector code, safe to add up: no sum of their products overflows. */
    private static final float[] SPECIAL = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0f, -0f,
        Float.MIN_VALUE, -Float.MIN_VALUE, 3 * Float.MIN_VALUE, Float.MIN_NORMAL, -Float.MIN_NORMAL / 2, 1e-30f,
        1f, -1f};
    private static final float[] LARGE = {Float.MAX_VALUE, -Float.MAX_VALUE, Float.MAX_VALUE / 2, 1e30f};

    /** The unit roundoff of float32. */
    static final double ROUNDOFF = 0x1p-24;

    final Kernels kernels;
    final Random random;
    final int count;
    final boolean special;

    ParityTrial(Kernels kernels, int round) {
        int[] sizes = sizes(kernels.lanes());
        this.kernels = kernels;
        random = new Random(round);
        count = sizes[round % sizes.length];
        special = round / sizes.length % 2 == 1;
    }

    /** As another trial, with the kernels replaced. */
    ParityTrial(Kernels kernels, int round, ParityTrial same) {
        this.kernels = kernels;
        random = new Random(round);
        count = same.count;
        special = same.special;
    }

    private static int[] sizes(int lanes) {
        return new int[] {0, 1, lanes - 1, lanes, lanes + 1, 2 * lanes - 1, 2 * lanes, 2 * lanes + 1, 3 * lanes + 2,
                4 * lanes - 1, 4 * lanes, 4 * lanes + 1, 8 * lanes - 1, 8 * lanes, 8 * lanes + 1, 300, 129};
    }

    /** Returns how many rounds try every size with and without special values. */
    static int cycle(Kernels kernels) {
        return 2 * sizes(kernels.lanes()).length;
    }

    /** Returns a number in {@code 0 .. bound - 1}. */
    int some(int bound) {
        return random.nextInt(bound);
    }

    /** Returns random values, in special rounds with NaN, infinities, zeros, subnormal and very large ones. */
    float[] values(int length) {
        float[] values = summands(length);
        for (int i = 0; special && i < length; i++) {
            values[i] = random.nextInt(16) == 0 ? LARGE[random.nextInt(LARGE.length)] : values[i];
        }
        return values;
    }

    /** Returns random values whose products can be added up without overflow. */
    float[] summands(int length) {
        float[] values = moderate(length);
        boolean rare = random.nextBoolean();   // else NaN and infinities hide the rest of every longer sum
        for (int i = 0; special && i < length; i++) {
            if (random.nextInt(rare ? 40 : 4) == 0) {
                values[i] = SPECIAL[random.nextInt(SPECIAL.length)];
            }
        }
        return values;
    }

    /** Returns normal values of both signs. */
    float[] moderate(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextFloat() * 2 - 1;
        }
        return values;
    }

    /** Fails unless both arrays have the same bits. Any NaN equals any other. */
    void requireBits(String what, float[] wanted, float[] got) {
        for (int i = 0; i < wanted.length; i++) {
            if (Float.floatToIntBits(wanted[i]) != Float.floatToIntBits(got[i])) {
                fail(what, i, Float.toString(wanted[i]), got[i]);
            }
        }
    }

    /** Fails unless {@code got} is as near to the sum as rounding allows. */
    void requireSum(String what, int index, Sum wanted, float got) {
        if (!wanted.allows(got)) {
            fail(what, index, wanted.toString(), got);
        }
    }

    void fail(String what, int index, String wanted, float got) {
        throw new AssertionError(what + " with " + count + " elements at " + index
                + ": wanted " + wanted + ", got " + got
                + (special ? " (special values)" : ""));
    }

    /**
     * A sum of products in float64, and how far float32 may be away from it: by a half ulp for each operation, in
     * any order.
     */
    static final class Sum {
        private double sum;
        private double size;
        private int terms;

        Sum add(double a, double b) {
            sum += a * b;
            size += Math.abs(a * b);
            terms++;
            return this;
        }

        /** Returns the sum limited to an interval, with the same error: limits move no two values apart. */
        Sum clamped(float least, float greatest) {
            Sum limited = new Sum();
            limited.sum = sum <= least ? least : sum > greatest ? greatest : sum;
            limited.size = size;
            limited.terms = terms;
            return limited;
        }

        boolean allows(float got) {
            if (Double.isNaN(sum) || Double.isInfinite(sum)) {
                return Double.compare(sum, got) == 0;
            }
            double bound = (terms + 2) * ROUNDOFF * size + (terms + 2) * (double) Float.MIN_VALUE;
            return Math.abs(got - sum) <= bound;
        }

        @Override
        public String toString() {
            return sum + " (" + terms + " terms of size " + size + ")";
        }
    }

    static Sum[] sums(int length) {
        Sum[] sums = new Sum[length];
        Arrays.setAll(sums, i -> new Sum());
        return sums;
    }
}
