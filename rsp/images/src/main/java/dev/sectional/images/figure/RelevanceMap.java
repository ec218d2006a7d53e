package dev.sectional.images.figure;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * One value for each pixel of a network's input.
 *
 * @param values {@code width * height} values, row by row; must not be modified
 * @param signed whether the sign speaks for or against the class; without a sign no value is negative
 * @param coarse whether the values were enlarged from a smaller map, so that they are drawn smoothly
 */
public record RelevanceMap(int width, int height, float[] values, boolean signed, boolean coarse) {
    /** Methods of this ending give maps of the size of a feature map. */
    private static final String COARSE = "-cam";

    /**
     *
     * @param width the component {@code width}
     * @param height the component {@code height}
     * @param values the component {@code values}
     * @param signed the component {@code signed}
     * @param coarse the component {@code coarse}
     * @throws IllegalArgumentException if there are not {@code width * height} values
     */
    public RelevanceMap {
        if (width < 1 || height < 1 || values.length != (long) width * height) {
            throw new IllegalArgumentException("a map of " + width + " x " + height + " pixels has " + values.length
                    + " values");
        }
    }

    /**
     * {@return the map that is drawn for each result of a method: without a sign where the method's sign says nothing}
     *
     * @param method its name
     * @param results of one method
     */
    public static List<RelevanceMap> of(String method, List<Attribution> results) {
        return results.stream().map(result -> Methods.signed(method)
                ? sum(result.relevance(), method.endsWith(COARSE)) : greatestAbsolute(result.relevance())).toList();
    }

    /**
     * {@return a percentile of the absolute values in words, such as {@code the 99.5th percentile of ...}}
     *
     * @param percentile above 0 and at most 100
     */
    public static String percentileInWords(double percentile) {
        String number = String.format(Locale.ROOT, percentile == Math.rint(percentile) ? "%.0f" : "%s", percentile);
        return percentile == 100 ? "the greatest absolute value"
                : "the " + number + "th percentile of the absolute values";
    }

    /**
     * {@return relevance {@code (C, H, W)} summed over the channels, with its sign}
     *
     * @param relevance {@code (C, H, W)}
     * @param coarse whether the map has fewer positions than the image
     */
    public static RelevanceMap sum(Tensor relevance, boolean coarse) {
        int height = relevance.shape().dim(1);
        int width = relevance.shape().dim(2);
        float[] values = new float[width * height];
        for (int i = 0; i < relevance.data().length; i++) {
            values[i % values.length] += relevance.data()[i];
        }
        return new RelevanceMap(width, height, values, true, coarse);
    }

    /**
     * {@return the greatest absolute value over the channels of {@code (C, H, W)}, without a sign}
     *
     * @param gradient {@code (C, H, W)}
     */
    public static RelevanceMap greatestAbsolute(Tensor gradient) {
        int height = gradient.shape().dim(1);
        int width = gradient.shape().dim(2);
        float[] values = new float[width * height];
        for (int i = 0; i < gradient.data().length; i++) {
            values[i % values.length] = Math.max(values[i % values.length], Math.abs(gradient.data()[i]));
        }
        return new RelevanceMap(width, height, values, false, false);
    }

    /**
     * {@return a percentile of the absolute values of some maps} If it is 0, because few pixels have any relevance, the
     * greatest absolute value takes its place.
     *
     * @param maps at least one
     * @param percentile above 0 and at most 100; 100 is the greatest. Between two values, the greater one counts
     */
    public static float percentile(List<RelevanceMap> maps, double percentile) {
        float[] sorted = new float[maps.stream().mapToInt(map -> map.values.length).sum()];
        int filled = 0;
        for (RelevanceMap map : maps) {
            for (float value : map.values) {
                sorted[filled++] = Math.abs(value);
            }
        }
        Arrays.sort(sorted);
        if (sorted.length == 0) {
            return 0;
        }
        float at = sorted[(int) Math.ceil(percentile / 100 * (sorted.length - 1))];
        return at > 0 ? at : sorted[sorted.length - 1];
    }

    /** Returns the mean over a rectangle of pixels, whose sides may lie between them. */
    float mean(double left, double top, double right, double bottom) {
        double sum = 0;
        for (int y = (int) top; y < Math.min(height, Math.ceil(bottom)); y++) {
            double rows = Math.min(bottom, y + 1) - Math.max(top, y);
            for (int x = (int) left; x < Math.min(width, Math.ceil(right)); x++) {
                sum += rows * (Math.min(right, x + 1) - Math.max(left, x)) * values[y * width + x];
            }
        }
        return (float) (sum / ((right - left) * (bottom - top)));
    }

    /** Returns the value of the pixel that holds a point. */
    float nearest(double x, double y) {
        return values[Math.min(height - 1, (int) y) * width + Math.min(width - 1, (int) x)];
    }

    /** Returns the value at a point by linear interpolation between the centres of the four nearest pixels. */
    float bilinear(double x, double y) {
        double atX = Math.max(0, Math.min(width - 1, x - 0.5));
        double atY = Math.max(0, Math.min(height - 1, y - 0.5));
        int left = Math.min(width - 1, (int) atX);
        int top = Math.min(height - 1, (int) atY);
        int right = Math.min(width - 1, left + 1);
        int bottom = Math.min(height - 1, top + 1);
        double u = atX - left;
        double v = atY - top;
        double above = values[top * width + left] * (1 - u) + values[top * width + right] * u;
        double below = values[bottom * width + left] * (1 - u) + values[bottom * width + right] * u;
        return (float) (above * (1 - v) + below * v);
    }
}
