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

    static void byOutput(float[] x, int xStart, float[] signs, float[] w, int negative, DepthwiseOffsets offsets,
                         float[] y, int yStart, int count) {
        for (int c = 0; c < count; c++) {
            int filter = (signs[yStart + c] > 0 ? 0 : negative) + c;
            float sum = 0;
            for (int i = 0; i < offsets.x().length; i++) {
                sum += x[xStart + offsets.x()[i] + c] * w[offsets.w()[i] + filter];
            }
            y[yStart + c] = sum;
        }
    }

    static void byInput(float[] x, int xStart, float[] w, int negative, DepthwiseOffsets offsets, float[] y,
                        int yStart, int count) {
        for (int c = 0; c < count; c++) {
            float sum = 0;
            for (int i = 0; i < offsets.x().length; i++) {
                float value = x[xStart + offsets.x()[i] + c];
                sum += value * w[offsets.w()[i] + (value > 0 ? 0 : negative) + c];
            }
            y[yStart + c] = sum;
        }
    }

    static void filterGradients(float[] x, int xStart, int xStep, int xColumn, float[] g, int gStart, int gStep,
                                int positions, int columns, float[] sums, int sumStart, int sumStep, int negative,
                                int count) {
        for (int j = 0; j < columns; j++) {
            for (int c = 0; c < count; c++) {
                float above = 0;
                float below = 0;
                for (int p = 0; p < positions; p++) {
                    float value = x[xStart + p * xStep + j * xColumn + c];
                    float gradient = g[gStart + p * gStep + c];
                    above += value * (gradient < 0 ? 0 : gradient);
                    below += value * (gradient < 0 ? -gradient : 0);
                }
                sums[sumStart + j * sumStep + c] += above;
                sums[sumStart + j * sumStep + negative + c] += below;
            }
        }
    }
}
