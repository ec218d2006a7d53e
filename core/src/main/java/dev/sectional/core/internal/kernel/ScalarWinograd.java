package dev.sectional.core.internal.kernel;


/**
 * The Winograd transforms of {@link Kernels} in plain Java. Every loop runs over neighbouring channels, so that the
 * JIT compiler vectorises it. See {@link WinogradTransform} for the matrices.
 */
final class ScalarWinograd {
    private static final int WINDOW = WinogradTransform.WINDOW;
    private static final float A = WinogradTransform.A;
    private static final float AA = A * A;
    private static final float AAA = A * A * A;
    private static final float B = WinogradTransform.B;
    private static final float BB = B * B;
    private static final float BBB = B * B * B;

    private ScalarWinograd() {
    }

    static void input(float[] x, int start, int rowStep, int columnStep, int count,
                      float[] scratch, float[] v, int vStart, int vStep) {
        for (int j = 0; j < WINDOW; j++) {
            inputSix(x, start + j * columnStep, rowStep, count, scratch, WINDOW * j * count, count);
        }
        for (int i = 0; i < WINDOW; i++) {
            inputSix(scratch, i * count, WINDOW * count, count, v, vStart + WINDOW * i * vStep, vStep);
        }
    }

    /** Computes {@code B^T d} for each of {@code count} channels. */
    private static void inputSix(float[] d, int start, int step, int count, float[] to, int toStart, int toStep) {
        for (int c = 0; c < count; c++) {
            int at = start + c;
            float d0 = d[at];
            float d1 = d[at + step];
            float d2 = d[at + 2 * step];
            float d3 = d[at + 3 * step];
            float d4 = d[at + 4 * step];
            float d5 = d[at + 5 * step];
            float nearEven = d4 - BB * d2;
            float nearOdd = A * (d3 - BB * d1);
            float farEven = d4 - AA * d2;
            float farOdd = B * (d3 - AA * d1);
            int into = toStart + c;
            to[into] = d4 + (AA * BB * d0 - (AA + BB) * d2);
            to[into + toStep] = nearEven + nearOdd;
            to[into + 2 * toStep] = nearEven - nearOdd;
            to[into + 3 * toStep] = farEven + farOdd;
            to[into + 4 * toStep] = farEven - farOdd;
            to[into + 5 * toStep] = d5 + (AA * BB * d1 - (AA + BB) * d3);
        }
    }

    static void filter(int fromRow, int toRow, float[] g, int start, int step, int count, float[] scratch, float[] u,
                       int uStart, int uStep) {
        for (int j = 0; j < 3; j++) {
            filterThree(g, start + j * step, 3 * step, count, scratch, j * count, 3 * count);
        }
        for (int i = fromRow; i < toRow; i++) {
            filterThree(scratch, 3 * i * count, count, count, u, uStart + WINDOW * (i - fromRow) * uStep, uStep);
        }
    }

    /** Computes {@code G g} for each of {@code count} channels. */
    private static void filterThree(float[] g, int start, int step, int count, float[] to, int toStart, int toStep) {
        for (int c = 0; c < count; c++) {
            int at = start + c;
            float g0 = g[at];
            float g1 = g[at + step];
            float g2 = g[at + 2 * step];
            float near = (g0 + AA * g2) * WinogradTransform.AT_A;
            float nearOdd = g1 * (A * WinogradTransform.AT_A);
            float far = (g0 + BB * g2) * WinogradTransform.AT_B;
            float farOdd = g1 * (B * WinogradTransform.AT_B);
            int into = toStart + c;
            to[into] = g0 * WinogradTransform.AT_ZERO;
            to[into + toStep] = near + nearOdd;
            to[into + 2 * toStep] = near - nearOdd;
            to[into + 3 * toStep] = far + farOdd;
            to[into + 4 * toStep] = far - farOdd;
            to[into + 5 * toStep] = g2;
        }
    }

    static void output(float[] m, int start, int step, int count, float[] bias, int biasStart, boolean relu,
                       float[] scratch, float[] y, int yStart, int rowStep, int columnStep) {
        for (int j = 0; j < WINDOW; j++) {
            outputSix(m, start + j * step, WINDOW * step, count, scratch, j * count, WINDOW * count);
        }
        for (int i = 0; i < 4; i++) {
            outputSix(scratch, WINDOW * i * count, count, count, y, yStart + i * rowStep, columnStep);
            for (int j = 0; j < 4; j++) {
                int to = yStart + i * rowStep + j * columnStep;
                for (int c = 0; bias != null && c < count; c++) {
                    y[to + c] += bias[biasStart + c];
                }
                for (int c = 0; relu && c < count; c++) {
                    y[to + c] = Math.max(y[to + c], 0f);
                }
            }
        }
    }

    /** Computes {@code A^T m} for each of {@code count} channels. */
    private static void outputSix(float[] m, int start, int step, int count, float[] to, int toStart, int toStep) {
        for (int c = 0; c < count; c++) {
            int at = start + c;
            float m1 = m[at + step];
            float m2 = m[at + 2 * step];
            float m3 = m[at + 3 * step];
            float m4 = m[at + 4 * step];
            float near = m1 + m2;
            float nearOdd = m1 - m2;
            float far = m3 + m4;
            float farOdd = m3 - m4;
            int into = toStart + c;
            to[into] = m[at] + near + far;
            to[into + toStep] = A * nearOdd + B * farOdd;
            to[into + 2 * toStep] = AA * near + BB * far;
            to[into + 3 * toStep] = AAA * nearOdd + (BBB * farOdd + m[at + 5 * step]);
        }
    }

    static void outputGradient(float[] r, int start, int rowStep, int columnStep, int count, int sign,
                         float[] scratch, float[] v, int vStart, int vStep) {
        for (int j = 0; j < 4; j++) {
            outputGradientFour(r, start + j * columnStep, rowStep, count, 0.5f * sign, 0.5f, scratch,
                    WINDOW * j * count, count);
        }
        for (int i = 0; i < WINDOW; i++) {
            outputGradientFour(scratch, i * count, WINDOW * count, count, 1, 0, v, vStart + WINDOW * i * vStep, vStep);
        }
    }

    /** Computes {@code A q} for each of {@code count} channels, where {@code q = own * r + absolute * |r|}. */
    private static void outputGradientFour(float[] r, int start, int step, int count, float own, float absolute,
                                           float[] to, int toStart, int toStep) {
        for (int c = 0; c < count; c++) {
            int at = start + c;
            float q0 = own * r[at] + absolute * Math.abs(r[at]);
            float q1 = own * r[at + step] + absolute * Math.abs(r[at + step]);
            float q2 = own * r[at + 2 * step] + absolute * Math.abs(r[at + 2 * step]);
            float q3 = own * r[at + 3 * step] + absolute * Math.abs(r[at + 3 * step]);
            float nearEven = q0 + AA * q2;
            float nearOdd = A * q1 + AAA * q3;
            float farEven = q0 + BB * q2;
            float farOdd = B * q1 + BBB * q3;
            int into = toStart + c;
            to[into] = q0;
            to[into + toStep] = nearEven + nearOdd;
            to[into + 2 * toStep] = nearEven - nearOdd;
            to[into + 3 * toStep] = farEven + farOdd;
            to[into + 4 * toStep] = farEven - farOdd;
            to[into + 5 * toStep] = q3;
        }
    }

    static void filterGradient(float[] w, int start, int step, int count, float[] scratch, float[] g, int gStart,
                               int gStep) {
        for (int j = 0; j < WINDOW; j++) {
            filterGradientSix(w, start + j * step, WINDOW * step, count, scratch, j * count, WINDOW * count);
        }
        for (int i = 0; i < 3; i++) {
            filterGradientSix(scratch, WINDOW * i * count, count, count, g, gStart + 3 * i * gStep, gStep);
        }
    }

    /** Computes {@code G^T w} for each of {@code count} channels. */
    private static void filterGradientSix(float[] w, int start, int step, int count, float[] to, int toStart,
                                          int toStep) {
        for (int c = 0; c < count; c++) {
            int at = start + c;
            float w1 = w[at + step];
            float w2 = w[at + 2 * step];
            float w3 = w[at + 3 * step];
            float w4 = w[at + 4 * step];
            float near = (w1 + w2) * WinogradTransform.AT_A;
            float nearOdd = (w1 - w2) * WinogradTransform.AT_A;
            float far = (w3 + w4) * WinogradTransform.AT_B;
            float farOdd = (w3 - w4) * WinogradTransform.AT_B;
            int into = toStart + c;
            to[into] = w[at] * WinogradTransform.AT_ZERO + (near + far);
            to[into + toStep] = A * nearOdd + B * farOdd;
            to[into + 2 * toStep] = AA * near + (BB * far + w[at + 5 * step]);
        }
    }
}
