package dev.sectional.images.figure;

import java.util.Arrays;

/** Pixels to draw on, {@code 0xRRGGBB} row by row. Whatever lies outside is cut off. Not safe for several threads. */
public final class Canvas {
    static final int WHITE = 0xFFFFFF;

    private final int width;
    private final int height;
    private final int[] pixels;

    /** Makes a white canvas. */
    Canvas(int width, int height) {
        this.width = width;
        this.height = height;
        this.pixels = new int[Math.multiplyExact(width, height)];
        Arrays.fill(pixels, WHITE);
    }

    /** {@return the pixels in a row} */
    public int width() {
        return width;
    }

    /** {@return the number of rows} */
    public int height() {
        return height;
    }

    /** {@return the pixels themselves, row by row} */
    public int[] pixels() {
        return pixels;
    }

    void set(int x, int y, int colour) {
        if (x >= 0 && x < width && y >= 0 && y < height) {
            pixels[y * width + x] = colour;
        }
    }

    /** Moves a pixel towards a colour; strength 1 gives the colour. */
    void blend(int x, int y, int colour, float strength) {
        if (x >= 0 && x < width && y >= 0 && y < height) {
            pixels[y * width + x] = blended(pixels[y * width + x], colour, strength);
        }
    }

    /** Returns a colour between two; strength 0 gives the first, 1 the second. */
    static int blended(int from, int to, float strength) {
        return blended(from, to, 16, strength) | blended(from, to, 8, strength) | blended(from, to, 0, strength);
    }

    /** Blends one channel and rounds it; the sum is never negative. */
    private static int blended(int from, int to, int shift, float strength) {
        int a = from >> shift & 0xFF;
        int b = to >> shift & 0xFF;
        return (int) (a + (b - a) * strength + 0.5f) << shift;
    }

    /** Draws the border of a rectangle, one pixel broad, inside it. */
    void frame(int x, int y, int w, int h, int colour) {
        for (int i = 0; i < w; i++) {
            set(x + i, y, colour);
            set(x + i, y + h - 1, colour);
        }
        for (int i = 0; i < h; i++) {
            set(x, y + i, colour);
            set(x + w - 1, y + i, colour);
        }
    }

    /** Draws pixels, row by row. */
    void image(int x, int y, int w, int[] image) {
        int left = Math.max(0, -x);
        int count = Math.min(w, width - x) - left;
        for (int row = Math.max(0, -y); count > 0 && row < Math.min(image.length / w, height - y); row++) {
            System.arraycopy(image, row * w + left, pixels, (y + row) * width + x + left, count);
        }
    }
}
