package dev.sectional.core.internal.exec;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.kernel.Kernels;
import dev.sectional.core.internal.runtime.BufferPool;
import dev.sectional.core.internal.runtime.Workers;
import java.util.Arrays;

/**
 * The resources with which one engine executes an operation: its kernels, its worker threads and its buffer pool.
 * Every algorithm takes one of these instead of the public {@link Engine}, so that no public signature names a
 * kernel. Safe for use by several threads.
 */
public final class Execution {
    /** Positions whose channels are gathered together, so that all stay in the first-level cache. */
    private static final int BLOCK = 256;

    private final Kernels kernels;
    private final Workers workers;
    private final BufferPool buffers;

    private Execution(Kernels kernels, Workers workers, BufferPool buffers) {
        this.kernels = kernels;
        this.workers = workers;
        this.buffers = buffers;
    }

    /** Returns the resources of an engine. */
    public static Execution of(Engine engine) {
        return new Execution(engine.unwrap(Kernels.class), engine.unwrap(Workers.class),
                engine.unwrap(BufferPool.class));
    }

    /** Returns the kernels of the engine's provider. */
    public Kernels kernels() {
        return kernels;
    }

    /** Returns the kernels of smooth functions, for layers. */
    public Functions functions() {
        return new Functions(kernels);
    }

    /** Returns the worker threads. */
    public Workers workers() {
        return workers;
    }

    /** Returns an array of exactly {@code length} elements. It contains stale data of earlier operations. */
    public float[] acquire(int length) {
        return buffers.acquire(length);
    }

    /** Returns a tensor over an {@linkplain #acquire acquired} array. It contains stale data of earlier operations. */
    public Tensor tensor(Shape shape) {
        return Tensor.of(shape, buffers.acquire(shape.size()));
    }

    /** Returns a pooled copy of a tensor. */
    public Tensor copy(Tensor values) {
        Tensor copy = tensor(values.shape());
        workers.parallelChunks(copy.data().length, (from, to) ->
                System.arraycopy(values.data(), from, copy.data(), from, to - from));
        return copy;
    }

    /**
     * Returns a pooled copy of an image {@code (C, H, W)} with the channels last, {@code (H, W, C)}. A new array of
     * that size would cost more than the copy: the host must hand out its pages first.
     */
    public Tensor toChannelsLast(Tensor image) {
        int channels = image.shape().dim(0);
        Tensor copy = tensor(Shape.of(image.shape().dim(1), image.shape().dim(2), channels));
        int positions = image.data().length / Math.max(1, channels);
        workers.run((positions + BLOCK - 1) / BLOCK, block -> {
            int first = block * BLOCK;
            for (int c = 0; c < channels; c++) {
                transpose(image.data(), c * positions + first, Math.min(BLOCK, positions - first), copy.data(),
                        first * channels + c, channels);
            }
        });
        return copy;
    }

    private static void transpose(float[] x, int from, int count, float[] y, int to, int step) {
        for (int i = 0, at = to; i < count; i++, at += step) {
            y[at] = x[from + i];
        }
    }

    /** Writes zeros to a whole array. */
    public void clear(float[] array) {
        workers.parallelChunks(array.length, (from, to) -> Arrays.fill(array, from, to, 0f));
    }

    /**
     * Returns an acquired array to the pool. Neither the caller nor anyone it passed the array to may touch it again.
     */
    public void release(float[] array) {
        buffers.release(array);
    }

    /** Returns the array of a tensor to the pool. */
    public void release(Tensor tensor) {
        buffers.release(tensor.data());
    }

    /** Adds in place: {@code y[yStart + i] += x[xStart + i]} for {@code i < count}. */
    public void add(float[] x, int xStart, float[] y, int yStart, int count) {
        kernels.add(x, xStart, y, yStart, count);
    }

    /** Adds a multiple in place: {@code y[yStart + i] += scale * x[xStart + i]} for {@code i < count}. */
    public void addScaled(float scale, float[] x, int xStart, float[] y, int yStart, int count) {
        kernels.addScaled(scale, x, xStart, y, yStart, count);
    }

    /** Multiplies in place: {@code y[yStart + i] *= x[xStart + i]} for {@code i < count}. */
    public void multiply(float[] x, int xStart, float[] y, int yStart, int count) {
        kernels.multiply(x, xStart, y, yStart, count);
    }

    /**
     * Divides: {@code into[i] = b[i] != 0 ? a[i] / b[i] : 0} for {@code from <= i < to}. {@code into} may be a or b.
     */
    public void divide(float[] a, float[] b, float[] into, int from, int to) {
        kernels.divide(a, b, into, from, to);
    }

    /**
     * Divides by one of two divisors by sign, for {@code i < count}: {@code s = r / max(zPositive, r * floor)} where
     * r is above 0, {@code s = r / max(zNegative, -r * floor)} where r is below 0. Elsewhere, and where the divisor
     * is 0, s is 0.
     *
     * @param floor lower bound of {@code z / |r|}, at least 0
     */
    public void ratioBySign(float[] r, int rStart, float[] zPositive, int positiveStart, float[] zNegative,
                            int negativeStart, float floor, float[] s, int sStart, int count) {
        kernels.ratioBySign(r, rStart, zPositive, positiveStart, zNegative, negativeStart, floor, s, sStart, count);
    }

    /**
     * Computes {@code y[yStart + i] = own * x[xStart + i] + absolute * |x[xStart + i]|} for {@code i < count}. With
     * 0.5 and 0.5 that is {@code max(x, 0)}, with 0.5 and -0.5 {@code min(x, 0)}, with -0.5 and 0.5
     * {@code max(-x, 0)}.
     */
    public void combineWithAbs(float own, float absolute, float[] x, int xStart, float[] y, int yStart, int count) {
        kernels.combineWithAbs(own, absolute, x, xStart, y, yStart, count);
    }

    /** Applies the ReLU in place: {@code x[i] = max(x[i], 0)} for {@code from <= i < to}. */
    public void relu(float[] x, int from, int to) {
        kernels.relu(x, from, to);
    }

    /**
     * Divides relevance by stabilised sums, for each of {@code rows} rows of {@code count} elements from {@code start}
     * on, of r from {@code rStart} on: {@code s = scale * r / (z + bias + e)}, e being epsilon with the sign of
     * {@code z + bias}; 0 where r or the divisor is 0. Adds to {@code absorbed} what the bias, the stabiliser and dead
     * positions absorb.
     *
     * @param bias one value per column; null for none
     */
    public void stabilisedRatio(float[] r, int rStart, float[] z, float[] bias, float scale, float epsilon, float[] s,
                                int start, int rows, int count, double[] absorbed) {
        kernels.stabilisedRatio(r, rStart, z, bias, scale, epsilon, s, start, rows, count, absorbed);
    }

    /**
     * Returns whether, for some {@code i < count}, {@code r[start + i]} is not 0 and {@code |z[start + i]|} below
     * {@code least * strength[i]}, or that bound 0.
     */
    public boolean anyWeak(float[] r, float[] z, int start, float least, float[] strength, int count) {
        return kernels.anyWeak(r, z, start, least, strength, count);
    }

    /**
     * Divides r by the divisor of its sign, in place: of the {@code count} divisors from {@code zStart} on for values
     * above 0, and as many {@code negative} elements later for values below 0, each becomes its ratio, or 0. Returns
     * the sum of the values whose ratio is 0.
     */
    public float ratiosBySign(float[] r, int rStart, float[] z, int zStart, int negative, int count) {
        return kernels.ratiosBySign(r, rStart, z, zStart, negative, count);
    }

    /**
     * Scales and shifts nonzeros in place: {@code y[i] = scale * y[i] - shift} where {@code y[i] != 0},
     * {@code from <= i < to}.
     */
    public void affineNonzeros(float scale, float shift, float[] y, int from, int to) {
        kernels.affineNonzeros(scale, shift, y, from, to);
    }

    /**
     * Multiplies in place, {@code y[i] *= x[i]} for {@code from <= i < to}, and returns the number of nonzero
     * products.
     */
    public int multiplyAndCountNonzeros(float[] x, float[] y, int from, int to) {
        return kernels.multiplyAndCountNonzeros(x, y, from, to);
    }

    /** Returns the number of {@code x[i] != 0} for {@code from <= i < to}. */
    public int countNonzeros(float[] x, int from, int to) {
        return kernels.countNonzeros(x, from, to);
    }

    /** Returns the greatest {@code |x[i]|} for {@code from <= i < to}: 0 for none, NaN if one is NaN. */
    public float maxAbs(float[] x, int from, int to) {
        return kernels.maxAbs(x, from, to);
    }

    /** Adds to {@code sums} the sum of {@code x[i]} and the sum of {@code |x[i]|} for {@code from <= i < to}. */
    public void addSums(float[] x, int from, int to, double[] sums) {
        kernels.addSums(x, from, to, sums);
    }

    /** Returns whether some {@code x[i] < 0} for {@code from <= i < to}. */
    public boolean anyNegative(float[] x, int from, int to) {
        return kernels.anyNegative(x, from, to);
    }

    /** Returns the sum of {@code a[aStart + i] * b[bStart + i]} for {@code i < count}. */
    public float dot(float[] a, int aStart, float[] b, int bStart, int count) {
        return kernels.dot(a, aStart, b, bStart, count);
    }
}
