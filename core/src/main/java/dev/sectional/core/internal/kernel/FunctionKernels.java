package dev.sectional.core.internal.kernel;

/**
 * The part of {@link Kernels} for smooth activations and normalisation. Every method gives the same bits with every
 * provider and every width of vectors: none fuses a product with a sum, and sums have 16 partial sums.
 *
 * <p>Constants name the functions of one number, ints for the sake of small jars. S is the logistic function, Phi the
 * normal distribution; a and b are parameters of a few functions. EXP is within 2 ulp of its exact value for every
 * float32 number, subnormal results included; the others are within {@code 5e-7} of theirs, relative to
 * {@code max(|x|, |f(x)|)}.
 */
public interface FunctionKernels {
    /** {@code exp(x)}. */
    int EXP = 0;
    /** {@code S(x) = 1 / (1 + exp(-x))}. */
    int SIGMOID = 1;
    /** {@code x S(a x)}. */
    int SILU = 2;
    /** {@code tanh(x)}. */
    int TANH = 3;
    /** {@code log(1 + exp(x))}. */
    int SOFTPLUS = 4;
    /** {@code x tanh(log(1 + exp(x)))}. */
    int MISH = 5;
    /** {@code x Phi(x)}. */
    int GELU = 6;
    /** {@code x S(2 sqrt(2 / pi) (x + 0.044715 x^3))}, the usual approximation of GELU by a tanh. */
    int GELU_TANH = 7;
    /** The error function. */
    int ERF = 8;
    /** {@code max(0, min(1, a x + b))}; its derivative is 0 at both bends. */
    int HARD_SIGMOID = 9;
    /** {@code x max(0, min(6, x + 3)) / 6}; its derivative is 0 at -3 and 1 at 3. */
    int HARD_SWISH = 10;

    /**
     * Computes {@code y[yStart + i] = f(x[xStart + i])} for {@code i < count}; x and y are two arrays.
     *
     * @param function the constant of f
     * @param a first parameter of f
     * @param b second parameter of f
     */
    default void apply(int function, float a, float b, float[] x, int xStart, float[] y, int yStart,
                       int count) {
        for (int i = 0; i < count; i++) {
            y[yStart + i] = ScalarFunctions.value(function, a, b, x[xStart + i]);
        }
    }

    /**
     * Computes the derivative {@code y[yStart + i] = f'(x[xStart + i])} for {@code i < count}; x and y are two arrays.
     *
     * @param function the constant of f
     * @param a first parameter of f
     * @param b second parameter of f
     */
    default void differentiate(int function, float a, float b, float[] x, int xStart, float[] y, int yStart,
                               int count) {
        for (int i = 0; i < count; i++) {
            y[yStart + i] = ScalarFunctions.derivative(function, a, b, x[xStart + i]);
        }
    }

    /** Computes {@code y[yStart + i] = (x[xStart + i] - high - low) * scale} for {@code i < count}, rounding thrice. */
    default void subtractAndScale(float[] x, int xStart, float high, float low, float scale, float[] y, int yStart,
                                  int count) {
        for (int i = 0; i < count; i++) {
            y[yStart + i] = (x[xStart + i] - high - low) * scale;
        }
    }

    /**
     * Adds to {@code sums[0]} the sum of {@code d = x[i] - centre} and to {@code sums[1]} that of {@code d * d}, for
     * {@code from <= i < to}. In each block of 512 elements, the i-th goes to the partial sum {@code i mod 16} in
     * float32; these are added by halves and go to the sums in float64.
     */
    default void addMoments(float[] x, int from, int to, float centre, double[] sums) {
        ScalarFunctions.addMoments(x, from, to, centre, sums, false);
    }
}
