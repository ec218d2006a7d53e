package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernels of GEMM over narrow vectors, which come with 16 registers: tiles of 4 rows by 2 vectors,
 * or by 1 where a panel has no more columns in use. They are written out with one local per register, and are long for
 * that reason: with arrays of vectors the JIT compiler spills accumulators or keeps bounds checks, and half the speed
 * or more is lost.
 *
 * <p>5 x 2 vectors are as fast if the compiler loads the element of each row late. It does so under some garbage
 * collectors only; under others it loads all of them first, spills a sum, and takes more than twice as long. 4 x 2
 * vectors leave registers for either order.
 */
final class SimdGemmNarrow {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();
    static final int ROWS = 4;

    private SimdGemmNarrow() {
    }

    /** Computes one tile: {@link Kernels#gemmMicroKernel}. */
    static void microKernel(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
                            int columns, float[] addend, int addStart, int addStride, float least, float greatest,
                            float[] c, int cStart, int cStride) {
        int first = rows[firstRow] + shift;
        int step = rows[firstRow + 1] + shift - first;
        boolean equidistant = rows[firstRow + 2] - rows[firstRow + 1] == step
                && rows[firstRow + 3] - rows[firstRow + 2] == step;
        if (columns <= LANES) {
            tile4x1(a, rows, firstRow, shift, b, bStart, depth, addend, addStart, addStride, least, greatest, c,
                    cStart, cStride);
        } else if (equidistant) {
            equidistant4x2(a, first, step, b, bStart, depth, addend, addStart, addStride, least, greatest, c,
                    cStart, cStride);
        } else {
            tile4x2(a, rows, firstRow, shift, b, bStart, depth, addend, addStart, addStride, least, greatest, c,
                    cStart, cStride);
        }
    }

    /**
     * Rows at equal distances, as in a row-major matrix and in Winograd's products: a tenth faster than rows anywhere.
     */
    private static void equidistant4x2(float[] a, int first, int step, float[] b, int bStart, int depth,
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
    }

    private static void tile4x2(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
                                  float[] addend, int addStart, int addStride, float least, float greatest,
                                  float[] c, int cStart, int cStride) {
        int a0 = rows[firstRow] + shift;
        int a1 = rows[firstRow + 1] + shift;
        int a2 = rows[firstRow + 2] + shift;
        int a3 = rows[firstRow + 3] + shift;
        FloatVector p0 = FloatVector.zero(SPECIES);
        FloatVector q0 = FloatVector.zero(SPECIES);
        FloatVector p1 = FloatVector.zero(SPECIES);
        FloatVector q1 = FloatVector.zero(SPECIES);
        FloatVector p2 = FloatVector.zero(SPECIES);
        FloatVector q2 = FloatVector.zero(SPECIES);
        FloatVector p3 = FloatVector.zero(SPECIES);
        FloatVector q3 = FloatVector.zero(SPECIES);
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
    }

    private static void tile4x1(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
                                  float[] addend, int addStart, int addStride, float least, float greatest,
                                  float[] c, int cStart, int cStride) {
        int a0 = rows[firstRow] + shift;
        int a1 = rows[firstRow + 1] + shift;
        int a2 = rows[firstRow + 2] + shift;
        int a3 = rows[firstRow + 3] + shift;
        FloatVector p0 = FloatVector.zero(SPECIES);
        FloatVector p1 = FloatVector.zero(SPECIES);
        FloatVector p2 = FloatVector.zero(SPECIES);
        FloatVector p3 = FloatVector.zero(SPECIES);
        for (int k = 0, at = bStart; k < depth; k++, at += 2 * LANES) {
            FloatVector left = FloatVector.fromArray(SPECIES, b, at);
            FloatVector x0 = FloatVector.broadcast(SPECIES, a[a0 + k]);
            p0 = x0.fma(left, p0);
            FloatVector x1 = FloatVector.broadcast(SPECIES, a[a1 + k]);
            p1 = x1.fma(left, p1);
            FloatVector x2 = FloatVector.broadcast(SPECIES, a[a2 + k]);
            p2 = x2.fma(left, p2);
            FloatVector x3 = FloatVector.broadcast(SPECIES, a[a3 + k]);
            p3 = x3.fma(left, p3);
        }
        FloatVector ones = FloatVector.fromArray(SPECIES, SimdKernels.ONES, 0);
        FloatVector low = ones.mul(least);
        FloatVector high = ones.mul(greatest);
        p0 = p0.add(FloatVector.fromArray(SPECIES, addend, addStart));
        p1 = p1.add(FloatVector.fromArray(SPECIES, addend, addStart + addStride));
        p2 = p2.add(FloatVector.fromArray(SPECIES, addend, addStart + 2 * addStride));
        p3 = p3.add(FloatVector.fromArray(SPECIES, addend, addStart + 3 * addStride));
        p0 = p0.blend(low, p0.compare(VectorOperators.LE, low));
        p0.blend(high, p0.compare(VectorOperators.GT, high)).intoArray(c, cStart);
        p1 = p1.blend(low, p1.compare(VectorOperators.LE, low));
        p1.blend(high, p1.compare(VectorOperators.GT, high)).intoArray(c, cStart + cStride);
        p2 = p2.blend(low, p2.compare(VectorOperators.LE, low));
        p2.blend(high, p2.compare(VectorOperators.GT, high)).intoArray(c, cStart + 2 * cStride);
        p3 = p3.blend(low, p3.compare(VectorOperators.LE, low));
        p3.blend(high, p3.compare(VectorOperators.GT, high)).intoArray(c, cStart + 3 * cStride);
    }
}
