package dev.sectional.core.internal.conv;

import java.util.Arrays;

/** Copies of square windows of a feature map {@code (H, W, C)} that may reach beyond its borders. */
final class PaddedWindow {
    private PaddedWindow() {
    }

    /**
     * Copies the window of {@code side} by {@code side} positions whose first one is {@code (row, column)}. Positions
     * outside the feature map become 0.
     *
     * @param into receives the window {@code (side, side, C)}
     */
    static void copy(float[] featureMap, int height, int width, int channels, int row, int column, int side,
                     float[] into) {
        int from = Math.max(0, -column);
        int to = Math.min(side, width - column);
        for (int i = 0; i < side; i++) {
            int start = i * side * channels;
            boolean inside = row + i >= 0 && row + i < height && from < to;
            int first = inside ? from : side;
            int last = inside ? to : side;
            Arrays.fill(into, start, start + first * channels, 0f);
            if (inside) {
                int source = ((row + i) * width + column + first) * channels;
                System.arraycopy(featureMap, source, into, start + first * channels, (last - first) * channels);
            }
            Arrays.fill(into, start + last * channels, start + side * channels, 0f);
        }
    }
}
