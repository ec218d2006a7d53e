package dev.sectional.core.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.internal.kernel.ParityTrial.Sum;

/** The ratio of relevance rules: ratios bit by bit, what they absorb within the rounding of its partial sums. */
final class RatioCases {
    private RatioCases() {
    }

    static void stabilisedRatio(ParityTrial trial) {
        int rows = trial.some(5);
        int count = trial.count;
        int start = trial.some(6);
        float[] bias = trial.some(3) == 0 ? null : sparse(trial, count);
        float epsilon = trial.some(2) * 1e-3f;
        float scale = trial.random.nextFloat() - 0.5f;
        int target = trial.some(3);
        int rStart = target == 0 ? start : trial.some(6);
        float[] r = sparse(trial, Math.max(start, rStart) + rows * count + 4);
        float[] z = sparse(trial, r.length);
        float[] original = r.clone();
        float[] sums = z.clone();
        float[] s = target == 0 ? r : target == 1 ? z : trial.values(r.length);
        float[] wanted = s.clone();
        double[] absorbed = new double[3];
        double size = 0;
        for (int i = start; i < start + rows * count; i++) {
            float b = bias == null ? 0f : bias[(i - start) % count];
            float d = sums[i] + b;
            float e = d < 0 ? -epsilon : epsilon;
            float own = original[rStart + i - start];
            wanted[i] = own != 0 && d + e != 0 ? scale * own / (d + e) : 0f;
            boolean dead = wanted[i] == 0 || sums[i] == 0 && b == 0;
            absorbed[0] += dead ? 0 : (double) wanted[i] * b;
            absorbed[1] += dead ? 0 : (double) wanted[i] * e;
            absorbed[2] += dead && own != 0 ? (double) scale * own : 0;
            size += Math.abs(wanted[i] * (double) b) + Math.abs(wanted[i] * (double) e) + Math.abs(own);
        }
        double[] got = new double[3];
        trial.kernels.stabilisedRatio(r, rStart, z, bias, scale, epsilon, s, start, rows, count, got);
        trial.requireBits("ratio", wanted, s);
        double tolerance = (rows * count + 2) * 0x1p-24 * size + Float.MIN_NORMAL;
        for (int i = 0; i < 3 && Double.isFinite(size) && size < Float.MAX_VALUE; i++) {
            assertEquals(absorbed[i], got[i], tolerance, "absorbed " + i + ", " + count + " elements");
        }
    }

    static void ratiosBySign(ParityTrial trial) {
        int rStart = trial.some(6);
        int zStart = trial.some(6);
        int negative = trial.count + trial.some(3);
        float[] r = sparse(trial, rStart + trial.count + 1);
        float[] z = sparse(trial, zStart + negative + trial.count + 1);
        float[] wanted = z.clone();
        Sum dead = new Sum();
        for (int i = 0; i < trial.count; i++) {
            float value = r[rStart + i];
            float divisor = z[zStart + i + (value < 0 ? negative : 0)];
            float ratio = divisor == 0 ? 0f : value / divisor;
            wanted[zStart + i] = value <= 0 ? 0f : ratio;
            wanted[zStart + negative + i] = value < 0 ? ratio : 0f;
            dead.add(ratio == 0 ? value : 0, 1);
        }
        float got = trial.kernels.ratiosBySign(r, rStart, z, zStart, negative, trial.count);
        trial.requireBits("ratios", wanted, z);
        trial.requireSum("values without a ratio", 0, dead, got);
    }

    static void anyWeak(ParityTrial trial) {
        int start = trial.some(6);
        float least = trial.some(4) == 0 ? 0 : 0.1f;
        float[] strength = trial.some(2) == 0 ? trial.moderate(trial.count) : trial.values(trial.count);
        float[] r = sparse(trial, start + trial.count + 1);
        float[] z = trial.values(start + trial.count + 1);
        int weak = trial.count == 0 ? 0 : trial.some(trial.count);   // the only one that may be weak
        boolean wanted = false;
        for (int i = 0; i < trial.count; i++) {
            float expected = least * strength[i];
            boolean strong = Math.abs(z[start + i]) >= expected && expected > 0;
            r[start + i] = strong || i == weak ? r[start + i] : 0f;
            wanted |= r[start + i] != 0 && !strong;
        }
        assertEquals(wanted, trial.kernels.anyWeak(r, z, start, least, strength, trial.count),
                trial.count + " elements, one of them weak at most");
    }

    /** Returns values of which some are 0. */
    private static float[] sparse(ParityTrial trial, int length) {
        float[] values = trial.summands(length);
        for (int i = 0; i < length; i++) {
            values[i] = trial.some(4) == 0 ? 0f : values[i];
        }
        return values;
    }
}
