package dev.sectional.core.internal.kernel;

/** {@link DepthwiseKernels} in plain Java. */
final class ScalarDepthwise {
    private ScalarDepthwise() {
    }

    static void position(float[] x, int xStart, float[] w, DepthwiseOffsets offsets, float[] bias, float least,
                         float greatest, float[] y, int yStart, int count) {
        for (int c = 0; c < count; c++) {
            float sum = 0;
            for (int i = 0; i < offsets.x().length; i++) {
                sum += x[xStart + offsets.x()[i] + c] * w[offsets.w()[i] + c];
            }
            float v = bias == null ? sum : sum + bias[c];
            v = v <= least ? least : v;
            y[yStart + c] = v > greatest ? greatest : v;
        }
    }

    static void filterGradient(float[] x, int xStart, int xStep, int xColumn, float[] g, int gStart, int gStep,
                               int positions, int columns, float[] sums, int sumStart, int sumStep, int count) {
        for (int j = 0; j < columns; j++) {
            for (int c = 0; c < count; c++) {
                float sum = 0;
                for (int p = 0; p < positions; p++) {
                    sum += x[xStart + p * xStep + j * xColumn + c] * g[gStart + p * gStep + c];
                }
                sums[sumStart + j * sumStep + c] += sum;
            }
        }
    }
}
