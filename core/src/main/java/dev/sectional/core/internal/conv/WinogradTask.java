package dev.sectional.core.internal.conv;

import dev.sectional.core.Tensor;
import dev.sectional.core.internal.runtime.Workers;
import java.util.List;

/** One of the convolutions that {@link Winograd} computes together: what goes in and what comes out, and where nothing goes in. */
final class WinogradTask {
    private final List<Winograd.Source> sources;
    private final Tensor y;
    private final int height;
    private final int width;
    /** The places where every channel is 0; null where they do not matter. */
    private boolean[] blank;

    WinogradTask(List<Winograd.Source> sources, Tensor y) {
        this.sources = sources;
        this.y = y;
        height = sources.get(0).map().shape().dim(0);
        width = sources.get(0).map().shape().dim(1);
    }

    List<Winograd.Source> sources() {
        return sources;
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
        for (Winograd.Source source : sources) {
            if (!source.isZero(place * source.channels(), source.channels())) {
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
