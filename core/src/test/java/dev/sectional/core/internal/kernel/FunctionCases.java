package dev.sectional.core.internal.kernel;

import java.util.LinkedHashMap;
import java.util.Map;

/** Smooth activations and normalisation: every bit has to agree, with every provider and width. */
final class FunctionCases {
    private FunctionCases() {
    }

    static Map<String, ParityCase> all() {
        Map<String, ParityCase> cases = new LinkedHashMap<>();
        for (int i = FunctionKernels.EXP; i <= FunctionKernels.HARD_SWISH; i++) {
            int function = i;
            cases.put("function " + i + ", value and derivative", trial -> function(trial, function));
        }
        cases.put("subtractAndScale", FunctionCases::subtractAndScale);
        cases.put("addMoments", FunctionCases::addMoments);
        return cases;
    }

    /** Arguments on all sides of the places where a formula changes. */
    private static float[] arguments(ParityTrial trial, int length) {
        float[] x = trial.values(length);
        float scale = new float[] {1, 4, 20, 120}[trial.some(4)];
        for (int i = 0; i < length; i++) {
            x[i] *= scale;
        }
        return x;
    }

    private static void function(ParityTrial trial, int function) {
        int length = trial.count + (trial.some(8) == 0 ? 3000 : 0);   // more than one block
        float[] x = arguments(trial, length + 6);
        float[] y = trial.values(length + 6);
        int xStart = trial.some(6);
        int yStart = trial.some(6);
        float a = trial.some(2) == 0 ? 1 : trial.random.nextFloat() * 3 - 1;
        float b = trial.random.nextFloat();
        float[] values = y.clone();
        float[] slopes = y.clone();
        float[] slope = y.clone();
        for (int i = 0; i < length; i++) {
            values[yStart + i] = ScalarFunctions.value(function, a, b, x[xStart + i]);
            slopes[yStart + i] = ScalarFunctions.derivative(function, a, b, x[xStart + i]);
        }
        float[] kept = x.clone();
        trial.kernels.apply(function, a, b, x, xStart, y, yStart, length);
        trial.kernels.differentiate(function, a, b, x, xStart, slope, yStart, length);
        trial.requireBits("value", values, y);
        trial.requireBits("derivative", slopes, slope);
        trial.requireBits("input", kept, x);
    }

    private static void subtractAndScale(ParityTrial trial) {
        float[] y = trial.values(trial.count + 10);
        int yStart = trial.some(6);
        boolean inPlace = trial.some(3) == 0;
        float[] x = inPlace ? y : trial.values(trial.count + 10);
        int xStart = inPlace ? yStart : trial.some(6);
        float[] constants = trial.values(3);
        float[] wanted = y.clone();
        for (int i = 0; i < trial.count; i++) {
            wanted[yStart + i] = (x[xStart + i] - constants[0] - constants[1]) * constants[2];
        }
        trial.kernels.subtractAndScale(x, xStart, constants[0], constants[1], constants[2], y, yStart, trial.count);
        trial.requireBits("result", wanted, y);
    }

    /** The same 16 partial sums for each 512 elements, whatever the vectors. */
    private static void addMoments(ParityTrial trial) {
        int length = trial.count + (trial.some(4) == 0 ? 1030 : 0);
        float[] x = trial.values(length + 6);
        int from = trial.some(6);
        float centre = trial.random.nextFloat();
        double[] sums = {1, 2};
        double[] wanted = sums.clone();
        for (int start = 0; start < length; start += 512) {
            float[][] parts = new float[2][16];
            for (int i = start; i < Math.min(length, start + 512); i++) {
                float d = x[from + i] - centre;
                parts[0][i % 16] += d;
                parts[1][i % 16] += d * d;
            }
            for (int half = 8; half > 0; half /= 2) {
                for (int i = 0; i < half; i++) {
                    parts[0][i] += parts[0][i + half];
                    parts[1][i] += parts[1][i + half];
                }
            }
            wanted[0] += parts[0][0];
            wanted[1] += parts[1][0];
        }
        trial.kernels.addMoments(x, from, from + length, centre, sums);
        for (int i = 0; i < 2; i++) {
            if (Double.compare(wanted[i], sums[i]) != 0) {
                trial.fail("sum", i, Double.toString(wanted[i]), (float) sums[i]);
            }
        }
    }
}
