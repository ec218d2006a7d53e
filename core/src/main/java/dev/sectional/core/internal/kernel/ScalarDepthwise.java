package dev.sectional.core.internal.kernel;

/** {@link DepthwiseKernels} in plain Java. */
final class ScalarDepthwise {
    private ScalarDepthwise() {
    }

    static void position(float[] x, int xStart, float[] w, int wStart, DepthwiseSteps steps, int rows, int columns,
                         float[] y, int yStart, int count) {
        for (int c = 0; c < count; c++) {
            float sum = 0;
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    int from = xStart + i * steps.row() + j * steps.column() + c;
                    int filter = wStart + i * steps.filterRow() + j * steps.filterColumn() + c;
                    for (int k = 0; k < steps.repeats(); k++) {
                        sum += x[from + k * steps.repeat()] * w[filter + k * steps.filterRepeat()];
                    }
                }
            }
            y[yStart + c] = sum;
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
