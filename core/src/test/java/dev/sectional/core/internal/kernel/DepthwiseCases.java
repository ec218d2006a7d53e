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
        cases.put("depthwiseByOutput", trial -> bySign(trial, true));
        cases.put("depthwiseByInput", trial -> bySign(trial, false));
        cases.put("depthwiseFilterGradients", DepthwiseCases::filterGradients);
        cases.put("maxOfWindow", DepthwiseCases::maxOfWindow);
        cases.put("routeToFirstMax", DepthwiseCases::routeToFirstMax);
        return cases;
    }

    private static void forward(ParityTrial trial) {
        int xStep = 1 + trial.some(20);
        int[] xOffsets = trial.random.ints(trial.some(12), -60, 60).toArray();
        int column = trial.random.nextBoolean() ? xStep : -xStep;
        for (int i = 1; i < xOffsets.length && trial.some(2) > 0; i++) {   // kernel columns, in either direction
            xOffsets[i] = Math.abs(xOffsets[i - 1] + column) < 60 ? xOffsets[i - 1] + column : xOffsets[i];
        }
        int[] wOffsets = trial.random.ints(xOffsets.length, 0, 60).toArray();
        int positions = trial.some(14);
        int count = trial.count;
        int xStart = 60 + trial.some(MARGIN);
        float[] x = trial.summands(xStart + 60 + positions * xStep + count);
        float[] w = trial.summands(60 + count);
        int yStep = count + trial.some(MARGIN);
        int yStart = trial.some(MARGIN);
        float[] y = trial.values(yStart + positions * yStep + count);
        float[] before = y.clone();
        float[] bias = trial.some(3) == 0 ? null : trial.summands(count);
        boolean bounded = trial.random.nextBoolean();
        float least = bounded ? -trial.some(2) : Float.NEGATIVE_INFINITY;
        float greatest = bounded ? 0.5f : Float.POSITIVE_INFINITY;
        trial.kernels.depthwise(x, xStart, xStep, w, new DepthwiseOffsets(xOffsets, wOffsets), bias, least, greatest, y,
                yStart, yStep, positions, count);
        for (int p = 0; p < positions; p++) {
            for (int c = 0; c < count; c++) {
                Sum sum = ParityTrial.sums(1)[0];
                for (int i = 0; i < xOffsets.length; i++) {
                    sum.add(x[xStart + p * xStep + xOffsets[i] + c], w[wOffsets[i] + c]);
                }
                if (bias != null) {
                    sum.add(1, bias[c]);
                }
                int at = yStart + p * yStep + c;
                if (!bounded) {
                    trial.requireSum("depthwise", at, sum, y[at]);
                } else if (!sum.clamped(least, greatest).allows(y[at])) {
                    trial.fail("bounded depthwise", at, sum.toString(), y[at]);
                }
                y[at] = before[at];
            }
        }
        trial.requireBits("outside the outputs", before, y);
    }

    private static void maxOfWindow(ParityTrial trial) {
        int[] offsets = trial.random.ints(trial.some(10), -60, 60).toArray();
        int xStart = 60 + trial.some(MARGIN);
        float[] x = trial.values(xStart + 60 + trial.count);
        int yStart = trial.some(MARGIN);
        float[] y = trial.values(yStart + trial.count + MARGIN);
        float[] wanted = y.clone();
        for (int c = 0; c < trial.count; c++) {
            wanted[yStart + c] = Float.NEGATIVE_INFINITY;
            for (int offset : offsets) {
                wanted[yStart + c] = Math.max(wanted[yStart + c], x[xStart + offset + c]);
            }
        }
        trial.kernels.maxOfWindow(x, xStart, offsets, y, yStart, trial.count);
        trial.requireBits("maxOfWindow", wanted, y);
    }

    private static void routeToFirstMax(ParityTrial trial) {
        int step = trial.count + trial.some(MARGIN);
        int[] offsets = trial.random.ints(trial.some(10), -4, 5).distinct().map(i -> i * step).toArray();
        int start = 4 * step + trial.some(MARGIN);
        float[] x = trial.values(start + 4 * step + trial.count);
        for (int i = 0; i < x.length; i++) {
            x[i] = trial.random.nextInt(3) == 0 ? 0.5f : x[i];   // ties
        }
        int valueStart = trial.some(MARGIN);
        float[] values = trial.summands(valueStart + trial.count);
        float[] y = trial.values(x.length);
        float[] wanted = y.clone();
        for (int c = 0; c < trial.count; c++) {
            float greatest = Float.NEGATIVE_INFINITY;
            for (int offset : offsets) {
                greatest = Math.max(greatest, x[start + offset + c]);
            }
            float rest = values[valueStart + c];
            for (int offset : offsets) {
                boolean winner = x[start + offset + c] == greatest;
                wanted[start + offset + c] += winner ? rest : 0f;   // -0 becomes 0
                rest = winner ? 0 : rest;
            }
        }
        trial.kernels.routeToFirstMax(x, start, offsets, values, valueStart, y, trial.count);
        trial.requireBits("routeToFirstMax", wanted, y);
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

    private static void bySign(ParityTrial trial, boolean byOutput) {
        int[] xOffsets = trial.random.ints(trial.some(12), -60, 60).toArray();
        int[] wOffsets = trial.random.ints(xOffsets.length, 0, 60).toArray();
        DepthwiseOffsets offsets = new DepthwiseOffsets(xOffsets, wOffsets);
        int positions = trial.some(14);
        int count = trial.count;
        int xStart = 60 + trial.some(MARGIN);
        int xStep = 1 + trial.some(20);
        float[] x = trial.summands(xStart + 60 + positions * xStep + count);
        int negative = trial.some(70);
        float[] w = trial.summands(60 + negative + count);
        int yStep = count + trial.some(MARGIN);
        int yStart = trial.some(MARGIN);
        float[] y = trial.values(yStart + positions * yStep + count);
        float[] signs = trial.values(y.length);
        float[] before = y.clone();
        if (byOutput) {
            trial.kernels.depthwiseByOutput(x, xStart, xStep, signs, w, negative, offsets, y, yStart, yStep, positions,
                    count);
        } else {
            trial.kernels.depthwiseByInput(x, xStart, xStep, w, negative, offsets, y, yStart, yStep, positions, count);
        }
        for (int p = 0; p < positions; p++) {
            for (int c = 0; c < count; c++) {
                int at = yStart + p * yStep + c;
                Sum sum = ParityTrial.sums(1)[0];
                for (int i = 0; i < xOffsets.length; i++) {
                    float value = x[xStart + p * xStep + xOffsets[i] + c];
                    float sign = byOutput ? signs[at] : value;
                    sum.add(value, w[wOffsets[i] + (sign > 0 ? 0 : negative) + c]);
                }
                trial.requireSum("by sign", at, sum, y[at]);
                y[at] = before[at];
            }
        }
        trial.requireBits("outside the outputs", before, y);
    }

    private static void filterGradients(ParityTrial trial) {
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
        int negative = columns * sumStep + trial.some(MARGIN);
        float[] sums = trial.summands(sumStart + 2 * negative + count);
        float[] before = sums.clone();
        trial.kernels.depthwiseFilterGradients(x, xStart, xStep, xColumn, g, gStart, gStep, positions, columns, sums,
                sumStart, sumStep, negative, count);
        for (int j = 0; j < 2 * columns; j++) {
            for (int c = 0; c < count; c++) {
                int column = j % columns;
                int at = sumStart + j / columns * negative + column * sumStep + c;
                Sum sum = ParityTrial.sums(1)[0].add(1, before[at]);
                for (int p = 0; p < positions; p++) {
                    float gradient = g[gStart + p * gStep + c];
                    boolean less = gradient < 0;
                    sum.add(x[xStart + p * xStep + column * xColumn + c],
                            j < columns ? less ? 0 : gradient : less ? -gradient : 0);
                }
                trial.requireSum("filter gradients", at, sum, sums[at]);
                sums[at] = before[at];
            }
        }
        trial.requireBits("outside the sums", before, sums);
    }
}
