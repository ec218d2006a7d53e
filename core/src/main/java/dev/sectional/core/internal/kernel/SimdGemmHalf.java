package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The micro-kernels of {@link SimdGemm} for panels with half of their columns in use: tiles of 10 rows by a vector. */
final class SimdGemmHalf {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();

    private SimdGemmHalf() {
    }

    /** Rows at equal distances. */
    static void equidistant10x1(float[] a, int first, int step, float[] b, int bStart, int depth, float[] addend,
                                int addStart, int addStride, float least, float greatest, float[] c, int cStart,
                                int cStride) {
        FloatVector p0 = FloatVector.zero(SPECIES);
        FloatVector p1 = FloatVector.zero(SPECIES);
        FloatVector p2 = FloatVector.zero(SPECIES);
        FloatVector p3 = FloatVector.zero(SPECIES);
        FloatVector p4 = FloatVector.zero(SPECIES);
        FloatVector p5 = FloatVector.zero(SPECIES);
        FloatVector p6 = FloatVector.zero(SPECIES);
        FloatVector p7 = FloatVector.zero(SPECIES);
        FloatVector p8 = FloatVector.zero(SPECIES);
        FloatVector p9 = FloatVector.zero(SPECIES);
        for (int k = first, end = first + depth, at = bStart; k < end; k++, at += 2 * LANES) {
            FloatVector left = FloatVector.fromArray(SPECIES, b, at);
            FloatVector x0 = FloatVector.broadcast(SPECIES, a[k]);
            p0 = x0.fma(left, p0);
            FloatVector x1 = FloatVector.broadcast(SPECIES, a[k + step]);
            p1 = x1.fma(left, p1);
            FloatVector x2 = FloatVector.broadcast(SPECIES, a[k + 2 * step]);
            p2 = x2.fma(left, p2);
            FloatVector x3 = FloatVector.broadcast(SPECIES, a[k + 3 * step]);
            p3 = x3.fma(left, p3);
            FloatVector x4 = FloatVector.broadcast(SPECIES, a[k + 4 * step]);
            p4 = x4.fma(left, p4);
            FloatVector x5 = FloatVector.broadcast(SPECIES, a[k + 5 * step]);
            p5 = x5.fma(left, p5);
            FloatVector x6 = FloatVector.broadcast(SPECIES, a[k + 6 * step]);
            p6 = x6.fma(left, p6);
            FloatVector x7 = FloatVector.broadcast(SPECIES, a[k + 7 * step]);
            p7 = x7.fma(left, p7);
            FloatVector x8 = FloatVector.broadcast(SPECIES, a[k + 8 * step]);
            p8 = x8.fma(left, p8);
            FloatVector x9 = FloatVector.broadcast(SPECIES, a[k + 9 * step]);
            p9 = x9.fma(left, p9);
        }
        FloatVector ones = FloatVector.fromArray(SPECIES, SimdKernels.ONES, 0);
        FloatVector low = ones.mul(least);
        FloatVector high = ones.mul(greatest);
        p0 = p0.add(FloatVector.fromArray(SPECIES, addend, addStart));
        p1 = p1.add(FloatVector.fromArray(SPECIES, addend, addStart + addStride));
        p2 = p2.add(FloatVector.fromArray(SPECIES, addend, addStart + 2 * addStride));
        p3 = p3.add(FloatVector.fromArray(SPECIES, addend, addStart + 3 * addStride));
        p4 = p4.add(FloatVector.fromArray(SPECIES, addend, addStart + 4 * addStride));
        p5 = p5.add(FloatVector.fromArray(SPECIES, addend, addStart + 5 * addStride));
        p6 = p6.add(FloatVector.fromArray(SPECIES, addend, addStart + 6 * addStride));
        p7 = p7.add(FloatVector.fromArray(SPECIES, addend, addStart + 7 * addStride));
        p8 = p8.add(FloatVector.fromArray(SPECIES, addend, addStart + 8 * addStride));
        p9 = p9.add(FloatVector.fromArray(SPECIES, addend, addStart + 9 * addStride));
        p0 = p0.blend(low, p0.compare(VectorOperators.LE, low));
        p0.blend(high, p0.compare(VectorOperators.GT, high)).intoArray(c, cStart);
        p1 = p1.blend(low, p1.compare(VectorOperators.LE, low));
        p1.blend(high, p1.compare(VectorOperators.GT, high)).intoArray(c, cStart + cStride);
        p2 = p2.blend(low, p2.compare(VectorOperators.LE, low));
        p2.blend(high, p2.compare(VectorOperators.GT, high)).intoArray(c, cStart + 2 * cStride);
        p3 = p3.blend(low, p3.compare(VectorOperators.LE, low));
        p3.blend(high, p3.compare(VectorOperators.GT, high)).intoArray(c, cStart + 3 * cStride);
        p4 = p4.blend(low, p4.compare(VectorOperators.LE, low));
        p4.blend(high, p4.compare(VectorOperators.GT, high)).intoArray(c, cStart + 4 * cStride);
        p5 = p5.blend(low, p5.compare(VectorOperators.LE, low));
        p5.blend(high, p5.compare(VectorOperators.GT, high)).intoArray(c, cStart + 5 * cStride);
        p6 = p6.blend(low, p6.compare(VectorOperators.LE, low));
        p6.blend(high, p6.compare(VectorOperators.GT, high)).intoArray(c, cStart + 6 * cStride);
        p7 = p7.blend(low, p7.compare(VectorOperators.LE, low));
        p7.blend(high, p7.compare(VectorOperators.GT, high)).intoArray(c, cStart + 7 * cStride);
        p8 = p8.blend(low, p8.compare(VectorOperators.LE, low));
        p8.blend(high, p8.compare(VectorOperators.GT, high)).intoArray(c, cStart + 8 * cStride);
        p9 = p9.blend(low, p9.compare(VectorOperators.LE, low));
        p9.blend(high, p9.compare(VectorOperators.GT, high)).intoArray(c, cStart + 9 * cStride);
    }

    /** Rows anywhere. */
    static void tile10x1(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
                         float[] addend, int addStart, int addStride, float least, float greatest, float[] c,
                         int cStart, int cStride) {
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
        FloatVector p1 = FloatVector.zero(SPECIES);
        FloatVector p2 = FloatVector.zero(SPECIES);
        FloatVector p3 = FloatVector.zero(SPECIES);
        FloatVector p4 = FloatVector.zero(SPECIES);
        FloatVector p5 = FloatVector.zero(SPECIES);
        FloatVector p6 = FloatVector.zero(SPECIES);
        FloatVector p7 = FloatVector.zero(SPECIES);
        FloatVector p8 = FloatVector.zero(SPECIES);
        FloatVector p9 = FloatVector.zero(SPECIES);
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
            FloatVector x4 = FloatVector.broadcast(SPECIES, a[a4 + k]);
            p4 = x4.fma(left, p4);
            FloatVector x5 = FloatVector.broadcast(SPECIES, a[a5 + k]);
            p5 = x5.fma(left, p5);
            FloatVector x6 = FloatVector.broadcast(SPECIES, a[a6 + k]);
            p6 = x6.fma(left, p6);
            FloatVector x7 = FloatVector.broadcast(SPECIES, a[a7 + k]);
            p7 = x7.fma(left, p7);
            FloatVector x8 = FloatVector.broadcast(SPECIES, a[a8 + k]);
            p8 = x8.fma(left, p8);
            FloatVector x9 = FloatVector.broadcast(SPECIES, a[a9 + k]);
            p9 = x9.fma(left, p9);
        }
        FloatVector ones = FloatVector.fromArray(SPECIES, SimdKernels.ONES, 0);
        FloatVector low = ones.mul(least);
        FloatVector high = ones.mul(greatest);
        p0 = p0.add(FloatVector.fromArray(SPECIES, addend, addStart));
        p1 = p1.add(FloatVector.fromArray(SPECIES, addend, addStart + addStride));
        p2 = p2.add(FloatVector.fromArray(SPECIES, addend, addStart + 2 * addStride));
        p3 = p3.add(FloatVector.fromArray(SPECIES, addend, addStart + 3 * addStride));
        p4 = p4.add(FloatVector.fromArray(SPECIES, addend, addStart + 4 * addStride));
        p5 = p5.add(FloatVector.fromArray(SPECIES, addend, addStart + 5 * addStride));
        p6 = p6.add(FloatVector.fromArray(SPECIES, addend, addStart + 6 * addStride));
        p7 = p7.add(FloatVector.fromArray(SPECIES, addend, addStart + 7 * addStride));
        p8 = p8.add(FloatVector.fromArray(SPECIES, addend, addStart + 8 * addStride));
        p9 = p9.add(FloatVector.fromArray(SPECIES, addend, addStart + 9 * addStride));
        p0 = p0.blend(low, p0.compare(VectorOperators.LE, low));
        p0.blend(high, p0.compare(VectorOperators.GT, high)).intoArray(c, cStart);
        p1 = p1.blend(low, p1.compare(VectorOperators.LE, low));
        p1.blend(high, p1.compare(VectorOperators.GT, high)).intoArray(c, cStart + cStride);
        p2 = p2.blend(low, p2.compare(VectorOperators.LE, low));
        p2.blend(high, p2.compare(VectorOperators.GT, high)).intoArray(c, cStart + 2 * cStride);
        p3 = p3.blend(low, p3.compare(VectorOperators.LE, low));
        p3.blend(high, p3.compare(VectorOperators.GT, high)).intoArray(c, cStart + 3 * cStride);
        p4 = p4.blend(low, p4.compare(VectorOperators.LE, low));
        p4.blend(high, p4.compare(VectorOperators.GT, high)).intoArray(c, cStart + 4 * cStride);
        p5 = p5.blend(low, p5.compare(VectorOperators.LE, low));
        p5.blend(high, p5.compare(VectorOperators.GT, high)).intoArray(c, cStart + 5 * cStride);
        p6 = p6.blend(low, p6.compare(VectorOperators.LE, low));
        p6.blend(high, p6.compare(VectorOperators.GT, high)).intoArray(c, cStart + 6 * cStride);
        p7 = p7.blend(low, p7.compare(VectorOperators.LE, low));
        p7.blend(high, p7.compare(VectorOperators.GT, high)).intoArray(c, cStart + 7 * cStride);
        p8 = p8.blend(low, p8.compare(VectorOperators.LE, low));
        p8.blend(high, p8.compare(VectorOperators.GT, high)).intoArray(c, cStart + 8 * cStride);
        p9 = p9.blend(low, p9.compare(VectorOperators.LE, low));
        p9.blend(high, p9.compare(VectorOperators.GT, high)).intoArray(c, cStart + 9 * cStride);
    }
}
