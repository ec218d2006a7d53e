package dev.sectional.nn.layer;

import dev.sectional.core.Shape;
import dev.sectional.core.Window;

/**
 * Average pooling, as PyTorch's {@code AvgPool2d}: the average of each window, per channel, {@code (H, W, C)} to
 * {@code (H', W', C)}. Immutable: the methods that set a property return a copy.
 */
public final class AvgPool2d extends AveragePooling {
    private final Windows windows;
    private final boolean ceil;
    private final boolean countPadding;
    private final AutoPadding autoPadding;

    private AvgPool2d(Windows windows, boolean ceil, boolean countPadding, AutoPadding autoPadding) {
        Window rows = windows.rows();
        Window columns = windows.columns();
        if (rows.dilation() != 1 || columns.dilation() != 1) {
            throw new IllegalArgumentException("average pooling takes windows of neighbouring positions, got a dilation"
                    + " of " + Math.max(rows.dilation(), columns.dilation()));
        }
        if (!hasSmallPadding(rows) || !hasSmallPadding(columns)) {
            throw new IllegalArgumentException("average pooling wants less padding than the window's size, got " + rows
                    + " and " + columns);
        }
        autoPadding.requireOnly(rows, columns);
        this.autoPadding = autoPadding;
        this.windows = windows;
        this.ceil = ceil;
        this.countPadding = countPadding;
    }

    private static boolean hasSmallPadding(Window window) {
        return window.before() < window.size() && window.after() < window.size();
    }

    /**
     * {@return a pooling with a square window, at least 1, that moves by its own size, without padding} Padding that is
     * set later counts as zeros.
     *
     * @param kernel rows and columns of the window, at least 1
     */
    public static AvgPool2d of(int kernel) {
        return of(Window.of(kernel, kernel, 0), Window.of(kernel, kernel, 0));
    }

    /**
     * {@return a pooling with any window} Padding counts as zeros.
     *
     * @param rows from top to bottom, dilation 1
     * @param columns from left to right, dilation 1
     */
    public static AvgPool2d of(Window rows, Window columns) {
        return new AvgPool2d(new Windows(rows, columns), false, true, AutoPadding.NONE);
    }

    /**
     * {@return this pooling with one stride in both directions, at least 1}
     *
     * @param both positions from one window to the next, down and to the right
     */
    public AvgPool2d stride(int both) {
        return new AvgPool2d(windows.stride(both, both), ceil, countPadding, autoPadding);
    }

    /**
     * {@return this pooling with the same padding on each side, smaller than the window}
     *
     * @param all positions on each of the four sides
     */
    public AvgPool2d padding(int all) {
        return new AvgPool2d(windows.padding(all, all, all, all), ceil, countPadding, autoPadding);
    }

    /**
     * {@return this pooling with or without a last window that leaves the padded feature map}
     *
     * @param on whether it counts
     */
    public AvgPool2d ceil(boolean on) {
        return new AvgPool2d(windows, on, countPadding, autoPadding);
    }

    /**
     * {@return this pooling with padded positions counted as zeros, or with averages over the positions inside the
     * feature map}
     *
     * @param on whether they count
     */
    public AvgPool2d countPadding(boolean on) {
        return new AvgPool2d(windows, ceil, on, autoPadding);
    }

    /**
     * {@return this pooling with padding that depends on the size of the input, in place of a given padding, which must
     * be 0}
     *
     * @param value how padding follows from the input
     */
    public AvgPool2d autoPadding(AutoPadding value) {
        return new AvgPool2d(windows, ceil, countPadding, value);
    }

    @Override
    Shape outputSize(Shape input) {
        Windows padded = autoPadding.at(windows, input.dim(0), input.dim(1));
        return Shape.of(count(padded.rows(), input.dim(0)), count(padded.columns(), input.dim(1)));
    }

    private int count(Window window, int length) {
        return ceil ? window.countWithPartial(length) : window.count(length);
    }

    @Override
    Region window(Shape input, int row, int column) {
        Windows padded = autoPadding.at(windows, input.dim(0), input.dim(1));
        Window rows = padded.rows();
        Window columns = padded.columns();
        int top = row * rows.stride() - rows.before();
        int left = column * columns.stride() - columns.before();
        int bottom = Math.min(top + rows.size(), input.dim(0) + rows.after());
        int right = Math.min(left + columns.size(), input.dim(1) + columns.after());
        Region inside = new Region(Math.max(top, 0), Math.min(bottom, input.dim(0)), Math.max(left, 0),
                Math.min(right, input.dim(1)));
        return countPadding ? inside.withCount((bottom - top) * (right - left)) : inside;
    }
}
