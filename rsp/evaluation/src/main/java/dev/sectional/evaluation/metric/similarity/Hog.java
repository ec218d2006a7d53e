package dev.sectional.evaluation.metric.similarity;



/**
 * Histograms of oriented gradients (Dalal, Triggs: Histograms of Oriented Gradients for Human Detection, CVPR 2005):
 * cells of 16 x 16 pixels, nine orientations over 180 degrees, blocks of 3 x 3 cells normalised with L2-Hys. Gradients
 * are central differences, 0 along the border; each counts for one bin. Equal to scikit-image's {@code hog} with
 * {@code pixels_per_cell=(16, 16)}, which the sanity checks of Adebayo et al. use.
 *
 * <p>If a map is smaller than a block of such cells, the cells shrink until a block fits.
 */
public final class Hog {
    private static final int ORIENTATIONS = 9;
    private static final int CELL = 16;
    private static final int BLOCK = 3;
    private static final double EPSILON = 1e-5;
    private static final double CUT = 0.2;

    private Hog() {
    }

    /**
     * {@return the descriptor: block by block, cell by cell, one value per orientation}
     *
     * @param map row by row; absolute values at most 1, as the normalisation adds a small constant
     * @param height at least 3
     * @param width at least 3
     */
    public static double[] of(double[] map, int height, int width) {
        if (map.length != height * width || height < BLOCK || width < BLOCK) {
            throw new IllegalArgumentException("expected a map of at least 3 x 3 pixels, got " + height + " x " + width
                    + " with " + map.length + " values");
        }
        int cell = Math.min(CELL, Math.min(height, width) / BLOCK);
        int rows = height / cell;
        int columns = width / cell;
        double[] cells = cells(map, height, width, cell);
        int blockSize = BLOCK * BLOCK * ORIENTATIONS;
        double[] descriptor = new double[(rows - BLOCK + 1) * (columns - BLOCK + 1) * blockSize];
        int at = 0;
        for (int row = 0; row + BLOCK <= rows; row++) {
            for (int column = 0; column + BLOCK <= columns; column++) {
                for (int i = 0; i < BLOCK; i++) {
                    System.arraycopy(cells, ((row + i) * columns + column) * ORIENTATIONS, descriptor,
                            at + i * BLOCK * ORIENTATIONS, BLOCK * ORIENTATIONS);
                }
                normalise(descriptor, at, blockSize);
                at += blockSize;
            }
        }
        return descriptor;
    }

    /** Returns the mean gradient length per orientation in each whole cell. */
    private static double[] cells(double[] map, int height, int width, int cell) {
        int rows = height / cell;
        int columns = width / cell;
        double[] cells = new double[rows * columns * ORIENTATIONS];
        for (int y = 0; y < rows * cell; y++) {
            for (int x = 0; x < columns * cell; x++) {
                double down = y == 0 || y == height - 1 ? 0 : map[(y + 1) * width + x] - map[(y - 1) * width + x];
                double right = x == 0 || x == width - 1 ? 0 : map[y * width + x + 1] - map[y * width + x - 1];
                double degrees = Math.toDegrees(Math.atan2(down, right));
                degrees = degrees < 0 ? degrees + 180 : degrees;   // a gradient and its opposite count the same
                int bin = degrees >= 180 ? 0 : (int) (degrees / (180.0 / ORIENTATIONS));
                cells[(y / cell * columns + x / cell) * ORIENTATIONS + bin] += Math.hypot(down, right) / (cell * cell);
            }
        }
        return cells;
    }

    private static void normalise(double[] values, int from, int count) {
        scale(values, from, count);
        for (int i = from; i < from + count; i++) {
            values[i] = Math.min(values[i], CUT);
        }
        scale(values, from, count);
    }

    private static void scale(double[] values, int from, int count) {
        double squares = EPSILON * EPSILON;
        for (int i = from; i < from + count; i++) {
            squares += values[i] * values[i];
        }
        double length = Math.sqrt(squares);
        for (int i = from; i < from + count; i++) {
            values[i] /= length;
        }
    }
}
