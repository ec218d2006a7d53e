package dev.sectional.core.internal.exec;

import dev.sectional.core.internal.kernel.FunctionKernels;
import dev.sectional.core.internal.kernel.Kernels;

/**
 * Smooth activations and normalisation by an engine's kernels, for layers. {@link FunctionKernels} states each
 * constant's formula and the accuracy. The bits do not depend on the provider or on the width of vectors.
 */
public final class Functions {
    public static final int EXP = FunctionKernels.EXP;
    public static final int SIGMOID = FunctionKernels.SIGMOID;
    public static final int SILU = FunctionKernels.SILU;
    public static final int TANH = FunctionKernels.TANH;
    public static final int SOFTPLUS = FunctionKernels.SOFTPLUS;
    public static final int MISH = FunctionKernels.MISH;
    public static final int GELU = FunctionKernels.GELU;
    public static final int GELU_TANH = FunctionKernels.GELU_TANH;
    public static final int ERF = FunctionKernels.ERF;
    public static final int HARD_SIGMOID = FunctionKernels.HARD_SIGMOID;
    public static final int HARD_SWISH = FunctionKernels.HARD_SWISH;

    private final Kernels kernels;

    Functions(Kernels kernels) {
        this.kernels = kernels;
    }

    /** Computes {@code y[i] = f(x[i])} for {@code from <= i < to}; see {@link FunctionKernels#apply}. */
    public void apply(int function, float a, float b, float[] x, float[] y, int from, int to) {
        kernels.apply(function, a, b, x, from, y, from, to - from);
    }

    /** Computes {@code y[i] = f'(x[i])} for {@code from <= i < to}; see {@link FunctionKernels#differentiate}. */
    public void differentiate(int function, float a, float b, float[] x, float[] y, int from, int to) {
        kernels.differentiate(function, a, b, x, from, y, from, to - from);
    }

    /** Computes {@code x[to + i] = exp(x[i])} for {@code i < count}. */
    public void exp(float[] x, int count, int to) {
        kernels.apply(EXP, 0, 0, x, 0, x, to, count);
    }

    /** Computes {@code y[yStart + i] = (x[xStart + i] - high - low) * scale} for {@code i < count}, rounding thrice. */
    public void subtractAndScale(float[] x, int xStart, float high, float low, float scale, float[] y, int yStart,
                                 int count) {
        kernels.subtractAndScale(x, xStart, high, low, scale, y, yStart, count);
    }

    /** Adds up {@code x[i] - centre} and its squares for {@code from <= i < to}; see {@link FunctionKernels}. */
    public void addMoments(float[] x, int from, int to, float centre, double[] sums) {
        kernels.addMoments(x, from, to, centre, sums);
    }

    /** Computes the maxima of windows; see {@link Kernels#maxOfWindow}. */
    public void maxOfWindow(float[] x, int start, int[] offsets, float[] y, int yStart, int count) {
        kernels.maxOfWindow(x, start, offsets, y, yStart, count);
    }
}
