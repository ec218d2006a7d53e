package dev.sectional.core.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernels over the vector module. This class has the micro-kernels of GEMM and delegates the rest: loops over
 * arrays are in {@link SimdLoops}, Winograd transforms in {@link SimdWinograd} and {@link SimdWinogradNarrow},
 * sparse loops in {@link SimdSparse}.
 *
 * <p>The width of the vectors decides the tile: 10 x 2 vectors for the 32 registers that come with 512 bits, 4 x 2
 * for the 16 registers of narrow vectors. The micro-kernels are written out with one local per register, and are
 * long for that reason: with arrays of vectors the JIT compiler spills accumulators or keeps bounds checks, and
 * half the speed or more is lost. A helper method that stores accumulators is not inlined and boxes every vector.
 *
 * <p>5 x 2 narrow vectors are as fast if the compiler loads the element of each row late. It does so under some garbage
 * collectors only; under others it loads all of them first, spills a sum, and takes more than twice as long. 4 x 2
 * vectors leave registers for either order.
 */
final class SimdKernels extends SimdLoops {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();
    private static final boolean WIDE = LANES >= 16;
    /**
     * Zero addend for the first K block. A branch instead would be pruned by C2, and would deoptimise the method
     * when it is first taken.
     */
    static final float[] ZEROS = new float[9 * LANES];

    @Override
    public String description() {
        return "simd, " + SPECIES.vectorBitSize() + "-bit vectors"
                + (KernelLookup.isWidthForced() ? " (" + KernelLookup.VECTOR_BITS + ")" : "");
    }

    @Override
    public int mr() {
        return WIDE ? 10 : 4;
    }

    @Override
    public int nr() {
        return 2 * LANES;
    }

    @Override
    public boolean prefersLongRuns() {
        return true;
    }

    @Override
    public void gemmMicroKernel(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
                     float[] c, int cStart, int cStride, boolean add) {
        float[] addend = add ? c : ZEROS;
        int addStart = add ? cStart : 0;
        int addStride = add ? cStride : 0;
        if (WIDE) {
            microKernel10x2(a, rows, firstRow, shift, b, bStart, depth, addend, addStart, addStride, c, cStart,
                    cStride);
        } else {
            microKernel4x2(a, rows, firstRow, shift, b, bStart, depth, addend, addStart, addStride, c, cStart, cStride);
        }
    }

    private static void microKernel4x2(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
                                 float[] addend, int addStart, int addStride, float[] c, int cStart, int cStride) {
        int first = rows[firstRow] + shift;
        int second = rows[firstRow + 1] + shift;
        int third = rows[firstRow + 2] + shift;
        int fourth = rows[firstRow + 3] + shift;
        int step = second - first;
        if (third - second == step && fourth - third == step) {
            microKernel4x2(a, first, step, b, bStart, depth, addend, addStart, addStride, c, cStart, cStride);
        } else {
            microKernel4x2(a, first, second, third, fourth, b, bStart, depth, addend, addStart, addStride, c, cStart,
                    cStride);
        }
    }

    /**
     * Rows at equal distances, as in a row-major matrix and in Winograd's products: a tenth faster than rows
     * anywhere.
     */
    private static void microKernel4x2(float[] a, int first, int step, float[] b, int bStart, int depth,
                                 float[] addend, int addStart, int addStride, float[] c, int cStart, int cStride) {
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
        p0 = p0.add(FloatVector.fromArray(SPECIES, addend, addStart));
        q0 = q0.add(FloatVector.fromArray(SPECIES, addend, addStart + LANES));
        p1 = p1.add(FloatVector.fromArray(SPECIES, addend, addStart + addStride));
        q1 = q1.add(FloatVector.fromArray(SPECIES, addend, addStart + addStride + LANES));
        p2 = p2.add(FloatVector.fromArray(SPECIES, addend, addStart + 2 * addStride));
        q2 = q2.add(FloatVector.fromArray(SPECIES, addend, addStart + 2 * addStride + LANES));
        p3 = p3.add(FloatVector.fromArray(SPECIES, addend, addStart + 3 * addStride));
        q3 = q3.add(FloatVector.fromArray(SPECIES, addend, addStart + 3 * addStride + LANES));
        p0.intoArray(c, cStart);
        q0.intoArray(c, cStart + LANES);
        p1.intoArray(c, cStart + cStride);
        q1.intoArray(c, cStart + cStride + LANES);
        p2.intoArray(c, cStart + 2 * cStride);
        q2.intoArray(c, cStart + 2 * cStride + LANES);
        p3.intoArray(c, cStart + 3 * cStride);
        q3.intoArray(c, cStart + 3 * cStride + LANES);
    }

    private static void microKernel4x2(float[] a, int first, int second, int third, int fourth, float[] b, int bStart,
                                       int depth,
                                 float[] addend, int addStart, int addStride, float[] c, int cStart, int cStride) {
        int toSecond = second - first;
        int toThird = third - first;
        int toFourth = fourth - first;
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
            FloatVector x1 = FloatVector.broadcast(SPECIES, a[k + toSecond]);
            p1 = x1.fma(left, p1);
            q1 = x1.fma(right, q1);
            FloatVector x2 = FloatVector.broadcast(SPECIES, a[k + toThird]);
            p2 = x2.fma(left, p2);
            q2 = x2.fma(right, q2);
            FloatVector x3 = FloatVector.broadcast(SPECIES, a[k + toFourth]);
            p3 = x3.fma(left, p3);
            q3 = x3.fma(right, q3);
        }
        p0 = p0.add(FloatVector.fromArray(SPECIES, addend, addStart));
        q0 = q0.add(FloatVector.fromArray(SPECIES, addend, addStart + LANES));
        p1 = p1.add(FloatVector.fromArray(SPECIES, addend, addStart + addStride));
        q1 = q1.add(FloatVector.fromArray(SPECIES, addend, addStart + addStride + LANES));
        p2 = p2.add(FloatVector.fromArray(SPECIES, addend, addStart + 2 * addStride));
        q2 = q2.add(FloatVector.fromArray(SPECIES, addend, addStart + 2 * addStride + LANES));
        p3 = p3.add(FloatVector.fromArray(SPECIES, addend, addStart + 3 * addStride));
        q3 = q3.add(FloatVector.fromArray(SPECIES, addend, addStart + 3 * addStride + LANES));
        p0.intoArray(c, cStart);
        q0.intoArray(c, cStart + LANES);
        p1.intoArray(c, cStart + cStride);
        q1.intoArray(c, cStart + cStride + LANES);
        p2.intoArray(c, cStart + 2 * cStride);
        q2.intoArray(c, cStart + 2 * cStride + LANES);
        p3.intoArray(c, cStart + 3 * cStride);
        q3.intoArray(c, cStart + 3 * cStride + LANES);
    }

    private static void microKernel10x2(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart,
                                        int depth,
                                float[] addend, int addStart, int addStride, float[] c, int cStart, int cStride) {
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

    @Override
    public void gemmTransAMicroKernel(float[] a, int aStart, int aStep, float[] b, int bStart, int depth,
                          float[] c, int cStart, int cStride, boolean add) {
        SimdGemmTransA.microKernel(WIDE, a, aStart, aStep, b, bStart, depth, c, cStart, cStride, add);
    }

    @Override
    public void winogradInput(float[] x, int start, int rowStep, int columnStep, int count,
                              float[] scratch, float[] v, int vStart, int vStep) {
        if (count < LANES) {
            ScalarWinograd.input(x, start, rowStep, columnStep, count, scratch, v, vStart, vStep);
        } else if (WIDE) {
            SimdWinograd.input(x, start, rowStep, columnStep, count, scratch, v, vStart, vStep);
        } else {
            SimdWinogradNarrow.input(x, start, rowStep, columnStep, count, scratch, v, vStart, vStep);
        }
    }

    @Override
    public void winogradFilter(float[] g, int start, int step, int count, float[] scratch, float[] u, int uStart,
                               int uStep) {
        if (WIDE) {
            SimdWinograd.filter(g, start, step, count, u, uStart, uStep);
        } else {
            SimdWinogradNarrow.filter(g, start, step, count, scratch, u, uStart, uStep);
        }
    }

    @Override
    public void winogradOutput(float[] m, int start, int step, int count, float[] bias, int biasStart, boolean relu,
                               float[] scratch, float[] y, int yStart, int rowStep, int columnStep) {
        SimdWinograd.output(m, start, step, count, bias, biasStart, relu, scratch, y, yStart, rowStep, columnStep);
    }

    @Override
    public void winogradOutputGradient(float[] r, int start, int rowStep, int columnStep, int count, int sign,
                                 float[] scratch, float[] v, int vStart, int vStep) {
        if (count < LANES) {
            ScalarWinograd.outputGradient(r, start, rowStep, columnStep, count, sign, scratch, v, vStart, vStep);
        } else {
            SimdWinograd.outputGradient(r, start, rowStep, columnStep, count, sign, scratch, v, vStart, vStep);
        }
    }

    @Override
    public void winogradFilterGradient(float[] w, int start, int step, int count, float[] scratch, float[] g,
                                       int gStart, int gStep) {
        if (WIDE) {
            SimdWinograd.filterGradient(w, start, step, count, scratch, g, gStart, gStep);
        } else {
            SimdWinogradNarrow.filterGradient(w, start, step, count, scratch, g, gStart, gStep);
        }
    }

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public int blockSide() {
        return SimdSparse.SIDE;
    }

    @Override
    public void sparseFilterGradient(float[] nonzeros, int from, int to, float[] block, int blockStart,
                               float[] g, int gStart, boolean add) {
        SimdSparse.gradient(nonzeros, from, to, block, blockStart, add ? g : ZEROS, add ? gStart : 0, g, gStart);
    }

    @Override
    public void sparseForward(float[] nonzeros, int from, int to, float[] block, int blockStart, float[] g, int gStart,
                              float[] sums, int sumStart, boolean add) {
        SimdSparse.forward(nonzeros, from, to, block, blockStart, g, gStart, add ? sums : ZEROS, add ? sumStart : 0,
                add ? LANES : 0, sums, sumStart);
    }

    @Override
    public void sparseInputGradient(float[] nonzeros, int from, int to, float[] g, int gStart, float[] block,
                                    int blockStart) {
        SimdSparse.inputGradient(nonzeros, from, to, g, gStart, block, blockStart);
    }

    @Override
    public void csrRowTimesDense(float[] nonzeros, int from, int to, float[] b, int start, int step, float[] y,
                                 int yStart, int count, boolean add) {
        SimdSparse.rows(nonzeros, from, to, b, start, step, add ? y : ZEROS, add ? yStart : 0, y, yStart, count);
    }

    @Override
    public void copyLanes(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep, int count) {
        SimdSparse.copy(x, xStart, xStep, y, yStart, yStep, count);
    }

    @Override
    public void addLanes(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep, int count) {
        SimdSparse.add(x, xStart, xStep, y, yStart, yStep, count);
    }
}
