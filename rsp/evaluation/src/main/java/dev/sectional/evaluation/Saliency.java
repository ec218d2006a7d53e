package dev.sectional.evaluation;

import dev.sectional.core.Tensor;
import dev.sectional.evaluation.internal.Bilinear;

/**
 * One value a place, signed: what a metric judges.
 *
 * @param values {@code height * width} values, row by row; not to be changed
 */
public record Saliency(int width, int height, float[] values) {
    /** @throws IllegalArgumentException if the number of values is another */
    public Saliency {
        if (width < 1 || height < 1 || values.length != width * height) {
            throw new IllegalArgumentException("a map of " + width + " x " + height + " with " + values.length + " values");
        }
    }

    /** Relevance {@code (C, H, W)} summed over the channels. */
    public static Saliency sum(Tensor relevance) {
        int places = relevance.shape().dim(1) * relevance.shape().dim(2);
        float[] values = new float[places];
        for (int i = 0; i < relevance.data().length; i++) {
            values[i % places] += relevance.data()[i];
        }
        return new Saliency(relevance.shape().dim(2), relevance.shape().dim(1), values);
    }

    /** The greatest absolute value over the channels of {@code (C, H, W)}. */
    public static Saliency greatestAbsolute(Tensor gradient) {
        int places = gradient.shape().dim(1) * gradient.shape().dim(2);
        float[] values = new float[places];
        for (int i = 0; i < gradient.data().length; i++) {
            values[i % places] = Math.max(values[i % places], Math.abs(gradient.data()[i]));
        }
        return new Saliency(gradient.shape().dim(2), gradient.shape().dim(1), values);
    }

    /** The value at (x, y). */
    public float at(int x, int y) {
        return values[y * width + x];
    }

    /** The place of the first greatest value, as an index into the values. */
    public int greatest() {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }

    /** Bilinearly at another size, pixel centres being at halves and the border repeated; no antialiasing. */
    public Saliency resized(int toWidth, int toHeight) {
        if (toWidth == width && toHeight == height) {
            return this;
        }
        return new Saliency(toWidth, toHeight, Bilinear.resize(values, width, height, toWidth, toHeight));
    }

    /**
     * Smoothed by a Gaussian that reaches four deviations far; the border is repeated beyond the map.
     *
     * @param sigma standard deviation in pixels; 0 leaves the map alone
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

    /** At one and the same index, so that the JIT compiler vectorises it; at different ones it would not. */
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
