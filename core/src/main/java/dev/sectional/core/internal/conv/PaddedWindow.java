package dev.sectional.core.internal.conv;

import java.util.Arrays;

/** Square pieces of a map {@code (H, W, C)} that may reach beyond its borders. */
final class PaddedWindow {
    private PaddedWindow() {
    }

    /** The piece of {@code side} places whose first is {@code (row, column)}; zeros outside the map. */
    static void copy(float[] map, int height, int width, int channels, int row, int column, int side, float[] into) {
        int from = Math.max(0, -column);
        int to = Math.min(side, width - column);
        for (int i = 0; i < side; i++) {
            int start = i * side * channels;
            boolean inside = row + i >= 0 && row + i < height && from < to;
            int first = inside ? from : side;
            int last = inside ? to : side;
            Arrays.fill(into, start, start + first * channels, 0f);
            if (inside) {
                System.arraycopy(map, ((row + i) * width + column + first) * channels, into, start + first * channels, (last - first) * channels);
            }
            Arrays.fill(into, start + last * channels, start + side * channels, 0f);
        }
    }
}
