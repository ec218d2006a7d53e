package dev.sectional.core.internal.kernel;

/** {@link Kernels#stabilisedRatio} in plain Java. */
final class ScalarRatio {
    private ScalarRatio() {
    }

    /** Computes the columns from {@code first} on. */
    static void rows(float[] r, int rStart, float[] z, float[] bias, float scale, float epsilon, float[] s, int start,
                     int rows, int count, int first, double[] absorbed) {
        for (int k = 0; k < rows; k++) {
            for (int c = first; c < count; c++) {
                int i = start + k * count + c;
                float b = bias == null ? 0f : bias[c];
                float d = z[i] + b;
                float e = d < 0 ? -epsilon : epsilon;
                float value = r[rStart + i - start];
                float sum = z[i];
                float given = scale * value;
                float ratio = value != 0 && d + e != 0 ? given / (d + e) : 0f;
                s[i] = ratio;   // s may be r or z
                if (value == 0) {
                    continue;
                }
                if (ratio == 0 || sum == 0 && b == 0) {
                    absorbed[2] += given;
                } else {
                    absorbed[0] += ratio * b;
                    absorbed[1] += ratio * e;
                }
            }
        }
    }
}
