package dev.sectional.core;


/**
 * A window that moves along one side of a map, and the places that are added on both ends of that side.
 *
 * @param size taps of the window, at least 1
 * @param stride step from one window to the next, at least 1
 * @param before places added before the first, at least 0
 * @param after places added after the last, at least 0
 * @param dilation distance between neighbouring taps, at least 1
 */
public record Window(int size, int stride, int before, int after, int dilation) {
    /** Far above any network's, and small enough for sums of sizes. */
    private static final int MOST = 1 << 24;

    /** Checks the numbers. */
    public Window {
        if ((size - 1L) * dilation + 1 > MOST || stride > MOST || before > MOST || after > MOST) {
            throw new IllegalArgumentException("a window spans, moves and is padded by at most " + MOST + " places, got size " + size + ", stride "
                    + stride + ", padding " + before + " and " + after + ", dilation " + dilation);
        }
        if (size < 1 || stride < 1 || before < 0 || after < 0 || dilation < 1) {
            throw new IllegalArgumentException("a window has size, stride and dilation of at least 1 and padding of at least 0, got size "
                    + size + ", stride " + stride + ", padding " + before + " and " + after + ", dilation " + dilation);
        }
    }

    /** The same padding on both ends, neighbouring taps. */
    public static Window of(int size, int stride, int padding) {
        return new Window(size, stride, padding, padding, 1);
    }

    /** Places from the first tap to the last: {@code (size - 1) dilation + 1}. */
    public int span() {
        return (size - 1) * dilation + 1;
    }

    /**
     * The number of whole windows along a side of {@code length} places.
     *
     * @throws IllegalArgumentException if the window is larger than the padded side
     */
    public int count(int length) {
        return room(length) / stride + 1;
    }

    /**
     * The number of windows along a side when a last one that leaves the padded side counts too, as long as it begins
     * inside the side or the padding before it.
     *
     * @throws IllegalArgumentException if the window is larger than the padded side
     */
    public int countWithPartial(int length) {
        int steps = (room(length) + stride - 1) / stride;
        return steps * stride >= length + before ? steps : steps + 1;
    }

    private int room(int length) {
        int room = length + before + after - span();
        if (length < 1 || room < 0) {
            throw new IllegalArgumentException("a window of " + span() + " does not fit an input of " + length
                    + " with padding " + before + " and " + after);
        }
        return room;
    }

    /** The place of a tap of the window numbered {@code step}; outside {@code 0 .. length - 1} it lies in the padding. */
    public int place(int step, int tap) {
        return step * stride - before + tap * dilation;
    }

    /** The first tap of a window that does not lie before the side. */
    public int firstTap(int step) {
        int start = step * stride - before;
        return start >= 0 ? 0 : (-start + dilation - 1) / dilation;
    }

    /** The end of the taps of a window that do not lie behind a side of {@code length} places. */
    public int endTap(int step, int length) {
        int room = length - 1 - (step * stride - before);
        return room < 0 ? 0 : Math.min(size, room / dilation + 1);
    }
}
