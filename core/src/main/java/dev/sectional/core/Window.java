package dev.sectional.core;

/**
 * A window that moves along one side of a feature map, and the padding at both ends of that side.
 *
 * @param size number of offsets of the window, at least 1
 * @param stride distance of neighbouring windows, at least 1
 * @param before padded positions before the side, at least 0
 * @param after padded positions after the side, at least 0
 * @param dilation distance of neighbouring offsets, at least 1
 */
public record Window(int size, int stride, int before, int after, int dilation) {
    /** Far above the sizes of any network, and small enough that sums of sizes do not overflow. */
    private static final int MAX = 1 << 24;

    /**
     * Checks the ranges.
     *
     * @param size the component {@code size}
     * @param stride the component {@code stride}
     * @param before the component {@code before}
     * @param after the component {@code after}
     * @param dilation the component {@code dilation}
     */
    public Window {
        String got = ", got size " + size + ", stride " + stride + ", padding " + before + " and " + after
                + ", dilation " + dilation;
        if ((size - 1L) * dilation + 1 > MAX || stride > MAX || before > MAX || after > MAX) {
            throw new IllegalArgumentException("span, stride and padding of a window are at most " + MAX + got);
        }
        if (size < 1 || stride < 1 || before < 0 || after < 0 || dilation < 1) {
            throw new IllegalArgumentException("a window has size, stride and dilation of at least 1"
                    + " and padding of at least 0" + got);
        }
    }

    /**
     * {@return a window with the same padding at both ends and dilation 1}
     *
     * @param size offsets of the window, at least 1
     * @param stride positions from one window to the next, at least 1
     * @param padding positions at each end, at least 0
     */
    public static Window of(int size, int stride, int padding) {
        return new Window(size, stride, padding, padding, 1);
    }

    /** {@return the number of positions from the first offset to the last: {@code (size - 1) dilation + 1}} */
    public int span() {
        return (size - 1) * dilation + 1;
    }

    /**
     * {@return the number of whole windows along a side}
     *
     * @param length positions of the side, without padding
     * @throws IllegalArgumentException if the window is larger than the padded side
     */
    public int count(int length) {
        return room(length) / stride + 1;
    }

    /**
     * {@return the number of windows along a side, with a last one that leaves the padded side if it starts inside the
     * side or in the padding before it}
     *
     * @param length positions of the side, without padding
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

    /**
     * {@return the position of an offset of a window} Positions outside {@code 0 .. length - 1} lie in the padding.
     *
     * @param step number of the window, from 0
     * @param offset number of the offset, from 0
     */
    public int position(int step, int offset) {
        return step * stride - before + offset * dilation;
    }

    /**
     * {@return the first offset of a window that does not lie before the side}
     *
     * @param step number of the window, from 0
     */
    public int firstOffset(int step) {
        int start = step * stride - before;
        return start >= 0 ? 0 : (-start + dilation - 1) / dilation;
    }

    /**
     * {@return the end of the offsets of a window that do not lie behind a side of {@code length} positions}
     *
     * @param step number of the window, from 0
     * @param length positions of the side, without padding
     */
    public int endOffset(int step, int length) {
        int room = length - 1 - (step * stride - before);
        return room < 0 ? 0 : Math.min(size, room / dilation + 1);
    }
}
