package dev.sectional.evaluation.data;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The two ways in which COCO writes pixels, drawn as its own tools draw them: run lengths down the columns, starting with
 * pixels outside, and polygons.
 *
 * <p>Errors are {@link IllegalArgumentException}s that say what is wrong; the reader adds where.
 */
final class CocoMask {
    /** Polygons are traced on a grid this much finer than the pixels. */
    private static final int FINER = 5;
    /** Coordinates beyond this are no image's. */
    private static final double FARTHEST = 1 << 20;

    private CocoMask() {
    }

    /** Pixels of run lengths, alternately outside and inside. */
    static Mask runs(int width, int height, long[] counts) {
        BitSet bits = new BitSet(width * height);
        long at = 0;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] < 0 || counts[i] > (long) width * height - at) {
                throw new IllegalArgumentException("run " + i + " of " + counts[i] + " pixels does not fit into " + width + " x " + height);
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
     * Run lengths from their compressed form: groups of 5 bits from the lowest up, each a character from '0' on, 32 added
     * where another follows; signed, and from the fourth run on the difference to the run two before.
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
                    throw new IllegalArgumentException("the compressed runs end inside a number");
                }
                group = text.charAt(at++) - '0';
                if (group < 0 || group > 63) {
                    throw new IllegalArgumentException("'" + text.charAt(at - 1) + "' is no character of compressed runs");
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

    /** Pixels of any of the polygons, each {@code x, y, x, y, ...}. */
    static Mask polygons(int width, int height, List<double[]> polygons) {
        Mask union = Mask.empty(width, height);
        for (double[] polygon : polygons) {
            union = union.or(polygon(width, height, polygon));
        }
        return union;
    }

    /**
     * Walks the outline on the finer grid. Where a step crosses the middle of a column of pixels, inside and outside change
     * places from the crossing down, that is, in the order of columns, from that pixel on.
     */
    private static Mask polygon(int width, int height, double[] points) {
        if (points.length < 6 || points.length % 2 != 0) {
            throw new IllegalArgumentException("a polygon of " + points.length + " numbers; wanted x and y of three corners or more");
        }
        BitSet changes = new BitSet(width * height + 1);
        int corners = points.length / 2;
        int[] previous = null;
        for (int i = 0; i < corners; i++) {
            int next = (i + 1) % corners;
            int x = grid(points[2 * i]);
            int y = grid(points[2 * i + 1]);
            previous = edge(x, y, grid(points[2 * next]), grid(points[2 * next + 1]), previous, width, height, changes);
        }
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

    private static int grid(double coordinate) {
        if (!(Math.abs(coordinate) < FARTHEST)) {
            throw new IllegalArgumentException("a polygon has a corner at " + coordinate);
        }
        return (int) (FINER * coordinate + 0.5);
    }

    /** The points of one edge, one for each step along its longer axis; returns the last. */
    private static int[] edge(int x0, int y0, int x1, int y1, int[] before, int width, int height, BitSet changes) {
        int dx = Math.abs(x1 - x0);
        int dy = Math.abs(y1 - y0);
        boolean wide = dx >= dy;
        boolean backwards = wide ? x0 > x1 : y0 > y1;
        // Rounded from the same end whichever way the edge is walked, so that neighbours share their border.
        int fromX = backwards ? x1 : x0;
        int fromY = backwards ? y1 : y0;
        int toX = backwards ? x0 : x1;
        int toY = backwards ? y0 : y1;
        int steps = Math.max(dx, dy);
        double slope = steps == 0 ? 0 : wide ? (double) (toY - fromY) / dx : (double) (toX - fromX) / dy;
        int[] previous = before;
        for (int step = 0; step <= steps; step++) {
            int t = backwards ? steps - step : step;
            int u = wide ? fromX + t : (int) (fromX + slope * t + 0.5);
            int v = wide ? (int) (fromY + slope * t + 0.5) : fromY + t;
            if (previous != null && previous[0] != u) {
                crossing(previous, u, v, width, height, changes);
            }
            previous = new int[] {u, v};
        }
        return previous;
    }

    private static void crossing(int[] previous, int u, int v, int width, int height, BitSet changes) {
        double column = ((u < previous[0] ? u : u - 1) + 0.5) / FINER - 0.5;
        if (column != Math.floor(column) || column < 0 || column > width - 1) {
            return;
        }
        double row = (Math.min(v, previous[1]) + 0.5) / FINER - 0.5;
        changes.flip((int) column * height + (int) Math.ceil(Math.max(0, Math.min(height, row))));
    }
}
