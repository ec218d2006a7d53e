package dev.sectional.core.internal.kernel;

import java.util.Arrays;

/** The kernels in plain Java, written so that the JIT compiler vectorises the inner loops by itself. */
final class ScalarKernels implements Kernels {
    private static final int MR = 4;
    /**
     * Wide enough for the vectorised main loop to dominate its entry and exit. Twice as many would waste work in
     * layers of few outputs.
     */
    private static final int NR = 128;

    /**
     * Buffers of one thread: a row of b, the sums of a tile, and the addends of the sums. Arrays and no class of ours:
     * a thread that outlives this library would keep it loaded.
     */
    private final ThreadLocal<float[][]> scratch =
            ThreadLocal.withInitial(() -> new float[][] {new float[NR], new float[MR * NR], new float[MR * NR]});

    @Override
    public String description() {
        return "scalar";
    }

    @Override
    public int mr() {
        return MR;
    }

    @Override
    public int nr() {
        return NR;
    }

    @Override
    public void gemmMicroKernel(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
                                int columns, float[] addend, int addStart, int addStride, float least, float greatest,
                                float[] c, int cStart, int cStride) {
        float[] sums = tile(a, rows[firstRow] + shift, rows[firstRow + 1] + shift, rows[firstRow + 2] + shift,
                rows[firstRow + 3] + shift, 1, b, bStart, depth);
        boolean clamps = least != Float.NEGATIVE_INFINITY || greatest != Float.POSITIVE_INFINITY;
        addTo(sums, columns, addend, addStart, addStride);
        for (int i = 0; i < MR; i++) {
            if (clamps) {
                addBiasAndClamp(null, 0, least, greatest, sums, i * NR, NR, 1, columns);
            }
            System.arraycopy(sums, i * NR, c, cStart + i * cStride, columns);
        }
    }

    @Override
    public void gemmTransAMicroKernel(float[] a, int aStart, int aStep, float[] b, int bStart, int depth,
                          float[] c, int cStart, int cStride, boolean add) {
        float[] sums = tile(a, aStart, aStart + 1, aStart + 2, aStart + 3, aStep, b, bStart, depth);
        addTo(sums, NR, add ? c : null, cStart, cStride);
        for (int i = 0; i < MR; i++) {
            System.arraycopy(sums, i * NR, c, cStart + i * cStride, NR);
        }
    }

    /**
     * Returns the sums of a tile whose left-hand factors are at {@code a0 + k * step} to {@code a3 + k * step}. The
     * operands are copied to separate arrays, because C2 vectorises a loop over several arrays only if one index serves
     * all of them.
     */
    private float[] tile(float[] a, int a0, int a1, int a2, int a3, int step, float[] b, int bStart, int depth) {
        float[][] own = scratch.get();
        float[] row = own[0];
        float[] sums = own[1];
        Arrays.fill(sums, 0f);
        for (int k = 0, at = 0; k < depth; k++, at += step) {
            System.arraycopy(b, bStart + k * NR, row, 0, NR);
            accumulate(a[a0 + at], a[a1 + at], a[a2 + at], a[a3 + at], row, sums);
        }
        return sums;
    }

    /** Adds the addend after the sums are complete: sums that start with it round more. */
    private void addTo(float[] sums, int columns, float[] addend, int addStart, int addStride) {
        if (addend == null) {
            return;
        }
        float[] copy = scratch.get()[2];
        for (int i = 0; i < MR; i++) {
            System.arraycopy(addend, addStart + i * addStride, copy, i * NR, columns);
        }
        add(copy, sums);
    }

    private static void add(float[] addend, float[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += addend[i];
        }
    }

    /** Adds one step of K. With more rows, or several steps at once, C2 does not unroll and vectorise the loop. */
    private static void accumulate(float x0, float x1, float x2, float x3, float[] row, float[] sums) {
        for (int j = 0; j < NR; j++) {
            float y = row[j];
            sums[j] += x0 * y;
            sums[NR + j] += x1 * y;
            sums[2 * NR + j] += x2 * y;
            sums[3 * NR + j] += x3 * y;
        }
    }

    @Override
    public float dot(float[] a, int aStart, float[] b, int bStart, int count) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = 0;
        for (; i <= count - 4; i += 4) {
            s0 += a[aStart + i] * b[bStart + i];
            s1 += a[aStart + i + 1] * b[bStart + i + 1];
            s2 += a[aStart + i + 2] * b[bStart + i + 2];
            s3 += a[aStart + i + 3] * b[bStart + i + 3];
        }
        for (; i < count; i++) {
            s0 += a[aStart + i] * b[bStart + i];
        }
        return s0 + s1 + (s2 + s3);
    }

    @Override
    public int lanes() {
        return ScalarSparse.LANES;
    }

    @Override
    public int blockSide() {
        return ScalarSparse.SIDE;
    }

    @Override
    public void sparseFilterGradient(float[] nonzeros, int from, int to, float[] block, int blockStart,
                               float[] g, int gStart, boolean add) {
        ScalarSparse.gradient(nonzeros, from, to, block, blockStart, g, gStart, add);
    }

    @Override
    public void sparseForward(float[] nonzeros, int from, int to, float[] block, int blockStart, float[] g, int gStart,
                              float[] sums, int sumStart, boolean add) {
        ScalarSparse.forward(nonzeros, from, to, block, blockStart, g, gStart, sums, sumStart, add);
    }

    @Override
    public void sparseInputGradient(float[] nonzeros, int from, int to, float[] g, int gStart, float[] block,
                                    int blockStart) {
        ScalarSparse.inputGradient(nonzeros, from, to, g, gStart, block, blockStart);
    }

    @Override
    public void sparseRows(float[] nonzeros, int from, int to, float[] m, int mStart, float[] y, int yStart, int count,
                           boolean add) {
        ScalarSparse.rows(nonzeros, from, to, m, mStart, y, yStart, count, add);
    }

    @Override
    public void sparseDots(float[] nonzeros, int from, int to, float[] m, int mStart, float[] x, int xStart, int count,
                           float[] z) {
        ScalarSparse.dots(nonzeros, from, to, m, mStart, x, xStart, count, z);
    }

    @Override
    public void sumLanes(float[] x, int start, float[] sums, int count) {
        for (int i = 0, at = start; i < count; i++, at += ScalarSparse.LANES) {
            float sum = 0;
            for (int j = at; j < at + ScalarSparse.LANES; j++) {
                sum += x[j];
            }
            sums[i] = sum;
        }
    }

    @Override
    public void copyLanes(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep, int count) {
        for (int i = 0; i < count; i++) {
            System.arraycopy(x, xStart + i * xStep, y, yStart + i * yStep, ScalarSparse.LANES);
        }
    }

    @Override
    public void addLanes(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep, int count) {
        for (int i = 0; i < count; i++) {
            add(x, xStart + i * xStep, y, yStart + i * yStep, ScalarSparse.LANES);
        }
    }

    @Override
    public int partialSumCount() {
        return 4;
    }

    @Override
    public void accumulateDot(float[] a, int start, float[] x, int xStart, int count, float[] sums, int sumStart) {
        float s0 = sums[sumStart];
        float s1 = sums[sumStart + 1];
        float s2 = sums[sumStart + 2];
        float s3 = sums[sumStart + 3];
        int i = 0;
        for (; i <= count - 4; i += 4) {
            s0 += a[start + i] * x[xStart + i];
            s1 += a[start + i + 1] * x[xStart + i + 1];
            s2 += a[start + i + 2] * x[xStart + i + 2];
            s3 += a[start + i + 3] * x[xStart + i + 3];
        }
        for (; i < count; i++) {
            s0 += a[start + i] * x[xStart + i];
        }
        sums[sumStart] = s0;
        sums[sumStart + 1] = s1;
        sums[sumStart + 2] = s2;
        sums[sumStart + 3] = s3;
    }
}
