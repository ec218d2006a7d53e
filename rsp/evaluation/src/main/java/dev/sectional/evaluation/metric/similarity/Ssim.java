package dev.sectional.evaluation.metric.similarity;



/**
 * Structural similarity (SSIM) of two maps (Wang, Bovik, Sheikh, Simoncelli: Image Quality Assessment: From Error
 * Visibility to Structural Similarity, IEEE Transactions on Image Processing 13, 2004), from -1 to 1; 1 for equal maps:
 *
 * <pre>{@code
 * ssim = (2 ma mb + C1) (2 cov + C2) / ((ma^2 + mb^2 + C1) (va + vb + C2))
 * C1 = (0.01 range)^2, C2 = (0.03 range)^2
 * }</pre>
 *
 * <p>with means, variances and covariance under a Gaussian window of 11 x 11 pixels and standard deviation 1.5,
 * averaged over the pixels whose window lies inside the map. Equal to scikit-image's {@code structural_similarity} with
 * {@code gaussian_weights=True, use_sample_covariance=False}.
 */
public final class Ssim {
    private static final int RADIUS = 5;
    private static final double SIGMA = 1.5;
    private static final double[] WINDOW = window();

    private Ssim() {
    }

    /**
     * Computes the mean similarity.
     *
     * @param a row by row, {@code height * width} values
     * @param b as many
     * @param height number of rows
     * @param width values in a row
     * @param range greatest possible difference of two values; 1 for maps of 0..1
     * @return NaN if the maps are smaller than the window
     */
    public static double of(double[] a, double[] b, int height, int width, double range) {
        int size = height * width;
        if (a.length != size || b.length != size) {
            throw new IllegalArgumentException("expected two maps of " + height + " x " + width + " pixels, got "
                    + a.length + " and " + b.length + " values");
        }
        if (height <= 2 * RADIUS || width <= 2 * RADIUS) {
            return Double.NaN;
        }
        double[] meanA = smooth(a, height, width);
        double[] meanB = smooth(b, height, width);
        double[] squaresA = smooth(product(a, a), height, width);
        double[] squaresB = smooth(product(b, b), height, width);
        double[] together = smooth(product(a, b), height, width);
        double c1 = Math.pow(0.01 * range, 2);
        double c2 = Math.pow(0.03 * range, 2);
        double sum = 0;
        for (int i = 0; i < meanA.length; i++) {
            double ma = meanA[i];
            double mb = meanB[i];
            double structure = 2 * (together[i] - ma * mb) + c2;
            double spread = squaresA[i] - ma * ma + (squaresB[i] - mb * mb) + c2;
            sum += (2 * ma * mb + c1) * structure / ((ma * ma + mb * mb + c1) * spread);
        }
        return sum / meanA.length;
    }

    private static double[] product(double[] a, double[] b) {
        double[] product = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            product[i] = a[i] * b[i];
        }
        return product;
    }

    /** Returns the weighted means of all windows inside the map: along the rows, then along the columns. */
    private static double[] smooth(double[] values, int height, int width) {
        int columns = width - 2 * RADIUS;
        int rows = height - 2 * RADIUS;
        double[] across = new double[height * columns];
        for (int i = 0; i < across.length; i++) {
            int at = i / columns * width + i % columns;
            for (int k = 0; k < WINDOW.length; k++) {
                across[i] += WINDOW[k] * values[at + k];
            }
        }
        double[] smooth = new double[rows * columns];
        for (int i = 0; i < smooth.length; i++) {
            for (int k = 0; k < WINDOW.length; k++) {
                smooth[i] += WINDOW[k] * across[i + k * columns];
            }
        }
        return smooth;
    }

    private static double[] window() {
        double[] window = new double[2 * RADIUS + 1];
        double sum = 0;
        for (int i = -RADIUS; i <= RADIUS; i++) {
            window[i + RADIUS] = Math.exp(-i * i / (2 * SIGMA * SIGMA));
            sum += window[i + RADIUS];
        }
        for (int i = 0; i < window.length; i++) {
            window[i] /= sum;
        }
        return window;
    }
}
