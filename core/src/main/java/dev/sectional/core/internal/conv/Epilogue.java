package dev.sectional.core.internal.conv;

import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;

/**
 * Operations that a convolution applies to its outputs while they are in the cache: the bias, then an activation that
 * limits each output to an interval.
 *
 * @param bias one value per output channel; null for none
 * @param least outputs up to this value become this value; negative infinity for no bound, 0 for ReLU
 * @param greatest outputs above this value become this value; infinity for no bound, 6 for ReLU6
 */
public record Epilogue(float[] bias, float least, float greatest) {
    /** Changes nothing. */
    public static final Epilogue NONE = of(null);

    /** Returns the bias alone; null for none. */
    public static Epilogue of(float[] bias) {
        return new Epilogue(bias, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);
    }

    /** Returns the bias and the ReLU. */
    public static Epilogue ofRelu(float[] bias) {
        return new Epilogue(bias, 0, Float.POSITIVE_INFINITY);
    }

    /** Returns this epilogue with another bias. */
    public Epilogue withBias(float[] other) {
        return new Epilogue(other, least, greatest);
    }

    /** Limits all elements of a tensor in place, without the bias. */
    public void clamp(Execution execution, Tensor y) {
        if (clamps()) {
            execution.workers().parallelChunks(y.data().length, (from, to) -> execution.kernels().addBiasAndClamp(null,
                    0, least, greatest, y.data(), from, to - from, 1, to - from));
        }
    }

    /**
     * Adds elements of an array to those of the same indices of y, then limits the sums; the bias is not used.
     *
     * @param addend null for none
     */
    public void add(Execution execution, float[] addend, float[] y, int from, int count) {
        execution.kernels().addBiasAndClamp(addend, from, least, greatest, y, from, count, 1, count);
    }

    /** Returns whether the interval has a bound. */
    boolean clamps() {
        return least != Float.NEGATIVE_INFINITY || greatest != Float.POSITIVE_INFINITY;
    }

    /** Returns whether the activation is the ReLU. */
    public boolean isRelu() {
        return least == 0 && greatest == Float.POSITIVE_INFINITY;
    }

    /**
     * Applies it to some rows and channels of a matrix.
     *
     * @param y the matrix; its first element to change is at {@code start}
     * @param step distance of its rows
     * @param first channel of the first element
     * @param count number of channels
     */
    void apply(Kernels kernels, float[] y, int start, int step, int rows, int first, int count) {
        if (bias == null && !clamps()) {
            return;
        }
        if (bias == null && step == count) {
            kernels.addBiasAndClamp(null, 0, least, greatest, y, start, rows * count, 1, rows * count);
        } else {
            kernels.addBiasAndClamp(bias, first, least, greatest, y, start, step, rows, count);
        }
    }
}
