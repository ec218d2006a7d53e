package dev.sectional.core.internal.kernel;

import java.util.LinkedHashMap;
import java.util.Map;

/** Kernels that work element by element, and reductions without rounding: every bit has to agree. */
final class ElementwiseCases {
    private ElementwiseCases() {
    }

    private interface Kernel {
        void run(Kernels kernels, float[] x, int xStart, float[] y, int yStart, int count);
    }

    private interface Formula {
        float of(float x, float y);
    }

    static Map<String, ParityCase> all() {
        Map<String, ParityCase> cases = new LinkedHashMap<>();
        cases.put("add", binary(Kernels::add, (x, y) -> y + x));
        cases.put("multiply", binary(Kernels::multiply, (x, y) -> y * x));
        cases.put("combineWithAbs", binary((kernels, x, xStart, y, yStart, count) -> kernels.combineWithAbs(0.3f,
                -0.7f, x, xStart, y, yStart, count),
                (x, y) -> 0.3f * x + -0.7f * Math.abs(x)));
        cases.put("combineWithAbs, negative part",
                binary((kernels, x, xStart, y, yStart, count) -> kernels.combineWithAbs(0.5f, -0.5f, x, xStart, y,
                        yStart, count),
                (x, y) -> 0.5f * x + -0.5f * Math.abs(x)));
        cases.put("clampBackward, ReLU", binary((kernels, x, xStart, y, yStart, count) ->
                kernels.clampBackward(0f, Float.NaN, x, xStart, y, yStart, count), (x, y) -> x > 0 ? y : 0f));
        cases.put("relu", binary(sameOffset((kernels, x, y, from, to) -> kernels.relu(y, from, to)),
                (x, y) -> Math.max(y, 0f)));
        cases.put("affineNonzeros", binary(sameOffset((kernels, x, y, from, to) -> kernels.affineNonzeros(1.7f, 0.4f,
                y, from, to)),
                (x, y) -> y != 0 ? 1.7f * y - 0.4f : 0f));
        cases.put("addScaled", ElementwiseCases::addScaled);
        cases.put("clampBackward", binary((kernels, x, xStart, y, yStart, count) ->
                kernels.clampBackward(-0.25f, 0.5f, x, xStart, y, yStart, count),
                (x, y) -> x > -0.25f && x < 0.5f ? y : 0f));
        cases.put("stabilisedRatio", RatioCases::stabilisedRatio);
        cases.put("addBiasAndClamp", ElementwiseCases::addBiasAndClamp);
        cases.put("divide", ElementwiseCases::divide);
        cases.put("anyWeak", RatioCases::anyWeak);
        cases.put("ratiosBySign", RatioCases::ratiosBySign);
        cases.put("ratioBySign", ElementwiseCases::ratioBySign);
        cases.put("multiplyAndCountNonzeros", ElementwiseCases::multiplyAndCountNonzeros);
        cases.put("countNonzeros", ElementwiseCases::countNonzeros);
        cases.put("anyNegative", ElementwiseCases::anyNegative);
        cases.put("addSums", ElementwiseCases::addSums);
        cases.put("maxAbs", ElementwiseCases::maxAbs);
        return cases;
    }

    private interface Range {
        void run(Kernels kernels, float[] x, float[] y, int from, int to);
    }

    /** Kernels with one range for both arrays. */
    private static Kernel sameOffset(Range kernel) {
        return (kernels, x, xStart, y, yStart, count) -> {
            float[] shifted = x == y ? y : new float[y.length];
            if (x != y) {
                System.arraycopy(x, xStart, shifted, yStart, count);
            }
            kernel.run(kernels, shifted, y, yStart, yStart + count);
        };
    }

    private static ParityCase binary(Kernel kernel, Formula formula) {
        return trial -> {
            float[] y = trial.values(trial.count + 10);
            int yStart = trial.some(6);
            boolean inPlace = trial.some(4) == 0;
            float[] x = inPlace ? y : trial.values(trial.count + 10);
            int xStart = inPlace ? yStart : trial.some(6);
            float[] wanted = y.clone();
            for (int i = 0; i < trial.count; i++) {
                wanted[yStart + i] = formula.of(x[xStart + i], y[yStart + i]);
            }
            float[] kept = inPlace ? wanted : x.clone();
            kernel.run(trial.kernels, x, xStart, y, yStart, trial.count);
            trial.requireBits("result", wanted, y);
            trial.requireBits("input", kept, x);
        };
    }

    /** One rounding or two: the same for all elements. */
    private static void addScaled(ParityTrial trial) {
        float[] x = trial.values(trial.count + 6);
        float[] y = trial.values(trial.count + 6);
        int xStart = trial.some(6);
        int yStart = trial.some(6);
        float scale = trial.some(3) == 0 ? 0f : trial.random.nextFloat() - 0.5f;
        float[] fused = y.clone();
        float[] rounded = y.clone();
        for (int i = 0; i < trial.count; i++) {
            fused[yStart + i] = Math.fma(scale, x[xStart + i], y[yStart + i]);
            rounded[yStart + i] = y[yStart + i] + scale * x[xStart + i];
        }
        trial.kernels.addScaled(scale, x, xStart, y, yStart, trial.count);
        trial.requireBits("addScaled", trial.kernels.readsBuffers() ? fused : rounded, y);
    }

    private static void addBiasAndClamp(ParityTrial trial) {
        int rows = trial.some(4);
        int yStart = trial.some(6);
        int yStep = trial.count + trial.some(5);
        int biasStart = trial.some(6);
        float[] bias = trial.some(3) == 0 ? null : trial.values(trial.count + 6);
        float least = trial.some(3) == 0 ? Float.NEGATIVE_INFINITY : trial.some(2) - 0.5f * trial.some(2);
        float greatest = trial.some(3) == 0 ? Float.POSITIVE_INFINITY : least + trial.random.nextFloat();
        float[] y = trial.values(yStart + rows * yStep + trial.count);
        float[] wanted = y.clone();
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < trial.count; c++) {
                int at = yStart + r * yStep + c;
                float v = bias == null ? y[at] : y[at] + bias[biasStart + c];
                wanted[at] = v <= least ? least : v > greatest ? greatest : v;
            }
        }
        trial.kernels.addBiasAndClamp(bias, biasStart, least, greatest, y, yStart, yStep, rows, trial.count);
        trial.requireBits("addBiasAndClamp", wanted, y);
    }

    private static void divide(ParityTrial trial) {
        float[] a = trial.values(trial.count + 6);
        float[] b = trial.values(trial.count + 6);
        int from = trial.some(6);
        int target = trial.some(3);
        float[] into = target == 0 ? a : target == 1 ? b : trial.values(trial.count + 6);
        float[] wanted = into.clone();
        for (int i = from; i < from + trial.count; i++) {
            wanted[i] = b[i] != 0 ? a[i] / b[i] : 0f;
        }
        trial.kernels.divide(a, b, into, from, from + trial.count);
        trial.requireBits("divide", wanted, into);
    }

    private static void ratioBySign(ParityTrial trial) {
        float[] r = trial.values(trial.count + 6);
        float[] zPositive = trial.values(trial.count + 6);
        float[] zNegative = trial.values(trial.count + 6);
        int rStart = trial.some(6);
        int positiveStart = trial.some(6);
        int negativeStart = trial.some(6);
        boolean inPlace = trial.some(3) == 0;
        int sStart = inPlace ? rStart : trial.some(6);
        float floor = trial.some(2) * 1e-3f;
        float[] s = inPlace ? r : trial.values(trial.count + 6);
        float[] wanted = s.clone();
        for (int i = 0; i < trial.count; i++) {
            float value = r[rStart + i];
            float divisor = value > 0 ? zPositive[positiveStart + i] : zNegative[negativeStart + i];
            if (!(divisor > Math.abs(value) * floor)) {
                divisor = Math.abs(value) * floor;
            }
            wanted[sStart + i] = value != 0 && divisor > 0 ? value / divisor : 0f;
        }
        trial.kernels.ratioBySign(r, rStart, zPositive, positiveStart, zNegative, negativeStart, floor, s, sStart,
                trial.count);
        trial.requireBits("ratioBySign", wanted, s);
    }

    private static void multiplyAndCountNonzeros(ParityTrial trial) {
        int from = trial.some(6);
        float[] y = trial.values(trial.count + 10);
        float[] x = trial.some(4) == 0 ? y : trial.values(trial.count + 10);
        float[] wanted = y.clone();
        int nonzeros = 0;
        for (int i = from; i < from + trial.count; i++) {
            wanted[i] = y[i] * x[i];
            nonzeros += wanted[i] == 0 ? 0 : 1;
        }
        int got = trial.kernels.multiplyAndCountNonzeros(x, y, from, from + trial.count);
        trial.requireBits("product", wanted, y);
        if (got != nonzeros) {
            trial.fail("multiplyAndCountNonzeros", 0, Integer.toString(nonzeros), got);
        }
    }

    private static void countNonzeros(ParityTrial trial) {
        int from = trial.some(6);
        float[] x = trial.values(trial.count + 10);
        int nonzeros = 0;
        for (int i = from; i < from + trial.count; i++) {
            x[i] = trial.some(3) == 0 ? trial.some(2) * -0f : x[i];
            nonzeros += x[i] == 0 ? 0 : 1;
        }
        int got = trial.kernels.countNonzeros(x, from, from + trial.count);
        if (got != nonzeros) {
            trial.fail("countNonzeros", 0, Integer.toString(nonzeros), got);
        }
    }

    /** At most one negative element, so that each position matters; outside the range all are negative. */
    private static void anyNegative(ParityTrial trial) {
        int from = trial.some(6);
        float[] x = trial.values(trial.count + 10);
        for (int i = 0; i < x.length; i++) {
            boolean inside = i >= from && i < from + trial.count;
            boolean negativeZero = x[i] == 0 && trial.some(4) == 0;
            x[i] = inside ? Math.abs(x[i]) * (negativeZero ? -1 : 1) : -1;
        }
        boolean negative = trial.count > 0 && trial.some(3) > 0;
        if (negative) {
            float[] values = {-1, -Float.MIN_VALUE, Float.NEGATIVE_INFINITY, -Float.MAX_VALUE, -1e-30f};
            x[from + trial.some(trial.count)] = values[trial.some(values.length)];
        }
        boolean got = trial.kernels.anyNegative(x, from, from + trial.count);
        if (got != negative) {
            trial.fail("anyNegative", 0, Boolean.toString(negative), got ? 1 : 0);
        }
    }

    private static void addSums(ParityTrial trial) {
        int from = trial.some(5);
        int count = trial.count * (1 + trial.some(9));   // blocks of many vectors, too
        float[] x = trial.values(from + count + 3);
        double[] wanted = {0.5, 0.25};
        double[] got = wanted.clone();
        for (int i = from; i < from + count; i++) {
            wanted[0] += x[i];
            wanted[1] += Math.abs(x[i]);
        }
        trial.kernels.addSums(x, from, from + count, got);
        double bound = 34 * ParityTrial.ROUNDOFF * wanted[1];
        for (int i = 0; i < 2; i++) {
            if (Double.isFinite(bound) ? !(Math.abs(got[i] - wanted[i]) <= bound)
                    : Double.compare(got[i], wanted[i]) != 0) {
                trial.fail("addSums", i, Double.toString(wanted[i]), (float) got[i]);
            }
        }
    }

    private static void maxAbs(ParityTrial trial) {
        int from = trial.some(6);
        float[] x = trial.values(trial.count + 10);
        boolean noNaN = trial.some(2) == 0;   // else most long arrays would contain one
        float max = 0;
        for (int i = from; i < from + trial.count; i++) {
            x[i] = noNaN && Float.isNaN(x[i]) ? Float.NEGATIVE_INFINITY : x[i];
            max = Math.max(max, Math.abs(x[i]));
        }
        trial.requireBits("maxAbs", new float[] {max}, new float[] {trial.kernels.maxAbs(x, from, from + trial.count)});
    }
}
