package dev.sectional.core.internal.kernel;

import dev.sectional.core.internal.kernel.ParityTrial.Sum;
import java.util.LinkedHashMap;
import java.util.Map;

/** Kernels of depthwise convolutions, within the rounding of float32. */
final class DepthwiseCases {
    private static final int MARGIN = 5;

    private DepthwiseCases() {
    }

    static Map<String, ParityCase> all() {
        Map<String, ParityCase> cases = new LinkedHashMap<>();
        cases.put("depthwise", DepthwiseCases::forward);
        cases.put("depthwiseFilterGradient", DepthwiseCases::filterGradient);
        return cases;
    }

    private static int step(ParityTrial trial, boolean backwards, int least) {
        return (backwards ? -1 : 1) * (least + trial.some(MARGIN));
    }

    private static void forward(ParityTrial trial) {
        int rows = trial.some(4);
        int columns = 1 + trial.some(4);
        int repeats = 1 + trial.some(2);
        int positions = trial.some(14);
        int count = trial.count;
        boolean backwards = trial.random.nextBoolean();
        DepthwiseSteps steps = new DepthwiseSteps(step(trial, false, 1), step(trial, backwards, 20),
                step(trial, backwards, 3), repeats, step(trial, backwards, 1), step(trial, false, 6),
                step(trial, false, 2), step(trial, false, 1));
        int reach = 4 * Math.abs(steps.row()) + 4 * Math.abs(steps.column()) + 2 * Math.abs(steps.repeat());
        float[] x = trial.summands(2 * reach + positions * steps.position() + count);
        float[] w = trial.summands(4 * steps.filterRow() + 4 * steps.filterColumn() + 2 * steps.filterRepeat() + count);
        int yStep = count + trial.some(MARGIN);
        int yStart = trial.some(MARGIN);
        float[] y = trial.values(yStart + positions * yStep + count);
        float[] before = y.clone();
        trial.kernels.depthwise(x, reach, w, 0, steps, rows, columns, y, yStart, yStep, positions, count);
        for (int p = 0; p < positions; p++) {
            for (int c = 0; c < count; c++) {
                Sum sum = ParityTrial.sums(1)[0];
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j < columns; j++) {
                        for (int k = 0; k < repeats; k++) {
                            sum.add(x[reach + p * steps.position() + i * steps.row() + j * steps.column()
                                    + k * steps.repeat() + c],
                                    w[i * steps.filterRow() + j * steps.filterColumn() + k * steps.filterRepeat() + c]);
                        }
                    }
                }
                int at = yStart + p * yStep + c;
                trial.requireSum("depthwise", at, sum, y[at]);
                y[at] = before[at];
            }
        }
        trial.requireBits("outside the outputs", before, y);
    }

    private static void filterGradient(ParityTrial trial) {
        int columns = 1 + trial.some(5);
        int positions = trial.some(9);
        int count = trial.count;
        int xStart = trial.some(MARGIN);
        int xStep = 1 + trial.some(20);
        int xColumn = 1 + trial.some(20);
        int gStart = trial.some(MARGIN);
        int gStep = 1 + trial.some(20);
        float[] x = trial.summands(xStart + positions * xStep + columns * xColumn + count);
        float[] g = trial.summands(gStart + positions * gStep + count);
        int sumStart = trial.some(MARGIN);
        int sumStep = count + trial.some(MARGIN);
        float[] sums = trial.summands(sumStart + columns * sumStep + count);
        float[] before = sums.clone();
        trial.kernels.depthwiseFilterGradient(x, xStart, xStep, xColumn, g, gStart, gStep, positions, columns, sums,
                sumStart, sumStep, count);
        for (int j = 0; j < columns; j++) {
            for (int c = 0; c < count; c++) {
                int at = sumStart + j * sumStep + c;
                Sum sum = ParityTrial.sums(1)[0].add(1, before[at]);
                for (int p = 0; p < positions; p++) {
                    sum.add(x[xStart + p * xStep + j * xColumn + c], g[gStart + p * gStep + c]);
                }
                trial.requireSum("filter gradient", at, sum, sums[at]);
                sums[at] = before[at];
            }
        }
        trial.requireBits("outside the sums", before, sums);
    }
}
