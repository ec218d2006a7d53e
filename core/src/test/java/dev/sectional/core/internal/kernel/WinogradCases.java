package dev.sectional.core.internal.kernel;

import static dev.sectional.core.internal.kernel.WinogradMatrices.transposed;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The transforms of Winograd's filtering against products with their matrices in float64, which are made from the
 * interpolation points alone (Toom-Cook). Finite channels agree within rounding. In a channel with special values, a
 * NaN gives NaN where it is used; the rest of that channel is left open.
 */
final class WinogradCases {
    private static final int SIDE = WinogradTransform.WINDOW;
    private static final int TILE = WinogradTransform.TILE;
    /**
     * Two steps of at most 6 products each, with rounded constants: in halves of an ulp of the sum of absolute values.
     */
    private static final double STEPS = 24;

    private WinogradCases() {
    }

    static Map<String, ParityCase> all() {
        Map<String, ParityCase> cases = new LinkedHashMap<>();
        cases.put("winogradInput", WinogradCases::input);
        cases.put("winogradFilter", WinogradCases::filter);
        cases.put("winogradOutput", WinogradCases::output);
        cases.put("winogradOutputGradient", WinogradCases::outputGradient);
        cases.put("winogradFilterGradient", WinogradCases::filterGradient);
        return cases;
    }

    /** Where the elements of small matrices, one per channel, lie in an array. */
    private record Layout(int start, int rowStep, int columnStep) {
        int at(int row, int column, int channel) {
            return start + row * rowStep + column * columnStep + channel;
        }
    }

    private static void input(ParityTrial trial) {
        Layout in = new Layout(trial.some(5), 0, count(trial) + trial.some(4));
        Layout window = new Layout(in.start, SIDE * in.columnStep + trial.some(9), in.columnStep);
        window(trial, SIDE, window, WinogradMatrices.input(), 0);
    }

    private static void outputGradient(ParityTrial trial) {
        Layout in = new Layout(trial.some(5), 0, count(trial) + trial.some(4));
        Layout tile = new Layout(in.start, TILE * in.columnStep + trial.some(9), in.columnStep);
        window(trial, TILE, tile, transposed(WinogradMatrices.output()), trial.random.nextBoolean() ? 1 : -1);
    }

    private static int count(ParityTrial trial) {
        return Math.max(1, trial.count);
    }

    private static void window(ParityTrial trial, int side, Layout in, double[][] matrix, int sign) {
        int count = count(trial);
        int vStart = trial.some(5);
        int vStep = count + trial.some(4);
        float[] x = values(trial, in.at(side - 1, side - 1, count));
        float[] v = trial.moderate(vStart + 36 * vStep + 4);
        float[] before = v.clone();
        float[] scratch = trial.moderate(36 * Math.max(count, trial.kernels.nr()));
        if (sign == 0) {
            trial.kernels.winogradInput(x, in.start, in.rowStep, in.columnStep, count, scratch, v, vStart, vStep);
        } else {
            trial.kernels.winogradOutputGradient(x, in.start, in.rowStep, in.columnStep, count, sign, scratch, v,
                    vStart, vStep);
            for (int i = 0; i < x.length; i++) {
                x[i] = Float.isFinite(x[i]) ? Math.max(sign * x[i], 0) : x[i];
            }
        }
        check(trial, matrix, x, in, v, new Layout(vStart, 6 * vStep, vStep), count, null);
        requireRest(trial, before, v, vStart, vStep, count, 36);
    }

    private static void filter(ParityTrial trial) {
        panels(trial, WinogradMatrices.filter());
    }

    private static void filterGradient(ParityTrial trial) {
        panels(trial, transposed(WinogradMatrices.filter()));
    }

    private static void panels(ParityTrial trial, double[][] matrix) {
        int count = trial.kernels.nr() * (1 + trial.some(4));
        int side = matrix[0].length;
        int step = count + trial.some(4);
        int start = trial.some(5);
        int toStart = trial.some(5);
        int toStep = count + trial.some(4);
        int points = matrix.length * matrix.length;
        float[] x = values(trial, start + side * side * step);
        float[] to = trial.moderate(toStart + points * toStep + 4);
        float[] before = to.clone();
        float[] scratch = trial.moderate(18 * count);
        if (side == 3) {
            int half = trial.some(7);   // in two calls
            trial.kernels.winogradFilter(0, half, x, start, step, count, scratch, to, toStart, toStep);
            trial.kernels.winogradFilter(half, 6, x, start, step, count, scratch, to, toStart + 6 * half * toStep,
                    toStep);
        } else {
            trial.kernels.winogradFilterGradient(x, start, step, count, scratch, to, toStart, toStep);
        }
        check(trial, matrix, x, new Layout(start, side * step, step), to,
                new Layout(toStart, matrix.length * toStep, toStep), count, null);
        requireRest(trial, before, to, toStart, toStep, count, points);
    }

    private static void output(ParityTrial trial) {
        int count = trial.kernels.nr() * (1 + trial.some(3));
        int step = count + trial.some(4);
        int start = trial.some(5);
        int biasStart = trial.some(5);
        Layout to = new Layout(trial.some(5), 4 * count + trial.some(9), count);
        boolean relu = trial.random.nextBoolean();
        float[] bias = trial.random.nextBoolean() ? trial.moderate(biasStart + count) : null;
        float[] m = values(trial, start + 36 * step);
        float[] y = trial.moderate(to.at(3, 3, count) + 4);
        float[] before = y.clone();
        float[] scratch = trial.moderate(36 * count);
        trial.kernels.winogradOutput(m, start, step, count, bias, biasStart, relu, scratch, y, to.start, to.rowStep,
                to.columnStep);
        check(trial, WinogradMatrices.output(), m, new Layout(start, 6 * step, step), y, to, count,
                (value, channel) -> {
            double sum = value + (bias == null ? 0 : bias[biasStart + channel]);
            return relu && sum < 0 ? 0 : sum;
        });
        for (int row = 0; row < 4; row++) {
            System.arraycopy(before, to.at(row, 0, 0), y, to.at(row, 0, 0), 4 * count);
        }
        trial.requireBits("elements outside the tile", before, y);
    }

    /** Special values in few channels only, so that others stay finite. */
    private static float[] values(ParityTrial trial, int length) {
        float[] values = trial.moderate(length);
        for (int i = 0; trial.special && i < length / 100; i++) {
            float[] special = trial.summands(8);
            values[trial.some(length)] = special[trial.some(8)];
        }
        return values;
    }

    private interface Epilogue {
        double of(double value, int channel);
    }

    private static void check(ParityTrial trial, double[][] matrix, float[] x, Layout in, float[] y, Layout out,
            int count, Epilogue epilogue) {
        int side = matrix[0].length;
        double[][] values = new double[side][side];
        double[][] sizes = new double[side][side];
        double[][] absolute = absolute(matrix);
        for (int channel = 0; channel < count; channel++) {
            boolean finite = true;
            for (int i = 0; i < side * side; i++) {
                values[i / side][i % side] = x[in.at(i / side, i % side, channel)];
                finite &= Double.isFinite(values[i / side][i % side]);
                sizes[i / side][i % side] = Math.abs(values[i / side][i % side]);
            }
            double[][] sums = product(matrix, transposed(product(matrix, transposed(values))));
            double[][] bounds = product(absolute, transposed(product(absolute, transposed(sizes))));
            for (int i = 0; i < matrix.length * matrix.length; i++) {
                double bound = bounds[i / matrix.length][i % matrix.length];   // NaN if, and only if, a NaN is used
                double sum = sums[i / matrix.length][i % matrix.length];
                double wanted = epilogue == null ? sum : epilogue.of(sum, channel);
                float got = y[out.at(i / matrix.length, i % matrix.length, channel)];
                boolean near = Math.abs(got - wanted) <= STEPS * ParityTrial.ROUNDOFF * (bound + Math.abs(wanted))
                        + Float.MIN_NORMAL;
                if (finite ? !near : Double.isNaN(bound) && !Float.isNaN(got)) {
                    trial.fail("channel " + channel, i, Double.toString(wanted), got);
                }
            }
        }
    }

    private static double[][] absolute(double[][] matrix) {
        double[][] absolute = new double[matrix.length][matrix[0].length];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix[0].length; j++) {
                absolute[i][j] = Math.abs(matrix[i][j]);
            }
        }
        return absolute;
    }

    /** Without the products with a 0 of the left matrix, which no kernel forms. */
    private static double[][] product(double[][] left, double[][] right) {
        double[][] product = new double[left.length][right[0].length];
        for (int i = 0; i < left.length; i++) {
            for (int k = 0; k < right.length; k++) {
                for (int j = 0; left[i][k] != 0 && j < right[0].length; j++) {
                    product[i][j] += left[i][k] * right[k][j];
                }
            }
        }
        return product;
    }

    /** Nothing but the channels of each point was written. */
    private static void requireRest(ParityTrial trial, float[] before, float[] after, int start, int step, int count,
            int points) {
        for (int point = 0; point < points; point++) {
            System.arraycopy(before, start + point * step, after, start + point * step, count);
        }
        trial.requireBits("elements outside the points", before, after);
    }
}
