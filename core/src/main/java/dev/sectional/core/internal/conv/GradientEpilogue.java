package dev.sectional.core.internal.conv;

import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;

/**
 * Operations that an input gradient goes through while it is in the cache: the sum with another gradient, then the
 * gradient of an activation that limits values to an interval, then that of a batch norm. Arrays have the layout of the
 * gradient.
 *
 * @param addend null for none
 * @param limited outputs, or inputs, of the activation; null for none
 * @param least gradients become 0 where {@code limited} is at most this
 * @param greatest gradients become 0 where {@code limited} is at least this; NaN for no bound
 * @param scales one for each channel; null for none
 */
public record GradientEpilogue(float[] addend, float[] limited, float least, float greatest, float[] scales) {
    /** Changes nothing. */
    public static final GradientEpilogue NONE = new GradientEpilogue(null, null, 0, 0, null);
    /** Elements that go through all operations together: they stay in the first-level cache. */
    private static final int BLOCK = 1 << 11;
    /** Elements of one task. */
    private static final int TASK = 1 << 15;

    /** Applies it to a gradient, in place. */
    public void apply(Execution execution, Tensor gradient) {
        if (this != NONE) {
            apply(execution, gradient, gradient);
        }
    }

    /** Returns a copy of a gradient that it was applied to, owned by the caller. */
    public Tensor applied(Execution execution, Tensor gradient) {
        Tensor copy = execution.tensor(gradient.shape());
        apply(execution, gradient, copy);
        return copy;
    }

    private void apply(Execution execution, Tensor from, Tensor to) {
        int rank = to.shape().rank();
        int width = Math.max(1, rank == 0 ? 1 : to.shape().dim(rank - 1));
        int rows = Math.max(1, TASK / width);
        int all = to.data().length / width;
        execution.workers().run((all + rows - 1) / rows, task -> {
            int count = Math.min(rows, all - task * rows);
            if (from != to) {
                System.arraycopy(from.data(), task * rows * width, to.data(), task * rows * width, count * width);
            }
            apply(execution.kernels(), to.data(), task * rows, count, width, 0, width);
        });
    }

    /**
     * Applies it to some rows and channels.
     *
     * @param y the gradient, of {@code width} channels
     * @param channel the first channel
     * @param count number of channels
     */
    void apply(Kernels kernels, float[] y, int firstRow, int rows, int width, int channel, int count) {
        if (this == NONE || count == 0) {
            return;
        }
        int together = count == width ? Math.max(1, BLOCK / width) : 1;
        for (int row = firstRow; row < firstRow + rows; row += together) {
            int at = row * width + channel;
            int here = Math.min(together, firstRow + rows - row);
            int elements = (here - 1) * width + count;
            if (addend != null) {
                kernels.add(addend, at, y, at, elements);
            }
            if (limited != null) {
                kernels.clampBackward(least, greatest, limited, at, y, at, elements);
            }
            for (int i = 0; scales != null && i < here; i++) {
                kernels.multiply(scales, channel, y, at + i * width, count);
            }
        }
    }
}
