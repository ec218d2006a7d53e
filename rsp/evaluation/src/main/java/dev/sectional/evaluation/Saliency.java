package dev.sectional.evaluation;

import dev.sectional.core.Tensor;
import dev.sectional.evaluation.internal.Bilinear;

/**
 * A map of one signed value per pixel.
 *
 * @param values {@code height * width} values, row by row; must not be modified
 */
public record Saliency(int width, int height, float[] values) {
    /**
     * Creates a map; the values are not copied.
     *
     * @param width the component {@code width}
     * @param height the component {@code height}
     * @param values the component {@code values}
     * @throws IllegalArgumentException if there are not {@code width * height} values
     */
    public Saliency {
        if (width < 1 || height < 1 || values.length != width * height) {
            throw new IllegalArgumentException("a map of " + width + " x " + height + " pixels has " + values.length
                    + " values");
        }
    }

    /**
     * {@return relevance {@code (C, H, W)} summed over the channels}
     *
     * @param relevance {@code (C, H, W)}
     */
    public static Saliency sum(Tensor relevance) {
        int pixels = relevance.shape().dim(1) * relevance.shape().dim(2);
        float[] values = new float[pixels];
        for (int i = 0; i < relevance.data().length; i++) {
            values[i % pixels] += relevance.data()[i];
        }
        return new Saliency(relevance.shape().dim(2), relevance.shape().dim(1), values);
    }

    /**
     * {@return the greatest absolute value over the channels of {@code (C, H, W)}}
     *
     * @param gradient {@code (C, H, W)}
     */
    public static Saliency greatestAbsolute(Tensor gradient) {
        int pixels = gradient.shape().dim(1) * gradient.shape().dim(2);
        float[] values = new float[pixels];
        for (int i = 0; i < gradient.data().length; i++) {
            values[i % pixels] = Math.max(values[i % pixels], Math.abs(gradient.data()[i]));
        }
        return new Saliency(gradient.shape().dim(2), gradient.shape().dim(1), values);
    }

    /**
     * {@return the value at (x, y)}
     *
     * @param x column, from 0
     * @param y row, from 0
     */
    public float at(int x, int y) {
        return values[y * width + x];
    }

    /** {@return the index of the first greatest value} */
    public int greatest() {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }

    /**
     * {@return the map resized bilinearly: pixel centres at halves, border repeated, no antialiasing}
     *
     * @param toWidth width of the result, at least 1
     * @param toHeight height of the result, at least 1
     */
    public Saliency resized(int toWidth, int toHeight) {
        if (toWidth == width && toHeight == height) {
            return this;
        }
        return new Saliency(toWidth, toHeight, Bilinear.resize(values, width, height, toWidth, toHeight));
    }

    /**
     * {@return the map smoothed with a Gaussian, cut off at four standard deviations} The border is repeated.
     *
     * @param sigma standard deviation in pixels; 0: no smoothing
     */
    public Saliency smoothed(double sigma) {
        if (sigma == 0) {
            return this;
        }
        float[] weights = gaussian(sigma);
        int reach = weights.length / 2;
        float[] both = new float[values.length];
        float[] line = new float[width];
        float[] padded = new float[width + 2 * reach];
        for (int y = 0; y < height; y++) {
            float[] down = new float[width];
            for (int k = -reach; k <= reach; k++) {
                System.arraycopy(values, Math.max(0, Math.min(height - 1, y + k)) * width, line, 0, width);
                addScaled(weights[k + reach], line, down);
            }
            for (int x = 0; x < padded.length; x++) {
                padded[x] = down[Math.max(0, Math.min(width - 1, x - reach))];
            }
            float[] across = new float[width];
            for (int k = 0; k < weights.length; k++) {
                System.arraycopy(padded, k, line, 0, width);
                addScaled(weights[k], line, across);
            }
            System.arraycopy(across, 0, both, y * width, width);
        }
        return new Saliency(width, height, both);
    }

    /** Reads and writes at the same index: the JIT compiler does not vectorise loops over different indices. */
    private static void addScaled(float scale, float[] line, float[] sum) {
        for (int x = 0; x < sum.length; x++) {
            sum[x] += scale * line[x];
        }
    }

    private static float[] gaussian(double sigma) {
        int reach = (int) Math.ceil(4 * sigma);
        float[] weights = new float[2 * reach + 1];
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            double distance = (i - reach) / sigma;
            weights[i] = (float) Math.exp(-distance * distance / 2);
            sum += weights[i];
        }
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (weights[i] / sum);
        }
        return weights;
    }
}
