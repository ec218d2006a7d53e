package dev.sectional.core.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The functions against float64, over all of float32. The parity suite shows that vectors give the same bits. */
class FunctionKernelsTest {
    /** Every float32 number whose bits are a multiple of a prime: 4 million of all sizes and both signs. */
    private static final int STEP = 1009;

    private static double ulp(double exact) {
        return Math.max(Math.ulp((float) exact), Float.MIN_VALUE);
    }

    @Test
    void theExponentialFunctionIsWithinTwoUlp() {
        double worst = 0;
        for (long bits = 0; bits < 1L << 32; bits += STEP) {
            float x = Float.intBitsToFloat((int) bits);
            float got = ScalarFunctions.exp(x);
            double exact = Math.exp(x);
            if (Float.isNaN(x)) {
                assertTrue(Float.isNaN(got), () -> "at " + x);
            } else if ((float) exact == Float.POSITIVE_INFINITY) {
                assertTrue(got >= Float.MAX_VALUE * (1 - 1e-7f), () -> "at " + x + ": " + got);
            } else {
                worst = Math.max(worst, Math.abs(got - exact) / ulp(exact));
            }
        }
        for (float x = -104; x < 88.7f; x += 0.0001f) {
            double exact = Math.exp(x);
            worst = Math.max(worst, Math.abs(ScalarFunctions.exp(x) - exact) / ulp(exact));
        }
        assertTrue(worst < 2, "ulp: " + worst);
        assertTrue(worst > 1, "the test sees rounding: " + worst);
        assertEquals(0, ScalarFunctions.exp(Float.NEGATIVE_INFINITY));
        assertEquals(Float.POSITIVE_INFINITY, ScalarFunctions.exp(Float.POSITIVE_INFINITY));
        assertEquals(Float.MIN_VALUE, ScalarFunctions.exp(-103.2f));
        assertEquals(1, ScalarFunctions.exp(Float.MIN_VALUE));
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    /** The error function by its power series, or the continued fraction of its complement. */
    private static double erf(double x) {
        double size = Math.abs(x);
        if (size > 6) {
            return Math.signum(x);
        }
        double factor = 2 / Math.sqrt(Math.PI) * Math.exp(-x * x);
        if (size < 3) {
            double sum = 0;
            double term = x;
            for (int n = 1; Math.abs(term) > 1e-20 * Math.abs(sum); n++) {
                sum += term;
                term *= 2 * x * x / (2 * n + 1);
            }
            return factor * sum;
        }
        double fraction = 0;
        for (int k = 60; k > 0; k--) {
            fraction = k / 2.0 / (size + fraction);
        }
        return Math.signum(x) * (1 - factor / 2 / (size + fraction));
    }

    private static final double A = 1.25;
    private static final double B = 0.375;

    private static DoubleUnaryOperator exact(int function) {
        return switch (function) {
            case FunctionKernels.EXP -> Math::exp;
            case FunctionKernels.SIGMOID -> FunctionKernelsTest::sigmoid;
            case FunctionKernels.SILU -> x -> x * sigmoid(A * x);
            case FunctionKernels.TANH -> Math::tanh;
            case FunctionKernels.SOFTPLUS -> FunctionKernelsTest::softplus;
            case FunctionKernels.MISH -> x -> x * Math.tanh(softplus(x));
            case FunctionKernels.GELU -> x -> x * 0.5 * (1 + erf(x * Math.sqrt(0.5)));
            case FunctionKernels.GELU_TANH -> x -> x * 0.5
                    * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case FunctionKernels.ERF -> FunctionKernelsTest::erf;
            case FunctionKernels.HARD_SIGMOID -> x -> Math.max(0, Math.min(1, A * x + B));
            default -> x -> x * Math.max(0, Math.min(6, x + 3)) / 6;
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void valuesAndDerivativesAreNearFloat64(int function) {
        DoubleUnaryOperator exact = exact(function);
        double greatest = function == FunctionKernels.EXP ? 20 : 110;
        for (double at = -greatest; at <= greatest; at += at > -8 && at < 8 ? 0.000731 : 0.0731) {
            float x = (float) at;
            double value = exact.applyAsDouble(x);
            float got = ScalarFunctions.value(function, (float) A, (float) B, x);
            assertEquals(value, got, 5e-7 * Math.max(Math.abs(x), Math.abs(value)) + Float.MIN_VALUE, () -> "at " + x);
            double step = 1e-5 * Math.max(1, Math.abs(x));
            double slope = (exact.applyAsDouble(x + step) - exact.applyAsDouble(x - step)) / (2 * step);
            boolean bend = function >= FunctionKernels.HARD_SIGMOID
                    && Math.abs(exact.applyAsDouble(x + step) - 2 * value + exact.applyAsDouble(x - step)) > 1e-7;
            float derivative = ScalarFunctions.derivative(function, (float) A, (float) B, x);
            assertEquals(slope, derivative, bend ? 1 : 2e-6 * Math.max(1, Math.abs(slope)), () -> "slope at " + x);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void specialValuesAreThoseOfTheFormula(int function) {
        assertTrue(Float.isNaN(ScalarFunctions.value(function, 1, 0, Float.NaN)));
        DoubleUnaryOperator exact = exact(function);
        for (float x : new float[] {0f, Float.MIN_VALUE, -Float.MIN_NORMAL, 1e30f, Float.POSITIVE_INFINITY}) {
            double value = exact.applyAsDouble(x);
            assertEquals((float) value, ScalarFunctions.value(function, (float) A, (float) B, x),
                    Double.isInfinite(value) ? 0 : 5e-7 * Math.max(Math.abs(value), Float.MIN_NORMAL), () -> "at " + x);
        }
    }
}
