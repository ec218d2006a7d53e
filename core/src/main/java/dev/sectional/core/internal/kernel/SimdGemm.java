package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernels of GEMM over 512-bit vectors, which come with 32 registers: tiles of 10 rows by 2 vectors, or by 1
 * where a panel has no more columns in use ({@link SimdGemmHalf}). They are written out with one local per register,
 * and are long for that reason: with arrays of vectors the JIT compiler spills accumulators or keeps bounds checks, and
 * half the speed or more is lost.
 */
final class SimdGemm {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();
    static final int ROWS = 10;

    private SimdGemm() {
    }

    /** Computes one tile: {@link Kernels#gemmMicroKernel}. */
    static void microKernel(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
                            int columns, float[] addend, int addStart, int addStride, float least, float greatest,
                            float[] c, int cStart, int cStride) {
        int first = rows[firstRow] + shift;
        int step = rows[firstRow + 1] + shift - first;
        boolean equidistant = true;
        for (int i = 2; i < ROWS; i++) {
            equidistant &= rows[firstRow + i] - rows[firstRow + i - 1] == step;
        }
        if (columns <= LANES && equidistant) {
            SimdGemmHalf.equidistant10x1(a, first, step, b, bStart, depth, addend, addStart, addStride, least, greatest,
                    c, cStart, cStride);
        } else if (columns <= LANES) {
            SimdGemmHalf.tile10x1(a, rows, firstRow, shift, b, bStart, depth, addend, addStart, addStride, least,
                    greatest, c, cStart, cStride);
        } else if (equidistant && least == Float.NEGATIVE_INFINITY && greatest == Float.POSITIVE_INFINITY) {
            SimdGemmPlain.microKernel(a, first, step, b, bStart, depth, addend, addStart, addStride, c, cStart,
                    cStride);
        } else if (equidistant) {
            equidistant10x2(a, first, step, b, bStart, depth, addend, addStart, addStride, least, greatest, c, cStart,
                    cStride);
        } else {
            tile10x2(a, rows, firstRow, shift, b, bStart, depth, addend, addStart, addStride, least, greatest, c,
                    cStart, cStride);
        }
    }

    /** Rows at equal distances, as of matrices and neighbouring windows: a tenth faster than rows anywhere. */
    private static void equidistant10x2(float[] a, int first, int step, float[] b, int bStart, int depth,
                                       float[] addend, int addStart, int addStride, float least, float greatest,
                                       float[] c, int cStart, int cStride) {
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
        FloatVector ones = FloatVector.fromArray(SPECIES, SimdKernels.ONES, 0);
        FloatVector low = ones.mul(least);
        FloatVector high = ones.mul(greatest);
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
        p0 = p0.blend(low, p0.compare(VectorOperators.LE, low));
        p0.blend(high, p0.compare(VectorOperators.GT, high)).intoArray(c, cStart);
        q0 = q0.blend(low, q0.compare(VectorOperators.LE, low));
        q0.blend(high, q0.compare(VectorOperators.GT, high)).intoArray(c, cStart + LANES);
        p1 = p1.blend(low, p1.compare(VectorOperators.LE, low));
        p1.blend(high, p1.compare(VectorOperators.GT, high)).intoArray(c, cStart + cStride);
        q1 = q1.blend(low, q1.compare(VectorOperators.LE, low));
        q1.blend(high, q1.compare(VectorOperators.GT, high)).intoArray(c, cStart + cStride + LANES);
        p2 = p2.blend(low, p2.compare(VectorOperators.LE, low));
        p2.blend(high, p2.compare(VectorOperators.GT, high)).intoArray(c, cStart + 2 * cStride);
        q2 = q2.blend(low, q2.compare(VectorOperators.LE, low));
        q2.blend(high, q2.compare(VectorOperators.GT, high)).intoArray(c, cStart + 2 * cStride + LANES);
        p3 = p3.blend(low, p3.compare(VectorOperators.LE, low));
        p3.blend(high, p3.compare(VectorOperators.GT, high)).intoArray(c, cStart + 3 * cStride);
        q3 = q3.blend(low, q3.compare(VectorOperators.LE, low));
        q3.blend(high, q3.compare(VectorOperators.GT, high)).intoArray(c, cStart + 3 * cStride + LANES);
        p4 = p4.blend(low, p4.compare(VectorOperators.LE, low));
        p4.blend(high, p4.compare(VectorOperators.GT, high)).intoArray(c, cStart + 4 * cStride);
        q4 = q4.blend(low, q4.compare(VectorOperators.LE, low));
        q4.blend(high, q4.compare(VectorOperators.GT, high)).intoArray(c, cStart + 4 * cStride + LANES);
        p5 = p5.blend(low, p5.compare(VectorOperators.LE, low));
        p5.blend(high, p5.compare(VectorOperators.GT, high)).intoArray(c, cStart + 5 * cStride);
        q5 = q5.blend(low, q5.compare(VectorOperators.LE, low));
        q5.blend(high, q5.compare(VectorOperators.GT, high)).intoArray(c, cStart + 5 * cStride + LANES);
        p6 = p6.blend(low, p6.compare(VectorOperators.LE, low));
        p6.blend(high, p6.compare(VectorOperators.GT, high)).intoArray(c, cStart + 6 * cStride);
        q6 = q6.blend(low, q6.compare(VectorOperators.LE, low));
        q6.blend(high, q6.compare(VectorOperators.GT, high)).intoArray(c, cStart + 6 * cStride + LANES);
        p7 = p7.blend(low, p7.compare(VectorOperators.LE, low));
        p7.blend(high, p7.compare(VectorOperators.GT, high)).intoArray(c, cStart + 7 * cStride);
        q7 = q7.blend(low, q7.compare(VectorOperators.LE, low));
        q7.blend(high, q7.compare(VectorOperators.GT, high)).intoArray(c, cStart + 7 * cStride + LANES);
        p8 = p8.blend(low, p8.compare(VectorOperators.LE, low));
        p8.blend(high, p8.compare(VectorOperators.GT, high)).intoArray(c, cStart + 8 * cStride);
        q8 = q8.blend(low, q8.compare(VectorOperators.LE, low));
        q8.blend(high, q8.compare(VectorOperators.GT, high)).intoArray(c, cStart + 8 * cStride + LANES);
        p9 = p9.blend(low, p9.compare(VectorOperators.LE, low));
        p9.blend(high, p9.compare(VectorOperators.GT, high)).intoArray(c, cStart + 9 * cStride);
        q9 = q9.blend(low, q9.compare(VectorOperators.LE, low));
        q9.blend(high, q9.compare(VectorOperators.GT, high)).intoArray(c, cStart + 9 * cStride + LANES);
    }

    private static void tile10x2(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
                                   float[] addend, int addStart, int addStride, float least, float greatest,
                                   float[] c, int cStart, int cStride) {
        int a0 = rows[firstRow] + shift;
        int a1 = rows[firstRow + 1] + shift;
        int a2 = rows[firstRow + 2] + shift;
        int a3 = rows[firstRow + 3] + shift;
        int a4 = rows[firstRow + 4] + shift;
        int a5 = rows[firstRow + 5] + shift;
        int a6 = rows[firstRow + 6] + shift;
        int a7 = rows[firstRow + 7] + shift;
        int a8 = rows[firstRow + 8] + shift;
        int a9 = rows[firstRow + 9] + shift;
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
        for (int k = 0, at = bStart; k < depth; k++, at += 2 * LANES) {
            FloatVector left = FloatVector.fromArray(SPECIES, b, at);
            FloatVector right = FloatVector.fromArray(SPECIES, b, at + LANES);
            FloatVector x0 = FloatVector.broadcast(SPECIES, a[a0 + k]);
            p0 = x0.fma(left, p0);
            q0 = x0.fma(right, q0);
            FloatVector x1 = FloatVector.broadcast(SPECIES, a[a1 + k]);
            p1 = x1.fma(left, p1);
            q1 = x1.fma(right, q1);
            FloatVector x2 = FloatVector.broadcast(SPECIES, a[a2 + k]);
            p2 = x2.fma(left, p2);
            q2 = x2.fma(right, q2);
            FloatVector x3 = FloatVector.broadcast(SPECIES, a[a3 + k]);
            p3 = x3.fma(left, p3);
            q3 = x3.fma(right, q3);
            FloatVector x4 = FloatVector.broadcast(SPECIES, a[a4 + k]);
            p4 = x4.fma(left, p4);
            q4 = x4.fma(right, q4);
            FloatVector x5 = FloatVector.broadcast(SPECIES, a[a5 + k]);
            p5 = x5.fma(left, p5);
            q5 = x5.fma(right, q5);
            FloatVector x6 = FloatVector.broadcast(SPECIES, a[a6 + k]);
            p6 = x6.fma(left, p6);
            q6 = x6.fma(right, q6);
            FloatVector x7 = FloatVector.broadcast(SPECIES, a[a7 + k]);
            p7 = x7.fma(left, p7);
            q7 = x7.fma(right, q7);
            FloatVector x8 = FloatVector.broadcast(SPECIES, a[a8 + k]);
            p8 = x8.fma(left, p8);
            q8 = x8.fma(right, q8);
            FloatVector x9 = FloatVector.broadcast(SPECIES, a[a9 + k]);
            p9 = x9.fma(left, p9);
            q9 = x9.fma(right, q9);
        }
        FloatVector ones = FloatVector.fromArray(SPECIES, SimdKernels.ONES, 0);
        FloatVector low = ones.mul(least);
        FloatVector high = ones.mul(greatest);
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
        p0 = p0.blend(low, p0.compare(VectorOperators.LE, low));
        p0.blend(high, p0.compare(VectorOperators.GT, high)).intoArray(c, cStart);
        q0 = q0.blend(low, q0.compare(VectorOperators.LE, low));
        q0.blend(high, q0.compare(VectorOperators.GT, high)).intoArray(c, cStart + LANES);
        p1 = p1.blend(low, p1.compare(VectorOperators.LE, low));
        p1.blend(high, p1.compare(VectorOperators.GT, high)).intoArray(c, cStart + cStride);
        q1 = q1.blend(low, q1.compare(VectorOperators.LE, low));
        q1.blend(high, q1.compare(VectorOperators.GT, high)).intoArray(c, cStart + cStride + LANES);
        p2 = p2.blend(low, p2.compare(VectorOperators.LE, low));
        p2.blend(high, p2.compare(VectorOperators.GT, high)).intoArray(c, cStart + 2 * cStride);
        q2 = q2.blend(low, q2.compare(VectorOperators.LE, low));
        q2.blend(high, q2.compare(VectorOperators.GT, high)).intoArray(c, cStart + 2 * cStride + LANES);
        p3 = p3.blend(low, p3.compare(VectorOperators.LE, low));
        p3.blend(high, p3.compare(VectorOperators.GT, high)).intoArray(c, cStart + 3 * cStride);
        q3 = q3.blend(low, q3.compare(VectorOperators.LE, low));
        q3.blend(high, q3.compare(VectorOperators.GT, high)).intoArray(c, cStart + 3 * cStride + LANES);
        p4 = p4.blend(low, p4.compare(VectorOperators.LE, low));
        p4.blend(high, p4.compare(VectorOperators.GT, high)).intoArray(c, cStart + 4 * cStride);
        q4 = q4.blend(low, q4.compare(VectorOperators.LE, low));
        q4.blend(high, q4.compare(VectorOperators.GT, high)).intoArray(c, cStart + 4 * cStride + LANES);
        p5 = p5.blend(low, p5.compare(VectorOperators.LE, low));
        p5.blend(high, p5.compare(VectorOperators.GT, high)).intoArray(c, cStart + 5 * cStride);
        q5 = q5.blend(low, q5.compare(VectorOperators.LE, low));
        q5.blend(high, q5.compare(VectorOperators.GT, high)).intoArray(c, cStart + 5 * cStride + LANES);
        p6 = p6.blend(low, p6.compare(VectorOperators.LE, low));
        p6.blend(high, p6.compare(VectorOperators.GT, high)).intoArray(c, cStart + 6 * cStride);
        q6 = q6.blend(low, q6.compare(VectorOperators.LE, low));
        q6.blend(high, q6.compare(VectorOperators.GT, high)).intoArray(c, cStart + 6 * cStride + LANES);
        p7 = p7.blend(low, p7.compare(VectorOperators.LE, low));
        p7.blend(high, p7.compare(VectorOperators.GT, high)).intoArray(c, cStart + 7 * cStride);
        q7 = q7.blend(low, q7.compare(VectorOperators.LE, low));
        q7.blend(high, q7.compare(VectorOperators.GT, high)).intoArray(c, cStart + 7 * cStride + LANES);
        p8 = p8.blend(low, p8.compare(VectorOperators.LE, low));
        p8.blend(high, p8.compare(VectorOperators.GT, high)).intoArray(c, cStart + 8 * cStride);
        q8 = q8.blend(low, q8.compare(VectorOperators.LE, low));
        q8.blend(high, q8.compare(VectorOperators.GT, high)).intoArray(c, cStart + 8 * cStride + LANES);
        p9 = p9.blend(low, p9.compare(VectorOperators.LE, low));
        p9.blend(high, p9.compare(VectorOperators.GT, high)).intoArray(c, cStart + 9 * cStride);
        q9 = q9.blend(low, q9.compare(VectorOperators.LE, low));
        q9.blend(high, q9.compare(VectorOperators.GT, high)).intoArray(c, cStart + 9 * cStride + LANES);
    }
}
