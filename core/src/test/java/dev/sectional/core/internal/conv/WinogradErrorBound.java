package dev.sectional.core.internal.conv;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.kernel.WinogradMatrices;

/**
 * Probabilistic bounds of the rounding error of a Winograd convolution in float32, element by element.
 *
 * <p>The algorithm evaluates {@code A^T [sum over c of (G g G^T)(B^T d B)] A} as nested sums of products. With
 * independent roundings of mean 0 (Higham and Mary, A New Approach to Probabilistic Rounding Error Analysis, 2019), the
 * standard deviation of the error is at most {@code u sqrt(n)} times the root of the same expression with the squares
 * of all matrices and operands. n is the number of roundings that one operand passes: 24 for each of the three
 * transforms, which are two sums of at most 6 products with rounded constants, and C / 2 for the sum over channels, in
 * which the i-th partial sum has i terms. The bound is six standard deviations. The worst case would be hundreds of
 * times larger, and pass wrong results.
 */
final class WinogradErrorBound {
    private static final double UNIT_ROUNDOFF = 0x1p-24;
    private static final double STANDARD_DEVIATIONS = 6;
    private static final int TRANSFORM_ROUNDINGS = 24;
    private static final int TILE = 4;
    private static final int WINDOW = 6;
    private static final int POINTS = WINDOW * WINDOW;

    private static final double[][] INPUT = squared(WinogradMatrices.input());
    private static final double[][] FILTER = squared(WinogradMatrices.filter());
    private static final double[][] OUTPUT = squared(WinogradMatrices.output());

    private final Tensor x;
    private final int channels;
    private final int outputs;
    private final int top;
    private final int left;
    /** {@code (point, input channel, output channel)}. */
    private final double[] filters;

    private WinogradErrorBound(Tensor x, Tensor filters, int top, int left) {
        this.x = x;
        this.top = top;
        this.left = left;
        channels = x.shape().dim(2);
        outputs = filters.shape().dim(3);
        this.filters = new double[POINTS * channels * outputs];
        for (int i = 0; i < channels * outputs; i++) {
            double[][] g = new double[3][3];
            for (int offset = 0; offset < 9; offset++) {
                double weight = filters.data()[offset * channels * outputs + i];
                g[offset / 3][offset % 3] = weight * weight;
            }
            store(sandwich(FILTER, g), this.filters, i, channels * outputs);
        }
    }

    /**
     * Returns the bounds for the convolution of x with filters {@code (3, 3, C, O)} and the given rows and columns of
     * padding before x.
     *
     * @param output shape {@code (H', W', O)} of the convolution
     */
    static double[] of(Tensor x, Tensor filters, int top, int left, Shape output) {
        WinogradErrorBound bound = new WinogradErrorBound(x, filters, top, left);
        double[] bounds = new double[output.size()];
        for (int row = 0; row < output.dim(0); row += TILE) {
            for (int column = 0; column < output.dim(1); column += TILE) {
                bound.addTile(row, column, output, bounds);
            }
        }
        return bounds;
    }

    private void addTile(int row, int column, Shape output, double[] bounds) {
        double relative = STANDARD_DEVIATIONS * UNIT_ROUNDOFF * Math.sqrt(3 * TRANSFORM_ROUNDINGS + channels / 2.0);
        double[] inputs = new double[POINTS * channels];
        for (int c = 0; c < channels; c++) {
            store(sandwich(INPUT, window(row - top, column - left, c)), inputs, c, channels);
        }
        for (int o = 0; o < outputs; o++) {
            double[][] products = new double[WINDOW][WINDOW];
            for (int point = 0; point < POINTS; point++) {
                for (int c = 0; c < channels; c++) {
                    double filter = filters[(point * channels + c) * outputs + o];
                    products[point / WINDOW][point % WINDOW] += inputs[point * channels + c] * filter;
                }
            }
            double[][] tile = sandwich(OUTPUT, products);
            for (int i = 0; i < Math.min(TILE, output.dim(0) - row); i++) {
                for (int j = 0; j < Math.min(TILE, output.dim(1) - column); j++) {
                    int position = (row + i) * output.dim(1) + column + j;
                    bounds[position * outputs + o] = relative * Math.sqrt(tile[i][j]);
                }
            }
        }
    }

    private double[][] window(int row, int column, int channel) {
        double[][] window = new double[WINDOW][WINDOW];
        int height = x.shape().dim(0);
        int width = x.shape().dim(1);
        for (int i = Math.max(0, -row); i < Math.min(WINDOW, height - row); i++) {
            for (int j = Math.max(0, -column); j < Math.min(WINDOW, width - column); j++) {
                double element = x.data()[((row + i) * width + column + j) * channels + channel];
                window[i][j] = element * element;
            }
        }
        return window;
    }

    private static void store(double[][] points, double[] into, int start, int step) {
        for (int point = 0; point < POINTS; point++) {
            into[start + point * step] = points[point / WINDOW][point % WINDOW];
        }
    }

    /** Returns {@code m x m^T}. */
    private static double[][] sandwich(double[][] m, double[][] x) {
        double[][] left = new double[m.length][x.length];
        for (int i = 0; i < m.length; i++) {
            for (int j = 0; j < x.length; j++) {
                for (int k = 0; k < x.length; k++) {
                    left[i][j] += m[i][k] * x[k][j];
                }
            }
        }
        double[][] both = new double[m.length][m.length];
        for (int i = 0; i < m.length; i++) {
            for (int j = 0; j < m.length; j++) {
                for (int k = 0; k < x.length; k++) {
                    both[i][j] += left[i][k] * m[j][k];
                }
            }
        }
        return both;
    }

    private static double[][] squared(double[][] matrix) {
        double[][] squared = new double[matrix.length][matrix[0].length];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix[0].length; j++) {
                squared[i][j] = matrix[i][j] * matrix[i][j];
            }
        }
        return squared;
    }
}
