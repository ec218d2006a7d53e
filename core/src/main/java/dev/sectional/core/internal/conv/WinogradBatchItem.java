package dev.sectional.core.internal.conv;

import dev.sectional.core.Tensor;
import dev.sectional.core.internal.runtime.Workers;
import java.util.List;

/**
 * One convolution of a batch that {@link Winograd} computes together: its inputs, its output, and the input positions
 * at which every channel is 0. Outputs whose whole window is 0 must be exactly 0, which the rounding of a tile's
 * transforms does not ensure.
 */
final class WinogradBatchItem {
    private final List<WinogradInput> inputs;
    private final Tensor y;
    private final int height;
    private final int width;
    private final int kernelRows;
    private final int kernelColumns;
    /** For each input position whether every channel is 0; null if no window is 0 as a whole. */
    private boolean[] zero;

    WinogradBatchItem(List<WinogradInput> inputs, Tensor y, int kernelRows, int kernelColumns) {
        this.kernelRows = kernelRows;
        this.kernelColumns = kernelColumns;
        this.inputs = inputs;
        this.y = y;
        height = inputs.get(0).featureMap().shape().dim(0);
        width = inputs.get(0).featureMap().shape().dim(1);
    }

    List<WinogradInput> inputs() {
        return inputs;
    }

    Tensor y() {
        return y;
    }

    /**
     * Finds the positions at which every channel is 0. Usually there are none, and the first channel decides.
     *
     * @param top,left rows and columns of zero padding before the input
     */
    void findZeros(Workers workers, int top, int left) {
        boolean[] any = new boolean[height];
        workers.run(height, row -> {
            for (int column = 0; !any[row] && column < width; column++) {
                any[row] = isZero(row * width + column);
            }
        });
        boolean wanted = someWindowOutside(top, left);
        for (boolean some : any) {
            wanted |= some;
        }
        if (wanted) {
            zero = new boolean[height * width];
            workers.run(height, row -> {
                for (int position = row * width; any[row] && position < (row + 1) * width; position++) {
                    zero[position] = isZero(position);
                }
            });
        }
    }

    private boolean someWindowOutside(int top, int left) {
        return top >= kernelRows || left >= kernelColumns || y.shape().dim(0) - top > height
                || y.shape().dim(1) - left > width;
    }

    private boolean isZero(int position) {
        for (WinogradInput input : inputs) {
            if (!input.isZero(position * input.channels(), input.channels())) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether {@link #isZeroWindow} may return true for some window. */
    boolean hasZeroWindows() {
        return zero != null;
    }

    /**
     * Returns whether every position of the window that starts at {@code (top, left)} is 0 or outside the input.
     */
    boolean isZeroWindow(int top, int left) {
        for (int i = Math.max(0, top); i < Math.min(height, top + kernelRows); i++) {
            for (int j = Math.max(0, left); j < Math.min(width, left + kernelColumns); j++) {
                if (!zero[i * width + j]) {
                    return false;
                }
            }
        }
        return true;
    }
}
