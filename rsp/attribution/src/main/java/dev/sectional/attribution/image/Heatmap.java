package dev.sectional.attribution.image;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Objects;

/**
 * Relevance as colours: red where it is positive and speaks for the target, blue where it is negative and speaks
 * against it, white where there is none. Pixels are {@code 0xRRGGBB}, row by row. Immutable.
 */
public final class Heatmap {
    /**
     * The percentile that is drawn at full strength by default: only the strongest half percent of the pixels is
     * clipped.
     */
    public static final double DEFAULT_PERCENTILE = 99.5;

    private static final int WHITE = 0xFFFFFF;
    private static final int[] RED = {178, 24, 43};
    private static final int[] BLUE = {33, 102, 172};
    /** Greatest share of a pixel of the image that {@link #overlay} covers. */
    private static final float OVERLAY_STRENGTH = 0.9f;

    private final int width;
    private final int height;
    private final float[] values;

    private Heatmap(int width, int height, float[] values) {
        this.width = width;
        this.height = height;
        this.values = values;
    }

    /**
     * Sums relevance over the channels and divides it by a percentile of the absolute sums. Sums beyond it are clipped.
     * If the percentile is 0, because few pixels have any relevance, the greatest absolute sum takes its place;
     * relevance of 0 everywhere gives a white heatmap.
     *
     * @param relevance {@code (C, H, W)}
     * @param percentile above 0 and at most 100; 100 is the greatest absolute sum. Between two pixels, the greater one
     *     counts
     * @return a heatmap of W x H pixels
     * @throws IllegalArgumentException if the shape or the percentile is another, or relevance is not finite
     */
    public static Heatmap of(Tensor relevance, double percentile) {
        Shape shape = Objects.requireNonNull(relevance, "relevance").shape();
        if (shape.rank() != 3) {
            throw new IllegalArgumentException("wanted relevance (C, H, W), got shape " + shape);
        }
        if (!(percentile > 0 && percentile <= 100)) {
            throw new IllegalArgumentException("wanted a percentile above 0 and at most 100, got " + percentile);
        }
        int size = shape.dim(1) * shape.dim(2);
        float[] values = new float[size];
        for (int i = 0; i < relevance.data().length; i++) {
            values[i % size] += relevance.data()[i];
        }
        for (int i = 0; i < size; i++) {
            if (!Float.isFinite(values[i])) {
                throw new IllegalArgumentException("relevance is not finite: " + values[i] + " at row "
                        + i / shape.dim(2) + ", column " + i % shape.dim(2));
            }
        }
        float scale = scale(values, percentile);
        for (int i = 0; i < size; i++) {
            values[i] = scale == 0 ? 0f : Math.max(-1f, Math.min(1f, values[i] / scale));
        }
        return new Heatmap(shape.dim(2), shape.dim(1), values);
    }

    /**
     * {@return the heatmap at the {@linkplain #DEFAULT_PERCENTILE default percentile}: {@link #of(Tensor, double)}}
     *
     * @param relevance {@code (C, H, W)}
     */
    public static Heatmap of(Tensor relevance) {
        return of(relevance, DEFAULT_PERCENTILE);
    }

    private static float scale(float[] values, double percentile) {
        float[] sorted = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            sorted[i] = Math.abs(values[i]);
        }
        Arrays.sort(sorted);
        if (sorted.length == 0) {
            return 0;
        }
        float scale = sorted[(int) Math.ceil(percentile / 100 * (sorted.length - 1))];
        return scale > 0 ? scale : sorted[sorted.length - 1];
    }

    /** {@return the pixels in a row} */
    public int width() {
        return width;
    }

    /** {@return the number of rows} */
    public int height() {
        return height;
    }

    /** {@return a copy of the scaled relevance: one value of -1 to 1 for each pixel, row by row} */
    public float[] values() {
        return values.clone();
    }

    /** {@return the colours: from white to red for positive values, to blue for negative ones} */
    public int[] rgb() {
        int[] pixels = new int[values.length];
        Arrays.setAll(pixels, i -> blend(WHITE, values[i], Math.abs(values[i])));
        return pixels;
    }

    /**
     * {@return the colours with few shades, which makes files small}
     *
     * @param shades of red, and as many of blue; at least 1
     */
    public int[] rgb(int shades) {
        if (shades < 1) {
            throw new IllegalArgumentException("wanted at least 1 shade, got " + shades);
        }
        int[] pixels = new int[values.length];
        Arrays.setAll(pixels, i -> {
            float rounded = (float) Math.round(values[i] * shades) / shades;
            return blend(WHITE, rounded, Math.abs(rounded));
        });
        return pixels;
    }

    /** {@return {@link #rgb()} as a PNG file} */
    public byte[] png() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try {
            PngWriter.write(file, width, height, rgb());
        } catch (IOException e) {
            throw new UncheckedIOException(e);   // memory refuses nothing
        }
        return file.toByteArray();
    }

    /**
     * {@return the colours over an image, which shows through where relevance is weak}
     *
     * @param image {@code width() * height()} pixels {@code 0xRRGGBB}, row by row
     * @throws IllegalArgumentException if it has another number of pixels
     */
    public int[] overlay(int[] image) {
        if (image.length != values.length) {
            throw new IllegalArgumentException("wanted an image of " + values.length + " pixels like the heatmap, got "
                    + image.length);
        }
        int[] pixels = new int[values.length];
        Arrays.setAll(pixels, i -> {
            float strength = OVERLAY_STRENGTH * (float) Math.sqrt(Math.abs(values[i]));
            return blend(image[i], values[i], strength);
        });
        return pixels;
    }

    /** Moves a pixel towards the colour of the value's sign; strength 1 gives that colour. */
    private static int blend(int background, float value, float strength) {
        int[] colour = value >= 0 ? RED : BLUE;
        int pixel = 0;
        for (int i = 0; i < 3; i++) {
            int from = background >> (16 - 8 * i) & 0xFF;
            pixel = pixel << 8 | Math.round(from + (colour[i] - from) * strength);
        }
        return pixel;
    }
}
