package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The products of sparse rows with a dense matrix over the vector module: see {@link SparseKernels#sparseRows} and
 * {@link SparseKernels#sparseDots}. Sums of as many neighbouring vectors as the registers hold share each nonzero.
 * Written out, and with loads as arguments of multiply-adds, for the reasons that {@link SimdSparse} gives.
 */
final class SimdSparseRows {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();

    private SimdSparseRows() {
    }

    static void rows(float[] nonzeros, int from, int to, float[] m, int mStart, float[] y, int yStart, int count,
                     boolean add) {
        int c = 0;
        for (; c <= count - 8 * LANES; c += 8 * LANES) {
            rows8(nonzeros, from, to, m, mStart + c, add ? y : SimdKernels.ZEROS, add ? yStart + c : 0, y, yStart + c);
        }
        if (c <= count - 4 * LANES) {
            rows4(nonzeros, from, to, m, mStart + c, add ? y : SimdKernels.ZEROS, add ? yStart + c : 0, y, yStart + c);
            c += 4 * LANES;
        }
        if (c <= count - 2 * LANES) {
            rows2(nonzeros, from, to, m, mStart + c, add ? y : SimdKernels.ZEROS, add ? yStart + c : 0, y, yStart + c);
            c += 2 * LANES;
        }
        if (c < count) {
            rows1(nonzeros, from, to, m, mStart + c, add ? y : SimdKernels.ZEROS, add ? yStart + c : 0, y, yStart + c);
        }
    }

    static void dots(float[] nonzeros, int from, int to, float[] m, int mStart, float[] x, int xStart, int count,
                     float[] z) {
        int c = 0;
        for (; c <= count - 8 * LANES; c += 8 * LANES) {
            dots8(nonzeros, from, to, m, mStart + c, x, xStart + c, z, c > 0);
        }
        if (c <= count - 4 * LANES) {
            dots4(nonzeros, from, to, m, mStart + c, x, xStart + c, z, c > 0);
            c += 4 * LANES;
        }
        if (c <= count - 2 * LANES) {
            dots2(nonzeros, from, to, m, mStart + c, x, xStart + c, z, c > 0);
            c += 2 * LANES;
        }
        if (c < count) {
            dots1(nonzeros, from, to, m, mStart + c, x, xStart + c, z, c > 0);
        }
    }

    private static void dots8(float[] nonzeros, int from, int to, float[] m, int mStart, float[] x, int xStart,
                              float[] z, boolean add) {
        FloatVector x0 = FloatVector.fromArray(SPECIES, x, xStart);
        FloatVector x1 = FloatVector.fromArray(SPECIES, x, xStart + LANES);
        FloatVector x2 = FloatVector.fromArray(SPECIES, x, xStart + 2 * LANES);
        FloatVector x3 = FloatVector.fromArray(SPECIES, x, xStart + 3 * LANES);
        FloatVector x4 = FloatVector.fromArray(SPECIES, x, xStart + 4 * LANES);
        FloatVector x5 = FloatVector.fromArray(SPECIES, x, xStart + 5 * LANES);
        FloatVector x6 = FloatVector.fromArray(SPECIES, x, xStart + 6 * LANES);
        FloatVector x7 = FloatVector.fromArray(SPECIES, x, xStart + 7 * LANES);
        for (int i = from, at = 0; i < to; i += 2, at++) {
            int row = mStart + Float.floatToRawIntBits(nonzeros[i]);
            FloatVector even = x0.mul(FloatVector.fromArray(SPECIES, m, row));
            FloatVector odd = x1.mul(FloatVector.fromArray(SPECIES, m, row + LANES));
            even = x2.fma(FloatVector.fromArray(SPECIES, m, row + 2 * LANES), even);
            odd = x3.fma(FloatVector.fromArray(SPECIES, m, row + 3 * LANES), odd);
            even = x4.fma(FloatVector.fromArray(SPECIES, m, row + 4 * LANES), even);
            odd = x5.fma(FloatVector.fromArray(SPECIES, m, row + 5 * LANES), odd);
            even = x6.fma(FloatVector.fromArray(SPECIES, m, row + 6 * LANES), even);
            odd = x7.fma(FloatVector.fromArray(SPECIES, m, row + 7 * LANES), odd);
            float sum = SimdLoops.acrossLanes(even.add(odd)).lane(0);
            z[at] = add ? z[at] + sum : sum;
        }
    }

    private static void dots4(float[] nonzeros, int from, int to, float[] m, int mStart, float[] x, int xStart,
                              float[] z, boolean add) {
        FloatVector x0 = FloatVector.fromArray(SPECIES, x, xStart);
        FloatVector x1 = FloatVector.fromArray(SPECIES, x, xStart + LANES);
        FloatVector x2 = FloatVector.fromArray(SPECIES, x, xStart + 2 * LANES);
        FloatVector x3 = FloatVector.fromArray(SPECIES, x, xStart + 3 * LANES);
        for (int i = from, at = 0; i < to; i += 2, at++) {
            int row = mStart + Float.floatToRawIntBits(nonzeros[i]);
            FloatVector even = x0.mul(FloatVector.fromArray(SPECIES, m, row));
            FloatVector odd = x1.mul(FloatVector.fromArray(SPECIES, m, row + LANES));
            even = x2.fma(FloatVector.fromArray(SPECIES, m, row + 2 * LANES), even);
            odd = x3.fma(FloatVector.fromArray(SPECIES, m, row + 3 * LANES), odd);
            float sum = SimdLoops.acrossLanes(even.add(odd)).lane(0);
            z[at] = add ? z[at] + sum : sum;
        }
    }

    private static void dots2(float[] nonzeros, int from, int to, float[] m, int mStart, float[] x, int xStart,
                              float[] z, boolean add) {
        FloatVector x0 = FloatVector.fromArray(SPECIES, x, xStart);
        FloatVector x1 = FloatVector.fromArray(SPECIES, x, xStart + LANES);
        for (int i = from, at = 0; i < to; i += 2, at++) {
            int row = mStart + Float.floatToRawIntBits(nonzeros[i]);
            FloatVector even = x0.mul(FloatVector.fromArray(SPECIES, m, row));
            FloatVector odd = x1.mul(FloatVector.fromArray(SPECIES, m, row + LANES));
            float sum = SimdLoops.acrossLanes(even.add(odd)).lane(0);
            z[at] = add ? z[at] + sum : sum;
        }
    }

    private static void dots1(float[] nonzeros, int from, int to, float[] m, int mStart, float[] x, int xStart,
                              float[] z, boolean add) {
        FloatVector x0 = FloatVector.fromArray(SPECIES, x, xStart);
        for (int i = from, at = 0; i < to; i += 2, at++) {
            int row = mStart + Float.floatToRawIntBits(nonzeros[i]);
            FloatVector even = x0.mul(FloatVector.fromArray(SPECIES, m, row));
            float sum = SimdLoops.acrossLanes(even).lane(0);
            z[at] = add ? z[at] + sum : sum;
        }
    }

    private static void rows8(float[] nonzeros, int from, int to, float[] m, int mStart, float[] addend, int addStart,
                              float[] y, int yStart) {
        FloatVector y0 = FloatVector.zero(SPECIES);
        FloatVector y1 = FloatVector.zero(SPECIES);
        FloatVector y2 = FloatVector.zero(SPECIES);
        FloatVector y3 = FloatVector.zero(SPECIES);
        FloatVector y4 = FloatVector.zero(SPECIES);
        FloatVector y5 = FloatVector.zero(SPECIES);
        FloatVector y6 = FloatVector.zero(SPECIES);
        FloatVector y7 = FloatVector.zero(SPECIES);
        for (int i = from; i < to; i += 2) {
            int row = mStart + Float.floatToRawIntBits(nonzeros[i]);
            FloatVector value = FloatVector.broadcast(SPECIES, nonzeros[i + 1]);
            y0 = value.fma(FloatVector.fromArray(SPECIES, m, row), y0);
            y1 = value.fma(FloatVector.fromArray(SPECIES, m, row + LANES), y1);
            y2 = value.fma(FloatVector.fromArray(SPECIES, m, row + 2 * LANES), y2);
            y3 = value.fma(FloatVector.fromArray(SPECIES, m, row + 3 * LANES), y3);
            y4 = value.fma(FloatVector.fromArray(SPECIES, m, row + 4 * LANES), y4);
            y5 = value.fma(FloatVector.fromArray(SPECIES, m, row + 5 * LANES), y5);
            y6 = value.fma(FloatVector.fromArray(SPECIES, m, row + 6 * LANES), y6);
            y7 = value.fma(FloatVector.fromArray(SPECIES, m, row + 7 * LANES), y7);
        }
        y0.add(FloatVector.fromArray(SPECIES, addend, addStart)).intoArray(y, yStart);
        y1.add(FloatVector.fromArray(SPECIES, addend, addStart + LANES)).intoArray(y, yStart + LANES);
        y2.add(FloatVector.fromArray(SPECIES, addend, addStart + 2 * LANES)).intoArray(y, yStart + 2 * LANES);
        y3.add(FloatVector.fromArray(SPECIES, addend, addStart + 3 * LANES)).intoArray(y, yStart + 3 * LANES);
        y4.add(FloatVector.fromArray(SPECIES, addend, addStart + 4 * LANES)).intoArray(y, yStart + 4 * LANES);
        y5.add(FloatVector.fromArray(SPECIES, addend, addStart + 5 * LANES)).intoArray(y, yStart + 5 * LANES);
        y6.add(FloatVector.fromArray(SPECIES, addend, addStart + 6 * LANES)).intoArray(y, yStart + 6 * LANES);
        y7.add(FloatVector.fromArray(SPECIES, addend, addStart + 7 * LANES)).intoArray(y, yStart + 7 * LANES);
    }

    private static void rows4(float[] nonzeros, int from, int to, float[] m, int mStart, float[] addend, int addStart,
                              float[] y, int yStart) {
        FloatVector y0 = FloatVector.zero(SPECIES);
        FloatVector y1 = FloatVector.zero(SPECIES);
        FloatVector y2 = FloatVector.zero(SPECIES);
        FloatVector y3 = FloatVector.zero(SPECIES);
        FloatVector z0 = FloatVector.zero(SPECIES);
        FloatVector z1 = FloatVector.zero(SPECIES);
        FloatVector z2 = FloatVector.zero(SPECIES);
        FloatVector z3 = FloatVector.zero(SPECIES);
        int i = from;
        for (; i < to - 2; i += 4) {
            int row = mStart + Float.floatToRawIntBits(nonzeros[i]);
            FloatVector value = FloatVector.broadcast(SPECIES, nonzeros[i + 1]);
            int next = mStart + Float.floatToRawIntBits(nonzeros[i + 2]);
            FloatVector other = FloatVector.broadcast(SPECIES, nonzeros[i + 3]);
            y0 = value.fma(FloatVector.fromArray(SPECIES, m, row), y0);
            z0 = other.fma(FloatVector.fromArray(SPECIES, m, next), z0);
            y1 = value.fma(FloatVector.fromArray(SPECIES, m, row + LANES), y1);
            z1 = other.fma(FloatVector.fromArray(SPECIES, m, next + LANES), z1);
            y2 = value.fma(FloatVector.fromArray(SPECIES, m, row + 2 * LANES), y2);
            z2 = other.fma(FloatVector.fromArray(SPECIES, m, next + 2 * LANES), z2);
            y3 = value.fma(FloatVector.fromArray(SPECIES, m, row + 3 * LANES), y3);
            z3 = other.fma(FloatVector.fromArray(SPECIES, m, next + 3 * LANES), z3);
        }
        if (i < to) {
            int row = mStart + Float.floatToRawIntBits(nonzeros[i]);
            FloatVector value = FloatVector.broadcast(SPECIES, nonzeros[i + 1]);
            y0 = value.fma(FloatVector.fromArray(SPECIES, m, row), y0);
            y1 = value.fma(FloatVector.fromArray(SPECIES, m, row + LANES), y1);
            y2 = value.fma(FloatVector.fromArray(SPECIES, m, row + 2 * LANES), y2);
            y3 = value.fma(FloatVector.fromArray(SPECIES, m, row + 3 * LANES), y3);
        }
        y0.add(z0).add(FloatVector.fromArray(SPECIES, addend, addStart)).intoArray(y, yStart);
        y1.add(z1).add(FloatVector.fromArray(SPECIES, addend, addStart + LANES)).intoArray(y, yStart + LANES);
        y2.add(z2).add(FloatVector.fromArray(SPECIES, addend, addStart + 2 * LANES)).intoArray(y, yStart + 2 * LANES);
        y3.add(z3).add(FloatVector.fromArray(SPECIES, addend, addStart + 3 * LANES)).intoArray(y, yStart + 3 * LANES);
    }

    private static void rows2(float[] nonzeros, int from, int to, float[] m, int mStart, float[] addend, int addStart,
                              float[] y, int yStart) {
        FloatVector y0 = FloatVector.zero(SPECIES);
        FloatVector y1 = FloatVector.zero(SPECIES);
        FloatVector z0 = FloatVector.zero(SPECIES);
        FloatVector z1 = FloatVector.zero(SPECIES);
        int i = from;
        for (; i < to - 2; i += 4) {
            int row = mStart + Float.floatToRawIntBits(nonzeros[i]);
            FloatVector value = FloatVector.broadcast(SPECIES, nonzeros[i + 1]);
            int next = mStart + Float.floatToRawIntBits(nonzeros[i + 2]);
            FloatVector other = FloatVector.broadcast(SPECIES, nonzeros[i + 3]);
            y0 = value.fma(FloatVector.fromArray(SPECIES, m, row), y0);
            z0 = other.fma(FloatVector.fromArray(SPECIES, m, next), z0);
            y1 = value.fma(FloatVector.fromArray(SPECIES, m, row + LANES), y1);
            z1 = other.fma(FloatVector.fromArray(SPECIES, m, next + LANES), z1);
        }
        if (i < to) {
            int row = mStart + Float.floatToRawIntBits(nonzeros[i]);
            FloatVector value = FloatVector.broadcast(SPECIES, nonzeros[i + 1]);
            y0 = value.fma(FloatVector.fromArray(SPECIES, m, row), y0);
            y1 = value.fma(FloatVector.fromArray(SPECIES, m, row + LANES), y1);
        }
        y0.add(z0).add(FloatVector.fromArray(SPECIES, addend, addStart)).intoArray(y, yStart);
        y1.add(z1).add(FloatVector.fromArray(SPECIES, addend, addStart + LANES)).intoArray(y, yStart + LANES);
    }

    private static void rows1(float[] nonzeros, int from, int to, float[] m, int mStart, float[] addend, int addStart,
                              float[] y, int yStart) {
        FloatVector y0 = FloatVector.zero(SPECIES);
        FloatVector z0 = FloatVector.zero(SPECIES);
        int i = from;
        for (; i < to - 2; i += 4) {
            int row = mStart + Float.floatToRawIntBits(nonzeros[i]);
            FloatVector value = FloatVector.broadcast(SPECIES, nonzeros[i + 1]);
            int next = mStart + Float.floatToRawIntBits(nonzeros[i + 2]);
            FloatVector other = FloatVector.broadcast(SPECIES, nonzeros[i + 3]);
            y0 = value.fma(FloatVector.fromArray(SPECIES, m, row), y0);
            z0 = other.fma(FloatVector.fromArray(SPECIES, m, next), z0);
        }
        if (i < to) {
            int row = mStart + Float.floatToRawIntBits(nonzeros[i]);
            FloatVector value = FloatVector.broadcast(SPECIES, nonzeros[i + 1]);
            y0 = value.fma(FloatVector.fromArray(SPECIES, m, row), y0);
        }
        y0.add(z0).add(FloatVector.fromArray(SPECIES, addend, addStart)).intoArray(y, yStart);
    }
}
