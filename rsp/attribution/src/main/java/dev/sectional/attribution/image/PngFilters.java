package dev.sectional.attribution.image;

/**
 * The filters of PNG for rows of 8-bit RGB. A filter replaces each byte by its difference from a prediction out of
 * neighbours, which compresses better. Each row gets the filter whose differences have the least sum of absolute
 * values, as the standard recommends.
 */
final class PngFilters {
    /** Filter types of the standard: none, sub, up, average, Paeth. */
    private static final int TYPES = 5;
    private static final int PIXEL_BYTES = 3;

    private final byte[][] candidates;
    /** A row and the one above it, each after a pixel of zeros, which stands for the pixel left of the first. */
    private byte[] current;
    private byte[] above;

    /** @param rowBytes bytes in a row */
    PngFilters(int rowBytes) {
        candidates = new byte[TYPES][1 + rowBytes];
        current = new byte[PIXEL_BYTES + rowBytes];
        above = new byte[PIXEL_BYTES + rowBytes];
        for (int type = 0; type < TYPES; type++) {
            candidates[type][0] = (byte) type;
        }
    }

    /**
     * Filters the next row, which becomes the row above the following one.
     *
     * @return the filter type and the filtered bytes, in an array that the next call reuses
     */
    byte[] filtered(byte[] row) {
        System.arraycopy(row, 0, current, PIXEL_BYTES, row.length);
        System.arraycopy(row, 0, candidates[0], 1, row.length);
        sub(current, candidates[1]);
        up(current, above, candidates[2]);
        average(current, above, candidates[3]);
        paeth(current, above, candidates[4]);
        byte[] best = candidates[0];
        long least = sumOfAbsolutes(best);
        for (int type = 1; type < TYPES; type++) {
            long sum = sumOfAbsolutes(candidates[type]);
            if (sum < least) {
                least = sum;
                best = candidates[type];
            }
        }
        byte[] free = above;
        above = current;
        current = free;
        return best;
    }

    // One loop per filter: the JIT compiler compiles each within its first rows.

    private static void sub(byte[] row, byte[] out) {
        for (int i = 1; i < out.length; i++) {
            out[i] = (byte) (row[i + PIXEL_BYTES - 1] - row[i - 1]);
        }
    }

    private static void up(byte[] row, byte[] above, byte[] out) {
        for (int i = 1; i < out.length; i++) {
            out[i] = (byte) (row[i + PIXEL_BYTES - 1] - above[i + PIXEL_BYTES - 1]);
        }
    }

    private static void average(byte[] row, byte[] above, byte[] out) {
        for (int i = 1; i < out.length; i++) {
            int average = ((row[i - 1] & 0xFF) + (above[i + PIXEL_BYTES - 1] & 0xFF)) >> 1;
            out[i] = (byte) (row[i + PIXEL_BYTES - 1] - average);
        }
    }

    private static void paeth(byte[] row, byte[] above, byte[] out) {
        for (int i = 1; i < out.length; i++) {
            int predicted = paeth(row[i - 1] & 0xFF, above[i + PIXEL_BYTES - 1] & 0xFF, above[i - 1] & 0xFF);
            out[i] = (byte) (row[i + PIXEL_BYTES - 1] - predicted);
        }
    }

    private static long sumOfAbsolutes(byte[] filtered) {
        long sum = 0;
        for (int i = 1; i < filtered.length; i++) {
            sum += Math.abs(filtered[i]);
        }
        return sum;
    }

    /** Returns the neighbour nearest to {@code left + up - upperLeft}; of equally near ones the first in this order. */
    private static int paeth(int left, int up, int upperLeft) {
        int toLeft = Math.abs(up - upperLeft);
        int toUp = Math.abs(left - upperLeft);
        int toUpperLeft = Math.abs(left + up - 2 * upperLeft);
        if (toLeft <= toUp && toLeft <= toUpperLeft) {
            return left;
        }
        return toUp <= toUpperLeft ? up : upperLeft;
    }
}
