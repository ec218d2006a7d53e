package dev.sectional.core.internal.kernel;

import java.util.Arrays;

/**
 * The loops of {@link SparseKernels} in plain Java. Three kernel offsets of a row are side by side in a block and
 * in a filter, so that one loop covers them.
 */
final class ScalarSparse {
    static final int LANES = 16;
    static final int SIDE = 16;
    private static final int ROW_STRIDE = SparseKernels.blockRowStride(SIDE, LANES);
    private static final int OFFSETS_OF_ROW = 3 * LANES;

    private ScalarSparse() {
    }

    static void gradient(float[] nonzeros, int from, int to, float[] block, int blockStart, float[] g, int gStart,
                         boolean add) {
        float[] upper = new float[OFFSETS_OF_ROW];
        float[] centre = new float[OFFSETS_OF_ROW];
        float[] lower = new float[OFFSETS_OF_ROW];
        for (int i = from; i < to; i += 2) {
            float value = nonzeros[i + 1];
            int top = blockStart + Float.floatToRawIntBits(nonzeros[i]);
            int middle = top + ROW_STRIDE;
            int bottom = middle + ROW_STRIDE;
            for (int j = 0; j < OFFSETS_OF_ROW; j++) {
                upper[j] += value * block[top + j];
                centre[j] += value * block[middle + j];
                lower[j] += value * block[bottom + j];
            }
        }
        for (int j = 0; j < OFFSETS_OF_ROW; j++) {
            g[gStart + j] = upper[j] + (add ? g[gStart + j] : 0);
            g[gStart + OFFSETS_OF_ROW + j] = centre[j] + (add ? g[gStart + OFFSETS_OF_ROW + j] : 0);
            g[gStart + 2 * OFFSETS_OF_ROW + j] = lower[j] + (add ? g[gStart + 2 * OFFSETS_OF_ROW + j] : 0);
        }
    }

    static void forward(float[] nonzeros, int from, int to, float[] block, int blockStart, float[] g, int gStart,
                        float[] sums, int sumStart, boolean add) {
        float[] products = new float[OFFSETS_OF_ROW];
        for (int i = from, at = sumStart; i < to; i += 2, at += LANES) {
            int top = blockStart + Float.floatToRawIntBits(nonzeros[i]);
            int middle = top + ROW_STRIDE;
            int bottom = middle + ROW_STRIDE;
            for (int j = 0; j < OFFSETS_OF_ROW; j++) {
                products[j] = g[gStart + j] * block[top + j] + g[gStart + OFFSETS_OF_ROW + j] * block[middle + j]
                        + g[gStart + 2 * OFFSETS_OF_ROW + j] * block[bottom + j];
            }
            for (int j = 0; j < LANES; j++) {
                sums[at + j] = products[j] + products[LANES + j] + products[2 * LANES + j] + (add ? sums[at + j] : 0);
            }
        }
    }

    static void inputGradient(float[] nonzeros, int from, int to, float[] g, int gStart, float[] block,
                              int blockStart) {
        for (int i = from; i < to; i += 2) {
            float value = nonzeros[i + 1];
            int top = blockStart + Float.floatToRawIntBits(nonzeros[i]);
            for (int row = 0; row < 3; row++) {
                for (int j = 0; j < OFFSETS_OF_ROW; j++) {
                    block[top + row * ROW_STRIDE + j] += value * g[gStart + row * OFFSETS_OF_ROW + j];
                }
            }
        }
    }

    static void rows(float[] nonzeros, int from, int to, float[] m, int mStart, float[] y, int yStart, int count,
                     boolean add) {
        float[] sums = new float[LANES];
        for (int c = 0; c < count; c += LANES) {
            Arrays.fill(sums, 0f);
            for (int i = from; i < to; i += 2) {
                float value = nonzeros[i + 1];
                int row = mStart + c + Float.floatToRawIntBits(nonzeros[i]);
                for (int j = 0; j < LANES; j++) {
                    sums[j] += value * m[row + j];
                }
            }
            for (int j = 0; j < LANES; j++) {
                y[yStart + c + j] = sums[j] + (add ? y[yStart + c + j] : 0);
            }
        }
    }

    static void dots(float[] nonzeros, int from, int to, float[] m, int mStart, float[] x, int xStart, int count,
                     float[] z) {
        float[] sums = new float[LANES];
        for (int i = from, at = 0; i < to; i += 2, at++) {
            Arrays.fill(sums, 0f);
            int row = mStart + Float.floatToRawIntBits(nonzeros[i]);
            for (int c = 0; c < count; c += LANES) {
                for (int j = 0; j < LANES; j++) {
                    sums[j] += x[xStart + c + j] * m[row + c + j];
                }
            }
            float sum = 0;
            for (int j = 0; j < LANES; j++) {
                sum += sums[j];
            }
            z[at] = sum;
        }
    }
}
