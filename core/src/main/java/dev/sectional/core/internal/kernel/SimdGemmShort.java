package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of GEMM over 512-bit vectors for the last rows of a block, 6 by 2 vectors: the 16 tiles of a
 * Winograd product at 14x14 are rows of 10 and of 6. Written out as {@link SimdGemm}, with the same sums.
 */
final class SimdGemmShort {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();
    static final int ROWS = 6;

    private SimdGemmShort() {
    }

    /** Computes one tile: {@link Kernels#gemmShortMicroKernel}. */
    static void microKernel(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
                            float[] addend, int addStart, int addStride, float least, float greatest,
                            float[] c, int cStart, int cStride) {
        int a0 = rows[firstRow] + shift;
        int a1 = rows[firstRow + 1] + shift;
        int a2 = rows[firstRow + 2] + shift;
        int a3 = rows[firstRow + 3] + shift;
        int a4 = rows[firstRow + 4] + shift;
        int a5 = rows[firstRow + 5] + shift;
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
    }
}
