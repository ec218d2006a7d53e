package dev.sectional.core.internal.kernel;

import java.util.Arrays;

/** The loops of {@link SparseKernels} in plain Java: three taps of a row lie side by side, so each is one loop over them. */
final class ScalarSparse {
    static final int LANES = 16;
    static final int SIDE = 16;
    private static final int LINE = SparseKernels.blockRowStride(SIDE, LANES);
    private static final int ROW = 3 * LANES;

    private ScalarSparse() {
    }

    static void gradient(float[] list, int from, int to, float[] tile, int tileStart, float[] g, int gStart, boolean add) {
        float[] upper = new float[ROW];
        float[] centre = new float[ROW];
        float[] lower = new float[ROW];
        for (int i = from; i < to; i += 2) {
            float value = list[i + 1];
            int top = tileStart + Float.floatToRawIntBits(list[i]);
            int middle = top + LINE;
            int bottom = middle + LINE;
            for (int j = 0; j < ROW; j++) {
                upper[j] += value * tile[top + j];
                centre[j] += value * tile[middle + j];
                lower[j] += value * tile[bottom + j];
            }
        }
        for (int j = 0; j < ROW; j++) {
            g[gStart + j] = upper[j] + (add ? g[gStart + j] : 0);
            g[gStart + ROW + j] = centre[j] + (add ? g[gStart + ROW + j] : 0);
            g[gStart + 2 * ROW + j] = lower[j] + (add ? g[gStart + 2 * ROW + j] : 0);
        }
    }

    static void forward(float[] list, int from, int to, float[] tile, int tileStart, float[] g, int gStart,
                        float[] sums, int sumStart, boolean add) {
        float[] products = new float[ROW];
        for (int i = from, at = sumStart; i < to; i += 2, at += LANES) {
            int top = tileStart + Float.floatToRawIntBits(list[i]);
            int middle = top + LINE;
            int bottom = middle + LINE;
            for (int j = 0; j < ROW; j++) {
                products[j] = g[gStart + j] * tile[top + j] + g[gStart + ROW + j] * tile[middle + j] + g[gStart + 2 * ROW + j] * tile[bottom + j];
            }
            for (int j = 0; j < LANES; j++) {
                sums[at + j] = products[j] + products[LANES + j] + products[2 * LANES + j] + (add ? sums[at + j] : 0);
            }
        }
    }

    static void inputGradient(float[] list, int from, int to, float[] g, int gStart, float[] tile, int tileStart) {
        for (int i = from; i < to; i += 2) {
            float value = list[i + 1];
            int top = tileStart + Float.floatToRawIntBits(list[i]);
            for (int row = 0; row < 3; row++) {
                for (int j = 0; j < ROW; j++) {
                    tile[top + row * LINE + j] += value * g[gStart + row * ROW + j];
                }
            }
        }
    }

    static void rows(float[] list, int from, int to, float[] b, int start, int step, float[] y, int yStart, int count, boolean add) {
        if (!add) {
            Arrays.fill(y, yStart, yStart + count, 0f);
        }
        for (int i = from; i < to; i += 2) {
            float value = list[i + 1];
            int row = Float.floatToRawIntBits(list[i]) * step + start;
            for (int j = 0; j < count; j++) {
                y[yStart + j] += value * b[row + j];
            }
        }
    }
}
