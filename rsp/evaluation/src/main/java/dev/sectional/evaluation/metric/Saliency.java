package dev.sectional.evaluation.metric;

import dev.sectional.core.Tensor;

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
}
