package dev.sectional.core.internal.conv;

import dev.sectional.core.Tensor;
import dev.sectional.core.internal.runtime.Workers;
import java.util.List;

/** One of the convolutions that {@link Winograd} computes together: what goes in and what comes out, and where nothing goes in. */
final class WinogradBatchItem {
    private final List<WinogradInput> inputs;
    private final Tensor y;
    private final int height;
    private final int width;
    /** The places where every channel is 0; null where they do not matter. */
    private boolean[] blank;

    WinogradBatchItem(List<WinogradInput> inputs, Tensor y) {
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

    /** Finds the places where every channel is 0; most often there are none, and the first channel tells. */
    void findBlanks(Workers workers, int top, int left) {
        boolean[] any = new boolean[height];
        workers.run(height, row -> {
            for (int column = 0; !any[row] && column < width; column++) {
                any[row] = isZero(row * width + column);
            }
        });
        boolean wanted = top >= 3 || left >= 3 || y.shape().dim(0) - top > height || y.shape().dim(1) - left > width;   // windows outside
        for (boolean some : any) {
            wanted |= some;
        }
        if (wanted) {
            blank = new boolean[height * width];
            workers.run(height, row -> {
                for (int place = row * width; any[row] && place < (row + 1) * width; place++) {
                    blank[place] = isZero(place);
                }
            });
        }
    }

    private boolean isZero(int place) {
        for (WinogradInput input : inputs) {
            if (!input.isZero(place * input.channels(), input.channels())) {
                return false;
            }
        }
        return true;
    }

    /** Whether {@link #isDead} can be true at all. */
    boolean hasBlanks() {
        return blank != null;
    }

    /** Whether the whole window whose first place is {@code (top, left)} is blank or outside. */
    boolean isDead(int top, int left) {
        for (int i = Math.max(0, top); i < Math.min(height, top + 3); i++) {
            for (int j = Math.max(0, left); j < Math.min(width, left + 3); j++) {
                if (!blank[i * width + j]) {
                    return false;
                }
            }
        }
        return true;
    }
}
