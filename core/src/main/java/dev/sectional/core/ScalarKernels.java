package dev.sectional.core;

/** Plain Java, written so that the JIT compiler can vectorise the inner loops by itself. */
final class ScalarKernels implements Kernels {
    private static final int ROWS = 4;
    /** Wide enough that the vectorised main loop, not its entry and exit, takes the time. */
    private static final int COLUMNS = 64;

    @Override
    public String description() {
        return "scalar";
    }

    @Override
    public int tileRows() {
        return ROWS;
    }

    @Override
    public int tileColumns() {
        return COLUMNS;
    }

    @Override
    public void tile(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
                     float[] c, int cStart, int cStride, boolean add) {
        float[] sums = sums(a, rows[firstRow] + shift, rows[firstRow + 1] + shift, rows[firstRow + 2] + shift, rows[firstRow + 3] + shift,
                1, b, bStart, depth);
        store(sums, c, cStart, cStride, add);
    }

    @Override
    public void outerTile(float[] a, int aStart, int aStep, float[] b, int bStart, int depth,
                          float[] c, int cStart, int cStride, boolean add) {
        float[] sums = sums(a, aStart, aStart + 1, aStart + 2, aStart + 3, aStep, b, bStart, depth);
        store(sums, c, cStart, cStride, add);
    }

    /** The tile whose rows' factors lie at {@code a0, a0 + step, ..} to {@code a3, a3 + step, ..}. */
    private static float[] sums(float[] a, int a0, int a1, int a2, int a3, int step, float[] b, int bStart, int depth) {
        float[] sums = new float[ROWS * COLUMNS];
        int k = 0;
        for (; k <= depth - 4; k += 4) {
            int at = k * step;
            accumulate(a[a0 + at], a[a0 + at + step], a[a0 + at + 2 * step], a[a0 + at + 3 * step],
                    a[a1 + at], a[a1 + at + step], a[a1 + at + 2 * step], a[a1 + at + 3 * step],
                    a[a2 + at], a[a2 + at + step], a[a2 + at + 2 * step], a[a2 + at + 3 * step],
                    a[a3 + at], a[a3 + at + step], a[a3 + at + 2 * step], a[a3 + at + 3 * step], b, bStart + k * COLUMNS, sums);
        }
        for (; k < depth; k++) {
            accumulate(a[a0 + k * step], a[a1 + k * step], a[a2 + k * step], a[a3 + k * step], b, bStart + k * COLUMNS, sums);
        }
        return sums;
    }

    private void store(float[] sums, float[] c, int cStart, int cStride, boolean add) {
        for (int row = 0; row < ROWS; row++) {
            int to = cStart + row * cStride;
            if (add) {
                add(sums, row * COLUMNS, c, to, COLUMNS);
            } else {
                System.arraycopy(sums, row * COLUMNS, c, to, COLUMNS);
            }
        }
    }

    /** Four steps of the depth at once: the sums are loaded and stored a quarter as often, which is what limits the loop. */
    private static void accumulate(float p0, float p1, float p2, float p3, float q0, float q1, float q2, float q3,
                                   float r0, float r1, float r2, float r3, float s0, float s1, float s2, float s3,
                                   float[] b, int at, float[] sums) {
        for (int j = 0; j < COLUMNS; j++) {
            float b0 = b[at + j];
            float b1 = b[at + COLUMNS + j];
            float b2 = b[at + 2 * COLUMNS + j];
            float b3 = b[at + 3 * COLUMNS + j];
            sums[j] += p0 * b0 + p1 * b1 + (p2 * b2 + p3 * b3);
            sums[COLUMNS + j] += q0 * b0 + q1 * b1 + (q2 * b2 + q3 * b3);
            sums[2 * COLUMNS + j] += r0 * b0 + r1 * b1 + (r2 * b2 + r3 * b3);
            sums[3 * COLUMNS + j] += s0 * b0 + s1 * b1 + (s2 * b2 + s3 * b3);
        }
    }

    private static void accumulate(float x0, float x1, float x2, float x3, float[] b, int at, float[] sums) {
        for (int j = 0; j < COLUMNS; j++) {
            float y = b[at + j];
            sums[j] += x0 * y;
            sums[COLUMNS + j] += x1 * y;
            sums[2 * COLUMNS + j] += x2 * y;
            sums[3 * COLUMNS + j] += x3 * y;
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
        return PlainSparse.LANES;
    }

    @Override
    public int blockSide() {
        return PlainSparse.SIDE;
    }

    @Override
    public void listedGradient(float[] list, int from, int to, float[] tile, int tileStart,
                               float[] g, int gStart, boolean add) {
        PlainSparse.gradient(list, from, to, tile, tileStart, g, gStart, add);
    }

    @Override
    public void listedForward(float[] list, int from, int to, float[] tile, int tileStart, float[] g, int gStart,
                              float[] sums, int sumStart, boolean add) {
        PlainSparse.forward(list, from, to, tile, tileStart, g, gStart, sums, sumStart, add);
    }

    @Override
    public void listedInputGradient(float[] list, int from, int to, float[] g, int gStart, float[] tile, int tileStart) {
        PlainSparse.inputGradient(list, from, to, g, gStart, tile, tileStart);
    }

    @Override
    public void listedRows(float[] list, int from, int to, float[] b, int start, int step, float[] y, int yStart, int count,
                           boolean add) {
        PlainSparse.rows(list, from, to, b, start, step, y, yStart, count, add);
    }

    @Override
    public void sumLanes(float[] x, int start, float[] sums, int count) {
        for (int i = 0, at = start; i < count; i++, at += PlainSparse.LANES) {
            float sum = 0;
            for (int j = at; j < at + PlainSparse.LANES; j++) {
                sum += x[j];
            }
            sums[i] = sum;
        }
    }

    @Override
    public void copyLanes(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep, int count) {
        for (int i = 0; i < count; i++) {
            System.arraycopy(x, xStart + i * xStep, y, yStart + i * yStep, PlainSparse.LANES);
        }
    }

    @Override
    public void addLanes(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep, int count) {
        for (int i = 0; i < count; i++) {
            add(x, xStart + i * xStep, y, yStart + i * yStep, PlainSparse.LANES);
        }
    }

    @Override
    public int runningSums() {
        return 4;
    }

    @Override
    public void dots(float[] a, int start, float[] x, int xStart, int count, float[] sums, int sumStart) {
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
