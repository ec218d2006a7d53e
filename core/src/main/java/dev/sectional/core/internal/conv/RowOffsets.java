package dev.sectional.core.internal.conv;

import dev.sectional.core.Shape;
import java.util.Arrays;

/**
 * The offsets at which the rows of the left-hand matrix of a {@link Gemm} start. Offsets repeat with a period, so that
 * large feature maps need short tables.
 *
 * @param count number of rows
 * @param starts offsets of the first rows: of all rows, or of a multiple of {@link Gemm#MOST_AT_ONCE}
 * @param step distance of a row's offset from that of the row {@code starts.length} rows later
 */
record RowOffsets(int count, int[] starts, int step) {
    /** Returns the offsets of {@code count} rows that are {@code distance} apart. */
    static RowOffsets equidistant(int count, int distance) {
        int[] starts = new int[count <= Gemm.DIVISIBLE_ROWS ? count : Gemm.MOST_AT_ONCE];
        Arrays.setAll(starts, i -> i * distance);
        return new RowOffsets(count, starts, Gemm.MOST_AT_ONCE * distance);
    }

    /**
     * Returns the offsets of a convolution's windows, one row of the matrix for each output position.
     *
     * @param output {@code (H', W', O)}
     * @param rowStep distance of the windows of neighbouring rows of positions
     * @param columnStep distance of the windows of neighbouring positions of a row
     */
    static RowOffsets ofWindows(Shape output, int rowStep, int columnStep) {
        int height = output.dim(0);
        int width = output.dim(1);
        if (rowStep == width * columnStep) {
            return equidistant(height * width, columnStep);
        }
        int period = 1;
        while (period < height && period * width % Gemm.MOST_AT_ONCE != 0) {
            period++;
        }
        int[] starts = new int[period * width];
        Arrays.setAll(starts, position -> position / width * rowStep + position % width * columnStep);
        return new RowOffsets(height * width, starts, period * rowStep);
    }

    int start(int row) {
        return starts[row % starts.length] + row / starts.length * step;
    }

    /**
     * Returns the offsets of a last tile of fewer than mr rows. It reads its last row repeatedly and stores it
     * once.
     */
    int[] tail(int mr) {
        int[] tail = new int[mr];
        Arrays.setAll(tail, i -> count == 0 ? 0 : start(Math.min(count / mr * mr + i, count - 1)));
        return tail;
    }
}
