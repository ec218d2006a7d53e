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
    private byte[] above;

    /** @param rowBytes bytes in a row */
    PngFilters(int rowBytes) {
        candidates = new byte[TYPES][1 + rowBytes];
        above = new byte[rowBytes];
        for (int type = 0; type < TYPES; type++) {
            candidates[type][0] = (byte) type;
        }
    }

    /**
     * Filters the next row.
     *
     * @param row its bytes; kept as the row above the next one
     * @return the filter type and the filtered bytes, in an array that the next call reuses
     */
    byte[] filtered(byte[] row) {
        byte[] best = null;
        long least = Long.MAX_VALUE;
        for (int type = 0; type < TYPES; type++) {
            byte[] candidate = candidates[type];
            long sum = 0;
            for (int i = 0; i < row.length; i++) {
                int left = i < PIXEL_BYTES ? 0 : row[i - PIXEL_BYTES] & 0xFF;
                int upperLeft = i < PIXEL_BYTES ? 0 : above[i - PIXEL_BYTES] & 0xFF;
                byte difference = (byte) (row[i] - prediction(type, left, above[i] & 0xFF, upperLeft));
                candidate[1 + i] = difference;
                sum += Math.abs(difference);
            }
            if (sum < least) {
                least = sum;
                best = candidate;
            }
        }
        above = row;
        return best;
    }

    private static int prediction(int type, int left, int up, int upperLeft) {
        return switch (type) {
            case 0 -> 0;
            case 1 -> left;
            case 2 -> up;
            case 3 -> (left + up) >> 1;
            default -> paeth(left, up, upperLeft);
        };
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
