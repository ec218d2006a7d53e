package dev.sectional.attribution.image;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.Arrays;

/**
 * Relevance as pixels, row by row, {@code 0xRRGGBB}: red for the target, blue against it, white for none.
 */
public final class Heatmap {
    /** The share of places that keep their own shade by default; the strongest few are drawn alike. */
    public static final double USUAL_CLIP = 99.5;

    private static final int[] RED = {178, 24, 43};
    private static final int[] BLUE = {33, 102, 172};

    private final int width;
    private final int height;
    private final float[] values;

    private Heatmap(int width, int height, float[] values) {
        this.width = width;
        this.height = height;
        this.values = values;
    }

    /**
     * Sums relevance over the channels and scales it to -1..1.
     *
     * @param relevance {@code (C, H, W)}
     * @param clip the percentile, above 0 and up to 100, of the absolute values that is drawn at full strength; 100 is the greatest
     */
    public static Heatmap of(Tensor relevance, double clip) {
        Shape shape = relevance.shape();
        if (shape.rank() != 3) {
            throw new IllegalArgumentException("wanted relevance (C, H, W), got shape " + shape);
        }
        if (!(clip > 0 && clip <= 100)) {
            throw new IllegalArgumentException("the percentile to clip at is above 0 and at most 100, got " + clip);
        }
        int size = shape.dim(1) * shape.dim(2);
        float[] values = new float[size];
        for (int i = 0; i < relevance.data().length; i++) {
            values[i % size] += relevance.data()[i];
        }
        float scale = scale(values, clip);
        for (int i = 0; i < size; i++) {
            values[i] = scale == 0 ? 0f : Math.max(-1f, Math.min(1f, values[i] / scale));
        }
        return new Heatmap(shape.dim(2), shape.dim(1), values);
    }

    /** The percentile of the absolute values, or the greatest where that is 0. */
    private static float scale(float[] values, double clip) {
        float[] sorted = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            sorted[i] = Math.abs(values[i]);
        }
        Arrays.sort(sorted);
        if (sorted.length == 0) {
            return 0;
        }
        float percentile = sorted[(int) Math.ceil(clip / 100 * (sorted.length - 1))];
        return percentile > 0 ? percentile : sorted[sorted.length - 1];
    }

    /** Pixels in a row. */
    public int width() {
        return width;
    }

    /** Rows. */
    public int height() {
        return height;
    }

    /** The scaled values, -1 to 1, row by row; a copy. */
    public float[] values() {
        return values.clone();
    }

    /** The image: from white to red for the target, to blue against it. */
    public int[] rgb() {
        int[] pixels = new int[values.length];
        Arrays.setAll(pixels, i -> blend(0xFFFFFF, values[i], Math.abs(values[i])));
        return pixels;
    }

    /** The image in few colours, for small files: the value rounded to so many shades of red and of blue. */
    public int[] rgb(int shades) {
        if (shades < 1) {
            throw new IllegalArgumentException("an image has at least 1 shade, got " + shades);
        }
        int[] pixels = new int[values.length];
        Arrays.setAll(pixels, i -> {
            float rounded = (float) Math.round(values[i] * shades) / shades;
            return blend(0xFFFFFF, rounded, Math.abs(rounded));
        });
        return pixels;
    }

    /**
     * The image over a photograph: a place's colour covers it as strongly as the place is relevant.
     *
     * @param photograph {@code 0xRRGGBB}, as many pixels as this
     */
    public int[] overlay(int[] photograph) {
        if (photograph.length != values.length) {
            throw new IllegalArgumentException("the photograph has " + photograph.length + " pixels, the heatmap " + values.length);
        }
        int[] pixels = new int[values.length];
        Arrays.setAll(pixels, i -> blend(photograph[i], values[i], 0.9f * (float) Math.sqrt(Math.abs(values[i]))));
        return pixels;
    }

    /** The ground moved towards the colour of the value's sign. */
    private static int blend(int ground, float value, float strength) {
        int[] colour = value >= 0 ? RED : BLUE;
        int pixel = 0;
        for (int i = 0; i < 3; i++) {
            int from = ground >> (16 - 8 * i) & 0xFF;
            pixel = pixel << 8 | Math.round(from + (colour[i] - from) * strength);
        }
        return pixel;
    }
}
