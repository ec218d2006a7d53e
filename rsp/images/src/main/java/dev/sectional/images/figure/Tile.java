package dev.sectional.images.figure;

import dev.sectional.attribution.image.Pixels;
import dev.sectional.images.Image;
import dev.sectional.images.Seen;
import java.util.Arrays;

/** One image of a figure: the photo, a heatmap or an overlay, all of the photo's aspect ratio and of one size. */
final class Tile {
    private static final int UNSEEN = 0xE4E4E4;
    private static final int FRAME_LIGHT = 0xFFFFFF;
    private static final int FRAME_DARK = 0x202020;

    private final int width;
    private final int height;
    private final Image photo;
    private final Seen seen;
    private final int[] colours;

    private Tile(Subject subject, int width, int height) {
        this.photo = subject.photo();
        this.seen = subject.seen();
        this.width = width;
        this.height = height;
        this.colours = Pixels.ofBytes(photo.resized(width, height));
    }

    /** Returns tiles of which the longer side has so many pixels. */
    static Tile of(Subject subject, int longerSide) {
        double scale = (double) longerSide / Math.max(subject.photo().width(), subject.photo().height());
        return new Tile(subject, Math.max(1, (int) Math.round(scale * subject.photo().width())),
                Math.max(1, (int) Math.round(scale * subject.photo().height())));
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /** Draws the photo, with a frame around the part that the network saw if that is not the whole. */
    void photo(Canvas canvas, int x, int y) {
        canvas.image(x, y, width, colours);
        if (!seen.covers(photo.width(), photo.height())) {
            int left = Math.max(0, (int) Math.round(seen.left() * width / photo.width()));
            int top = Math.max(0, (int) Math.round(seen.top() * height / photo.height()));
            int right = Math.min(width, (int) Math.round(seen.right() * width / photo.width()));
            int bottom = Math.min(height, (int) Math.round(seen.bottom() * height / photo.height()));
            for (int i = 0; i < 3; i++) {
                canvas.frame(x + left + i, y + top + i, right - left - 2 * i, bottom - top - 2 * i,
                        i == 1 ? FRAME_DARK : FRAME_LIGHT);
            }
        }
    }

    /** Returns the pixels of the map on white. */
    int[] heatmap(RelevanceMap map, double scale, Look look) {
        float[] values = sampled(map, scale);
        int[] pixels = new int[values.length];
        Arrays.setAll(pixels, i -> Float.isNaN(values[i]) ? UNSEEN : look.onWhite(values[i], map.signed()));
        return pixels;
    }

    /** Returns the pixels of the map over the photo without its colours. */
    int[] overlay(RelevanceMap map, double scale, Look look) {
        float[] values = sampled(map, scale);
        int[] pixels = new int[values.length];
        Arrays.setAll(pixels, i -> {
            int grey = grey(colours[i]);
            if (Float.isNaN(values[i])) {
                return Canvas.blended(grey, UNSEEN, 0.5f);
            }
            // Math.pow may differ in its last bit from one Java to the next.
            double strength = look.gamma() == 1 ? Math.abs(values[i])
                    : StrictMath.pow(Math.abs(values[i]), look.gamma());
            float opacity = look.shows(values[i], map.signed()) ? (float) (look.opacity() * strength) : 0;
            return Canvas.blended(grey, look.colours().onPhoto(values[i], map.signed()), opacity);
        });
        return pixels;
    }

    /** Returns the sum of absolute values, and the part of it beside the photo, where the input was padded. */
    double[] sums(RelevanceMap map) {
        double all = 0;
        double outside = 0;
        for (int i = 0; i < map.values().length; i++) {
            double x = seen.left() + (i % map.width() + 0.5) * (seen.right() - seen.left()) / map.width();
            double y = seen.top() + (i / map.width() + 0.5) * (seen.bottom() - seen.top()) / map.height();
            double value = Math.abs(map.values()[i]);
            all += value;
            outside += x < 0 || x >= photo.width() || y < 0 || y >= photo.height() ? value : 0;
        }
        return new double[] {all, outside};
    }

    /** Returns the grey of the same luma (ITU-R BT.601), from a fifth of full brightness up: dark parts show. */
    private static int grey(int pixel) {
        int luma = (299 * (pixel >> 16 & 0xFF) + 587 * (pixel >> 8 & 0xFF) + 114 * (pixel & 0xFF)) / 1000;
        return (51 + luma * 204 / 255) * 0x010101;
    }

    /** Returns the value of each pixel of the tile over the scale, -1 to 1; NaN where the network saw nothing. */
    private float[] sampled(RelevanceMap map, double scale) {
        float[] values = new float[width * height];
        double[] across = positions(width, photo.width(), seen.left(), seen.right(), map.width());
        double[] down = positions(height, photo.height(), seen.top(), seen.bottom(), map.height());
        boolean smaller = across[1] - across[0] > 1 || down[1] - down[0] > 1;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double u = (across[x] + across[x + 1]) / 2;
                double v = (down[y] + down[y + 1]) / 2;
                if (u < 0 || u >= map.width() || v < 0 || v >= map.height()) {
                    values[y * width + x] = Float.NaN;
                    continue;
                }
                float value = smaller ? map.mean(Math.max(0, across[x]), Math.max(0, down[y]),
                        Math.min(map.width(), across[x + 1]), Math.min(map.height(), down[y + 1]))
                        : map.coarse() ? map.bilinear(u, v) : map.nearest(u, v);
                values[y * width + x] = scale == 0 ? 0 : (float) Math.max(-1, Math.min(1, value / scale));
            }
        }
        return values;
    }

    /** Returns the borders of the tile's pixels in pixels of the map. */
    private static double[] positions(int pixels, int photoPixels, double from, double to, int mapPixels) {
        double[] borders = new double[pixels + 1];
        Arrays.setAll(borders, i -> ((double) i * photoPixels / pixels - from) / (to - from) * mapPixels);
        return borders;
    }
}
