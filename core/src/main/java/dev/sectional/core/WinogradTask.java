package dev.sectional.core;

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
        boolean[] found = new boolean[height * width];
        boolean[] any = new boolean[height];
        workers.run(height, row -> {
            for (int place = row * width; place < (row + 1) * width; place++) {
                boolean zero = true;
                for (int i = 0; zero && i < sources.size(); i++) {
                    Winograd.Source source = sources.get(i);
                    zero = source.isZero(place * source.channels(), source.channels());
                }
                found[place] = zero;
                any[row] |= zero;
            }
        });
        boolean windowsOutside = top >= 3 || left >= 3 || y.shape().dim(0) - top > height || y.shape().dim(1) - left > width;
        blank = windowsOutside ? found : null;
        for (boolean some : any) {
            blank = some ? found : blank;
        }
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
