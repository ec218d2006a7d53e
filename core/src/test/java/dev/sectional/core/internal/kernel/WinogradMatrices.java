package dev.sectional.core.internal.kernel;

/** The matrices of Winograd's F(4x4, 3x3) in float64, constructed from the interpolation points alone (Toom-Cook). */
public final class WinogradMatrices {
    private static final double[] POINTS =
            {0, WinogradTransform.A, -WinogradTransform.A, WinogradTransform.B, -WinogradTransform.B};
    private static final int SIDE = WinogradTransform.WINDOW;
    private static final int TILE = WinogradTransform.TILE;

    private WinogradMatrices() {
    }

    /**
     * Returns B^T, 6 x 6: the coefficients of the polynomials that are 0 at all points but one, the last one at all of
     * them.
     */
    public static double[][] input() {
        double[][] matrix = new double[SIDE][SIDE];
        for (int row = 0; row < SIDE; row++) {
            double[] polynomial = {1, 0, 0, 0, 0, 0};
            for (int other = 0; other < POINTS.length; other++) {
                for (int power = SIDE - 1; other != row && power >= 0; power--) {
                    polynomial[power] = (power > 0 ? polynomial[power - 1] : 0) - POINTS[other] * polynomial[power];
                }
            }
            matrix[row] = polynomial;
        }
        return matrix;
    }

    /** Returns G, 6 x 3: the powers of the points over the products of their differences. */
    public static double[][] filter() {
        double[][] matrix = new double[SIDE][3];
        for (int row = 0; row < POINTS.length; row++) {
            double product = 1;
            for (int other = 0; other < POINTS.length; other++) {
                product *= other == row ? 1 : POINTS[row] - POINTS[other];
            }
            for (int power = 0; power < 3; power++) {
                matrix[row][power] = Math.pow(POINTS[row], power) / product;
            }
        }
        matrix[SIDE - 1][2] = 1;
        return matrix;
    }

    /** Returns A^T, 4 x 6: the powers of the points. */
    public static double[][] output() {
        double[][] matrix = new double[TILE][SIDE];
        for (int power = 0; power < TILE; power++) {
            for (int column = 0; column < POINTS.length; column++) {
                matrix[power][column] = Math.pow(POINTS[column], power);
            }
        }
        matrix[TILE - 1][SIDE - 1] = 1;
        return matrix;
    }

    /** Returns the transpose of a matrix. */
    public static double[][] transposed(double[][] matrix) {
        double[][] transposed = new double[matrix[0].length][matrix.length];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix[0].length; j++) {
                transposed[j][i] = matrix[i][j];
            }
        }
        return transposed;
    }
}
