package dev.sectional.core.internal.kernel;

import java.util.Arrays;

/**
 * The functions of {@link FunctionKernels} and their derivatives in float32. {@link SimdFunctions} does the same
 * operations in the same order, so that both give the same bits.
 *
 * <p>With {@code e = exp(-|x|)}, which never overflows, the logistic function is {@code 1 / (1 + e)} or
 * {@code e / (1 + e)}, by the sign of x. The polynomials are minimax approximations, their greatest relative errors
 * beside them.
 */
final class ScalarFunctions {
    /** Beyond these exponents the result is infinite or 0. */
    static final float GREATEST = 89f;
    static final float LEAST = -104f;
    static final float HALF_LOG2_E = 0.72134752f;
    /** Added to a number of less than 23 bits, leaves its nearest whole number in the last bits. */
    static final float ROUND = 0x1.8p23f;
    /** The bits of ROUND less the bias of an exponent. */
    static final int ROUND_BITS = 0x4b400000 - 127;
    static final int EXPONENT_SHIFT = 23;
    /** 15 bits of log(4), whose multiples are exact, and the rest. */
    static final float LN4_HIGH = 0x1.62e4p0f;
    static final float LN4_LOW = 2.85721364e-6f;
    /** {@code exp(r) = 1 + r + r^2 E(r)} for {@code |r| <= log(2)}, to 2e-8. */
    static final float E0 = 0.500000349f;
    static final float E1 = 0.166666137f;
    static final float E2 = 0.0416612377f;
    static final float E3 = 0.00833612023f;
    static final float E4 = 0.00141050927f;
    static final float E5 = 1.9610838e-4f;
    /** {@code tanh(x) = x + x^3 T(x^2)} for {@code |x| < 0.625}, to 5e-9. */
    static final float TANH_SPLIT = 0.625f;
    static final float T0 = -0.333332783f;
    static final float T1 = 0.133313289f;
    static final float T2 = -0.053729227f;
    static final float T3 = 0.0206019992f;
    static final float T4 = -0.00566078047f;
    /** {@code log(1 + e) = 2 s + s^3 L(s^2)} with {@code s = e / (2 + e)}, to 5e-9. */
    static final float L0 = 0.666664131f;
    static final float L1 = 0.400216992f;
    static final float L2 = 0.279991394f;
    static final float L3 = 0.280244656f;
    /** {@code erf(x) = x R(x^2)} for {@code |x| < 1}, to 2e-9. */
    static final float R0 = 1.12837917f;
    static final float R1 = -0.376126258f;
    static final float R2 = 0.112835851f;
    static final float R3 = -0.0268538119f;
    static final float R4 = 0.00518832756f;
    static final float R5 = -8.01019252e-4f;
    static final float R6 = 7.8538577e-5f;
    /** {@code Phi(-t) = exp(-t^2 / 2) Q(1 / (1 + 0.3 t))} for {@code t >= 0}, to 6e-8. */
    static final float Q_STEP = 0.3f;
    static final float Q_STEP_ERF = 0.424264069f;   // 0.3 sqrt(2)
    static final float Q0 = 7.37523257e-6f;
    static final float Q1 = 0.119484154f;
    static final float Q2 = 0.121945678f;
    static final float Q3 = 0.0945841071f;
    static final float Q4 = 0.142769708f;
    static final float Q5 = -0.0768465063f;
    static final float Q6 = 0.228958112f;
    static final float Q7 = -0.169310684f;
    static final float Q8 = 0.0384080852f;
    /** {@code 2 sqrt(2 / pi)}, and the factors of GELU_TANH's argument and of its derivative. */
    static final float GELU_FACTOR = 1.59576912f;
    static final float GELU_CUBE = 0.044715f;
    static final float GELU_CUBE_SLOPE = 0.134145f;
    static final float ONE_BY_SQRT_2_PI = 0.398942280f;
    static final float ONE_SIXTH = 1f / 6;
    static final float ONE_THIRD = 1f / 3;
    /** Partial sums of {@link #addMoments}, and the elements that they take before they go to float64. */
    static final int PARTS = 16;
    static final int BLOCK = 32 * PARTS;

    private ScalarFunctions() {
    }

    static float value(int function, float a, float b, float x) {
        return switch (function) {
            case FunctionKernels.EXP -> exp(x);
            case FunctionKernels.SIGMOID -> sigmoid(x);
            case FunctionKernels.SILU -> x * sigmoid(a * x);
            case FunctionKernels.TANH -> tanh(x);
            case FunctionKernels.SOFTPLUS -> softplus(x);
            case FunctionKernels.MISH -> mish(x);
            case FunctionKernels.GELU -> x * normal(x, exp(x * x * -0.5f));
            case FunctionKernels.GELU_TANH -> x * sigmoid(geluArgument(x));
            case FunctionKernels.ERF -> erf(x);
            case FunctionKernels.HARD_SIGMOID -> clamp(a * x + b, 1);
            default -> x * (clamp(x + 3, 6) * ONE_SIXTH);
        };
    }

    static float derivative(int function, float a, float b, float x) {
        return switch (function) {
            case FunctionKernels.EXP -> exp(x);
            case FunctionKernels.SIGMOID -> logisticSlope(exp(-Math.abs(x)));
            case FunctionKernels.SILU -> siluDerivative(a * x, a * x);
            case FunctionKernels.TANH -> 4 * logisticSlope(exp(-2 * Math.abs(x)));
            case FunctionKernels.SOFTPLUS -> sigmoid(x);
            case FunctionKernels.MISH -> mishDerivative(x);
            case FunctionKernels.GELU -> geluDerivative(x);
            case FunctionKernels.GELU_TANH -> siluDerivative(geluArgument(x),
                    x * GELU_FACTOR * (x * x * GELU_CUBE_SLOPE + 1));
            case FunctionKernels.ERF -> exp(-(x * x)) * R0;
            case FunctionKernels.HARD_SIGMOID -> a * x + b > 0 && a * x + b < 1 ? a : 0;
            default -> x <= -3 ? 0 : x < 3 ? x * ONE_THIRD + 0.5f : 1;
        };
    }

    /** Computes {@code exp(x) = exp(r) 2^n 2^n}: with one factor, results could not be subnormal. */
    static float exp(float value) {
        float x = value > GREATEST ? GREATEST : value;
        x = x < LEAST ? LEAST : x;
        float shifted = x * HALF_LOG2_E + ROUND;
        float n = shifted - ROUND;
        float r = x - n * LN4_HIGH - n * LN4_LOW;
        float p = ((((E5 * r + E4) * r + E3) * r + E2) * r + E1) * r + E0;
        float power = Float.intBitsToFloat(Float.floatToRawIntBits(shifted) - ROUND_BITS << EXPONENT_SHIFT);
        return (p * (r * r) + r + 1) * power * power;
    }

    private static float sigmoid(float x) {
        float e = exp(-Math.abs(x));
        return (x >= 0 ? 1 : e) / (e + 1);
    }

    /** Returns {@code S(x) (1 - S(x))} of {@code e = exp(-|x|)}. */
    private static float logisticSlope(float e) {
        float sum = e + 1;
        return e / (sum * sum);
    }

    /** Returns {@code S(u) + along S(u) (1 - S(u))}, where along is x times the derivative of u. */
    private static float siluDerivative(float u, float along) {
        float e = exp(-Math.abs(u));
        float inverse = 1 / (e + 1);
        return (u >= 0 ? 1 : e) * inverse * ((u >= 0 ? e : 1) * inverse * along + 1);
    }

    private static float tanh(float x) {
        float z = x * x;
        float small = ((((T4 * z + T3) * z + T2) * z + T1) * z + T0) * z * x + x;
        float e = exp(-2 * Math.abs(x));
        float large = (1 - e) / (e + 1);
        return Math.abs(x) < TANH_SPLIT ? small : x < 0 ? -large : large;
    }

    private static float softplus(float x) {
        float e = exp(-Math.abs(x));
        float s = e / (e + 2);
        float z = s * s;
        return (((L3 * z + L2) * z + L1) * z + L0) * z * s + (s + s) + (x < 0 ? 0 : x);
    }

    /**
     * With {@code e = exp(-|x|)}, the tanh is {@code (1 + 2 e) / (1 + 2 e + 2 e^2)}, and below 0
     * {@code e (e + 2) / (e (e + 2) + 2)}.
     */
    private static float mish(float x) {
        float e = exp(-Math.abs(x));
        float n = x >= 0 ? e + e + 1 : (e + 2) * e;
        float d = x >= 0 ? (e + e) * e : 2;
        return x * (n / (n + d));
    }

    private static float mishDerivative(float x) {
        float e = exp(-Math.abs(x));
        float n = x >= 0 ? e + e + 1 : (e + 2) * e;
        float d = x >= 0 ? (e + e) * e : 2;
        float inverse = 1 / (n + d);
        float rest = (n + n + d) * inverse * (d * inverse);   // 1 - t^2
        return ((x >= 0 ? 1 : e) / (e + 1)) * rest * x + n * inverse;
    }

    private static float geluArgument(float x) {
        return (x * x * GELU_CUBE + 1) * x * GELU_FACTOR;
    }

    /** Returns {@code Phi(x)}. */
    private static float normal(float x, float density) {
        float q = density * tail(1 / (Math.abs(x) * Q_STEP + 1));
        return x >= 0 ? 1 - q : q;
    }

    private static float geluDerivative(float x) {
        float density = exp(x * x * -0.5f);
        return density * ONE_BY_SQRT_2_PI * x + normal(x, density);
    }

    private static float tail(float u) {
        float high = (((Q8 * u + Q7) * u + Q6) * u + Q5) * u + Q4;
        return (((high * u + Q3) * u + Q2) * u + Q1) * u + Q0;
    }

    private static float erf(float x) {
        float z = x * x;
        float small = ((((((R6 * z + R5) * z + R4) * z + R3) * z + R2) * z + R1) * z + R0) * x;
        float large = 1 - 2 * (exp(-z) * tail(1 / (Math.abs(x) * Q_STEP_ERF + 1)));
        return Math.abs(x) < 1 ? small : x < 0 ? -large : large;
    }

    private static float clamp(float x, float greatest) {
        float v = x <= 0 ? 0 : x;
        return v > greatest ? greatest : v;
    }

    /** @param vectors whether {@link SimdFunctions} adds the whole rows of partial sums */
    static void addMoments(float[] x, int from, int to, float centre, double[] sums, boolean vectors) {
        float[] parts = new float[2 * PARTS];
        for (int start = from; start < to; start += BLOCK) {
            int end = Math.min(start + BLOCK, to);
            int i = start;
            Arrays.fill(parts, 0);
            if (vectors) {
                i += (end - start) / PARTS * PARTS;
                SimdFunctions.addMoments(x, start, i, centre, parts);
            }
            for (; i < end; i++) {
                float d = x[i] - centre;
                int part = (i - start) % PARTS;
                parts[part] += d;
                parts[PARTS + part] += d * d;
            }
            addParts(parts, sums);
        }
    }

    /** Adds the partial sums, by halves, to both sums. */
    private static void addParts(float[] parts, double[] sums) {
        for (int half = PARTS / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                parts[i] += parts[i + half];
                parts[PARTS + i] += parts[PARTS + i + half];
            }
        }
        sums[0] += parts[0];
        sums[1] += parts[PARTS];
    }
}
