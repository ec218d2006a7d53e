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
        float[] sums = new float[ROWS * COLUMNS];
        int a0 = rows[firstRow] + shift;
        int a1 = rows[firstRow + 1] + shift;
        int a2 = rows[firstRow + 2] + shift;
        int a3 = rows[firstRow + 3] + shift;
        for (int k = 0; k < depth; k++) {
            accumulate(a[a0 + k], a[a1 + k], a[a2 + k], a[a3 + k], b, bStart + k * COLUMNS, sums);
        }
        store(sums, c, cStart, cStride, add);
    }

    @Override
    public void outerTile(float[] a, int aStart, int aStep, float[] b, int bStart, int depth,
                          float[] c, int cStart, int cStride, boolean add) {
        float[] sums = new float[ROWS * COLUMNS];
        for (int k = 0, from = aStart; k < depth; k++, from += aStep) {
            accumulate(a[from], a[from + 1], a[from + 2], a[from + 3], b, bStart + k * COLUMNS, sums);
        }
        store(sums, c, cStart, cStride, add);
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
}
