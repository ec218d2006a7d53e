package dev.sectional.evaluation.data;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Decodes COCO's two encodings of pixels as pycocotools does: run lengths along the columns, starting with a run of
 * pixels outside, and polygons.
 *
 * <p>Errors are {@link IllegalArgumentException}s; the caller adds the file and image.
 */
final class CocoMask {
    /** Grid points per pixel along each axis on which polygons are traced. */
    private static final int FINER = 5;
    /** Bound of coordinates in pixels; no image is larger. */
    private static final double FARTHEST = 1 << 20;

    private CocoMask() {
    }

    /** Decodes run lengths, alternately outside and inside. */
    static Mask runs(int width, int height, long[] counts) {
        BitSet bits = new BitSet(width * height);
        long at = 0;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] < 0 || counts[i] > (long) width * height - at) {
                throw new IllegalArgumentException("run " + i + " of " + counts[i] + " pixels does not fit into "
                        + width + " x " + height);
            }
            for (long pixel = at; i % 2 == 1 && pixel < at + counts[i]; pixel++) {
                bits.set((int) (pixel % height * width + pixel / height));
            }
            at += counts[i];
        }
        if (at != (long) width * height) {
            throw new IllegalArgumentException("the runs cover " + at + " pixels of " + width + " x " + height);
        }
        return new Mask(width, height, bits);
    }

    /**
     * Decompresses run lengths. A number consists of groups of 5 bits from the lowest up, each stored as a character
     * from '0' on, with 32 added if another follows. Numbers are signed; from the fourth run on they are differences to
     * the run two before.
     */
    static long[] decompressed(String text) {
        long[] counts = new long[text.length()];
        int count = 0;
        int at = 0;
        while (at < text.length()) {
            long value = 0;
            int shift = 0;
            int group;
            do {
                if (at == text.length() || shift > 55) {
                    throw new IllegalArgumentException("the compressed runs end within a number");
                }
                group = text.charAt(at++) - '0';
                if (group < 0 || group > 63) {
                    throw new IllegalArgumentException("'" + text.charAt(at - 1)
                            + "' is not a character of compressed runs");
                }
                value |= (long) (group & 31) << shift;
                shift += 5;
            } while ((group & 32) != 0);
            if ((group & 16) != 0) {
                value |= -1L << shift;
            }
            counts[count] = count > 2 ? value + counts[count - 2] : value;
            count++;
        }
        return Arrays.copyOf(counts, count);
    }

    /** Fills polygons, each {@code x, y, x, y, ...}; returns their union. */
    static Mask polygons(int width, int height, List<double[]> polygons) {
        Mask union = Mask.empty(width, height);
        for (double[] polygon : polygons) {
            union = union.or(polygon(width, height, polygon));
        }
        return union;
    }

    /**
     * Returns the number of polygons of which a part lies beyond the image by more than a pixel.
     *
     * @throws IllegalArgumentException if a polygon lies outside altogether
     */
    static int clipped(int width, int height, List<double[]> polygons) {
        int clipped = 0;
        for (double[] polygon : polygons) {
            double[] across = range(polygon, 0);
            double[] down = range(polygon, 1);
            if (across[1] < -1 || down[1] < -1 || across[0] > width + 1 || down[0] > height + 1) {
                throw new IllegalArgumentException("a polygon lies outside the " + width + " x " + height
                        + " pixels of the image, at " + across[0] + ", " + down[0]);
            }
            clipped += across[0] < -1 || down[0] < -1 || across[1] > width + 1 || down[1] > height + 1 ? 1 : 0;
        }
        return clipped;
    }

    /** Returns the least and the greatest of every second number. */
    private static double[] range(double[] points, int first) {
        double[] range = {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        for (int i = first; i < points.length; i += 2) {
            range[0] = Math.min(range[0], points[i]);
            range[1] = Math.max(range[1], points[i]);
        }
        return range;
    }

    private static Mask polygon(int width, int height, double[] points) {
        if (points.length < 6 || points.length % 2 != 0) {
            throw new IllegalArgumentException("a polygon of " + points.length
                    + " numbers; expected x and y of at least three corners");
        }
        Outline outline = new Outline(width, height);
        int corners = points.length / 2;
        for (int i = 0; i < corners; i++) {
            int next = (i + 1) % corners;
            outline.edge(grid(points[2 * i]), grid(points[2 * i + 1]), grid(points[2 * next]),
                    grid(points[2 * next + 1]));
        }
        return outline.filled();
    }

    private static int grid(double coordinate) {
        if (!(Math.abs(coordinate) < FARTHEST)) {
            throw new IllegalArgumentException("a polygon has a corner at " + coordinate);
        }
        return (int) (FINER * coordinate + 0.5);
    }

    /**
     * The outline of a polygon, traced on the finer grid. Where a step crosses the middle of a column of pixels, inside
     * and outside swap from that pixel on, in the order of columns.
     */
    private static final class Outline {
        private final int width;
        private final int height;
        private final BitSet changes;
        private boolean started;
        private int lastX;
        private int lastY;

        Outline(int width, int height) {
            this.width = width;
            this.height = height;
            this.changes = new BitSet(width * height + 1);
        }

        /** Adds the points of one edge, one for each step along its longer axis. */
        void edge(int x0, int y0, int x1, int y1) {
            int dx = Math.abs(x1 - x0);
            int dy = Math.abs(y1 - y0);
            boolean wide = dx >= dy;
            boolean backwards = wide ? x0 > x1 : y0 > y1;
            // Rounding starts from the same end in both directions, so that neighbours share their border.
            int fromX = backwards ? x1 : x0;
            int fromY = backwards ? y1 : y0;
            int across = (backwards ? y0 : y1) - fromY;
            int along = (backwards ? x0 : x1) - fromX;
            int steps = Math.max(dx, dy);
            double slope = steps == 0 ? 0 : (double) (wide ? across : along) / steps;
            for (int step = 0; step <= steps; step++) {
                int t = backwards ? steps - step : step;
                point(wide ? fromX + t : (int) (fromX + slope * t + 0.5), wide ? (int) (fromY + slope * t + 0.5)
                        : fromY + t);
            }
        }

        private void point(int x, int y) {
            if (started && lastX != x) {
                crossing(x, y);
            }
            started = true;
            lastX = x;
            lastY = y;
        }

        private void crossing(int x, int y) {
            double column = ((x < lastX ? x : x - 1) + 0.5) / FINER - 0.5;
            if (column != Math.floor(column) || column < 0 || column > width - 1) {
                return;
            }
            double row = (Math.min(y, lastY) + 0.5) / FINER - 0.5;
            changes.flip((int) column * height + (int) Math.ceil(Math.max(0, Math.min(height, row))));
        }

        Mask filled() {
            BitSet bits = new BitSet(width * height);
            for (int from = changes.nextSetBit(0); from >= 0;) {
                int to = changes.nextSetBit(from + 1);
                int end = to < 0 ? width * height : to;
                for (int pixel = from; pixel < end; pixel++) {
                    bits.set(pixel % height * width + pixel / height);
                }
                from = to < 0 ? -1 : changes.nextSetBit(to + 1);
            }
            return new Mask(width, height, bits);
        }
    }
}
