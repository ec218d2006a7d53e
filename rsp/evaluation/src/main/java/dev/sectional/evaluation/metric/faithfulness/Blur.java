package dev.sectional.evaluation.metric.faithfulness;

import dev.sectional.core.Tensor;

/**
 * The blurred image that insertion starts from, as in the program of RISE (Petsiuk, Das, Saenko: RISE: Randomized Input
 * Sampling for Explanation of Black-box Models, BMVC 2018, arXiv 1806.07421): a window of 11 x 11 pixels, zeros outside
 * the image. Its weights are a unit impulse, filtered with a Gaussian of standard deviation 5 that is mirrored at the
 * window's border.
 */
final class Blur {
    private static final int RADIUS = 5;
    private static final double SIGMA = 5;
    /** Cut-off of the Gaussian in standard deviations. */
    private static final int REACH = 4;
    private static final double[] WINDOW = window();

    private Blur() {
    }

    /** Returns the blurred image, {@code (C, H, W)}. */
    static Tensor of(Tensor image) {
        int height = image.shape().dim(1);
        int width = image.shape().dim(2);
        Tensor blurred = Tensor.zeros(image.shape());
        double[] across = new double[height * width];
        for (int from = 0; from < image.data().length; from += across.length) {
            for (int i = 0; i < across.length; i++) {
                double sum = 0;
                for (int k = -RADIUS; k <= RADIUS; k++) {
                    int x = i % width + k;
                    sum += x < 0 || x >= width ? 0 : WINDOW[k + RADIUS] * image.data()[from + i + k];
                }
                across[i] = sum;
            }
            for (int i = 0; i < across.length; i++) {
                double sum = 0;
                for (int k = -RADIUS; k <= RADIUS; k++) {
                    int y = i / width + k;
                    sum += y < 0 || y >= height ? 0 : WINDOW[k + RADIUS] * across[i + k * width];
                }
                blurred.data()[from + i] = (float) sum;
            }
        }
        return blurred;
    }

    private static double[] window() {
        int reach = (int) (REACH * SIGMA + 0.5);
        double total = 0;
        for (int k = -reach; k <= reach; k++) {
            total += gauss(k);
        }
        int size = 2 * RADIUS + 1;
        double[] window = new double[size];
        for (int i = 0; i < size; i++) {
            for (int k = -reach; k <= reach; k++) {
                // mirrored with the border value repeated: a period of twice the size
                int at = Math.floorMod(i + k, 2 * size);
                if ((at < size ? at : 2 * size - 1 - at) == RADIUS) {
                    window[i] += gauss(k) / total;
                }
            }
        }
        return window;
    }

    private static double gauss(int k) {
        return Math.exp(-k * k / (2 * SIGMA * SIGMA));
    }
}
