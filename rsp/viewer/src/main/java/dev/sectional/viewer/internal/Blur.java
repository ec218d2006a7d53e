package dev.sectional.viewer.internal;

import dev.sectional.core.Tensor;

/** Blurs a part of an image, so that a network can be asked what it thinks without that part. */
public final class Blur {
    /** Sides of an image per standard deviation of the Gaussian. */
    private static final double SIDES_PER_SIGMA = 16;
    private static final int REACH = 3;

    /**
     * A rectangle of pixels.
     *
     * @param right column after the last one
     * @param bottom row after the last one
     */
    public record Rectangle(int left, int top, int right, int bottom) {
    }

    private Blur() {
    }

    /** Returns the standard deviation for an image, in pixels: a sixteenth of its shorter side, at least 1. */
    public static double sigma(Tensor image) {
        return Math.max(1, Math.min(image.shape().dim(1), image.shape().dim(2)) / SIDES_PER_SIGMA);
    }

    /**
     * Returns a copy of an image in which a rectangle is that of the Gaussian-blurred image. Beyond its edges the image
     * repeats its outermost pixels.
     *
     * @param image {@code (C, H, W)}
     * @throws Refusal with status 400 if the rectangle is empty or reaches beyond the image
     */
    public static Tensor rectangle(Tensor image, Rectangle part) {
        int height = image.shape().dim(1);
        int width = image.shape().dim(2);
        if (part.left < 0 || part.top < 0 || part.right > width || part.bottom > height || part.left >= part.right
                || part.top >= part.bottom) {
            throw new Refusal(400, "wanted a rectangle inside " + width + " x " + height + " pixels, got left "
                    + part.left + ", top " + part.top + ", right " + part.right + ", bottom " + part.bottom);
        }
        double[] weights = weights(sigma(image));
        Tensor blurred = image.copy();
        for (int c = 0; c < image.shape().dim(0); c++) {
            channel(image.data(), blurred.data(), c * width * height, width, height, part, weights);
        }
        return blurred;
    }

    private static void channel(float[] from, float[] to, int start, int width, int height, Rectangle part,
            double[] weights) {
        int reach = weights.length / 2;
        int wide = part.right - part.left;
        double[] rows = new double[height * wide];
        for (int y = Math.max(0, part.top - reach); y < Math.min(height, part.bottom + reach); y++) {
            for (int x = 0; x < wide; x++) {
                double sum = 0;
                for (int k = -reach; k <= reach; k++) {
                    sum += weights[k + reach] * from[start + y * width + within(part.left + x + k, width)];
                }
                rows[y * wide + x] = sum;
            }
        }
        for (int y = part.top; y < part.bottom; y++) {
            for (int x = 0; x < wide; x++) {
                double sum = 0;
                for (int k = -reach; k <= reach; k++) {
                    sum += weights[k + reach] * rows[within(y + k, height) * wide + x];
                }
                to[start + y * width + part.left + x] = (float) sum;
            }
        }
    }

    private static int within(int at, int size) {
        return Math.max(0, Math.min(size - 1, at));
    }

    private static double[] weights(double sigma) {
        int reach = (int) Math.ceil(REACH * sigma);
        double[] weights = new double[2 * reach + 1];
        double sum = 0;
        for (int k = -reach; k <= reach; k++) {
            weights[k + reach] = Math.exp(-k * k / (2 * sigma * sigma));
            sum += weights[k + reach];
        }
        for (int k = 0; k < weights.length; k++) {
            weights[k] /= sum;
        }
        return weights;
    }
}
