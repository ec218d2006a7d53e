package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of GEMM over 512-bit vectors for rows at equal distances and sums without bounds, as in Winograd's
 * products and in products of several blocks of K: as that of {@link SimdGemm}, whose bounds cost 20 comparisons and 20
 * blends each.
 */
final class SimdGemmPlain {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();

    private SimdGemmPlain() {
    }

    /** Computes one tile whose rows start at {@code first} and {@code step} apart. */
    static void microKernel(float[] a, int first, int step, float[] b, int bStart, int depth, float[] addend,
                            int addStart, int addStride, float[] c, int cStart, int cStride) {
        FloatVector p0 = FloatVector.zero(SPECIES);
        FloatVector q0 = FloatVector.zero(SPECIES);
        FloatVector p1 = FloatVector.zero(SPECIES);
        FloatVector q1 = FloatVector.zero(SPECIES);
        FloatVector p2 = FloatVector.zero(SPECIES);
        FloatVector q2 = FloatVector.zero(SPECIES);
        FloatVector p3 = FloatVector.zero(SPECIES);
        FloatVector q3 = FloatVector.zero(SPECIES);
        FloatVector p4 = FloatVector.zero(SPECIES);
        FloatVector q4 = FloatVector.zero(SPECIES);
        FloatVector p5 = FloatVector.zero(SPECIES);
        FloatVector q5 = FloatVector.zero(SPECIES);
        FloatVector p6 = FloatVector.zero(SPECIES);
        FloatVector q6 = FloatVector.zero(SPECIES);
        FloatVector p7 = FloatVector.zero(SPECIES);
        FloatVector q7 = FloatVector.zero(SPECIES);
        FloatVector p8 = FloatVector.zero(SPECIES);
        FloatVector q8 = FloatVector.zero(SPECIES);
        FloatVector p9 = FloatVector.zero(SPECIES);
        FloatVector q9 = FloatVector.zero(SPECIES);
        for (int k = first, end = first + depth, at = bStart; k < end; k++, at += 2 * LANES) {
            FloatVector left = FloatVector.fromArray(SPECIES, b, at);
            FloatVector right = FloatVector.fromArray(SPECIES, b, at + LANES);
            FloatVector x0 = FloatVector.broadcast(SPECIES, a[k]);
            p0 = x0.fma(left, p0);
            q0 = x0.fma(right, q0);
            FloatVector x1 = FloatVector.broadcast(SPECIES, a[k + step]);
            p1 = x1.fma(left, p1);
            q1 = x1.fma(right, q1);
            FloatVector x2 = FloatVector.broadcast(SPECIES, a[k + 2 * step]);
            p2 = x2.fma(left, p2);
            q2 = x2.fma(right, q2);
            FloatVector x3 = FloatVector.broadcast(SPECIES, a[k + 3 * step]);
            p3 = x3.fma(left, p3);
            q3 = x3.fma(right, q3);
            FloatVector x4 = FloatVector.broadcast(SPECIES, a[k + 4 * step]);
            p4 = x4.fma(left, p4);
            q4 = x4.fma(right, q4);
            FloatVector x5 = FloatVector.broadcast(SPECIES, a[k + 5 * step]);
            p5 = x5.fma(left, p5);
            q5 = x5.fma(right, q5);
            FloatVector x6 = FloatVector.broadcast(SPECIES, a[k + 6 * step]);
            p6 = x6.fma(left, p6);
            q6 = x6.fma(right, q6);
            FloatVector x7 = FloatVector.broadcast(SPECIES, a[k + 7 * step]);
            p7 = x7.fma(left, p7);
            q7 = x7.fma(right, q7);
            FloatVector x8 = FloatVector.broadcast(SPECIES, a[k + 8 * step]);
            p8 = x8.fma(left, p8);
            q8 = x8.fma(right, q8);
            FloatVector x9 = FloatVector.broadcast(SPECIES, a[k + 9 * step]);
            p9 = x9.fma(left, p9);
            q9 = x9.fma(right, q9);
        }
        p0 = p0.add(FloatVector.fromArray(SPECIES, addend, addStart));
        q0 = q0.add(FloatVector.fromArray(SPECIES, addend, addStart + LANES));
        p1 = p1.add(FloatVector.fromArray(SPECIES, addend, addStart + addStride));
        q1 = q1.add(FloatVector.fromArray(SPECIES, addend, addStart + addStride + LANES));
        p2 = p2.add(FloatVector.fromArray(SPECIES, addend, addStart + 2 * addStride));
        q2 = q2.add(FloatVector.fromArray(SPECIES, addend, addStart + 2 * addStride + LANES));
        p3 = p3.add(FloatVector.fromArray(SPECIES, addend, addStart + 3 * addStride));
        q3 = q3.add(FloatVector.fromArray(SPECIES, addend, addStart + 3 * addStride + LANES));
        p4 = p4.add(FloatVector.fromArray(SPECIES, addend, addStart + 4 * addStride));
        q4 = q4.add(FloatVector.fromArray(SPECIES, addend, addStart + 4 * addStride + LANES));
        p5 = p5.add(FloatVector.fromArray(SPECIES, addend, addStart + 5 * addStride));
        q5 = q5.add(FloatVector.fromArray(SPECIES, addend, addStart + 5 * addStride + LANES));
        p6 = p6.add(FloatVector.fromArray(SPECIES, addend, addStart + 6 * addStride));
        q6 = q6.add(FloatVector.fromArray(SPECIES, addend, addStart + 6 * addStride + LANES));
        p7 = p7.add(FloatVector.fromArray(SPECIES, addend, addStart + 7 * addStride));
        q7 = q7.add(FloatVector.fromArray(SPECIES, addend, addStart + 7 * addStride + LANES));
        p8 = p8.add(FloatVector.fromArray(SPECIES, addend, addStart + 8 * addStride));
        q8 = q8.add(FloatVector.fromArray(SPECIES, addend, addStart + 8 * addStride + LANES));
        p9 = p9.add(FloatVector.fromArray(SPECIES, addend, addStart + 9 * addStride));
        q9 = q9.add(FloatVector.fromArray(SPECIES, addend, addStart + 9 * addStride + LANES));
        p0.intoArray(c, cStart);
        q0.intoArray(c, cStart + LANES);
        p1.intoArray(c, cStart + cStride);
        q1.intoArray(c, cStart + cStride + LANES);
        p2.intoArray(c, cStart + 2 * cStride);
        q2.intoArray(c, cStart + 2 * cStride + LANES);
        p3.intoArray(c, cStart + 3 * cStride);
        q3.intoArray(c, cStart + 3 * cStride + LANES);
        p4.intoArray(c, cStart + 4 * cStride);
        q4.intoArray(c, cStart + 4 * cStride + LANES);
        p5.intoArray(c, cStart + 5 * cStride);
        q5.intoArray(c, cStart + 5 * cStride + LANES);
        p6.intoArray(c, cStart + 6 * cStride);
        q6.intoArray(c, cStart + 6 * cStride + LANES);
        p7.intoArray(c, cStart + 7 * cStride);
        q7.intoArray(c, cStart + 7 * cStride + LANES);
        p8.intoArray(c, cStart + 8 * cStride);
        q8.intoArray(c, cStart + 8 * cStride + LANES);
        p9.intoArray(c, cStart + 9 * cStride);
        q9.intoArray(c, cStart + 9 * cStride + LANES);
    }
}
