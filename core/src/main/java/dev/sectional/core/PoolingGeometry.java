package dev.sectional.core;

/**
 * The geometry of max pooling: a window that moves over the rows and columns of a feature map. Padded positions never
 * win.
 *
 * @param rows the window from top to bottom, its padding smaller than its span
 * @param columns the window from left to right, its padding smaller than its span
 * @param ceil whether a last window that only starts inside the feature map, or in the padding before it, counts too
 */
public record PoolingGeometry(Window rows, Window columns, boolean ceil) {
    /**
     * Checks that the padding is smaller than the window.
     *
     * @param rows the component {@code rows}
     * @param columns the component {@code columns}
     * @param ceil the component {@code ceil}
     */
    public PoolingGeometry {
        requireSmallPadding(rows);
        requireSmallPadding(columns);
    }

    private static void requireSmallPadding(Window window) {
        if (window.before() >= window.span() || window.after() >= window.span()) {
            throw new IllegalArgumentException("the padding of a pooling window of " + window.span()
                    + " must be smaller, got " + window.before() + " and " + window.after());
        }
    }

    /**
     * {@return a square window with one stride and the same padding on all four sides}
     *
     * @param kernel rows and columns of the window, at least 1
     * @param stride positions from one window to the next, at least 1
     * @param padding positions on each side, fewer than the window has
     * @param ceil whether a last window that only starts inside counts too
     * @throws IllegalArgumentException if a number is out of range, see {@link Window}
     */
    public static PoolingGeometry of(int kernel, int stride, int padding, boolean ceil) {
        return new PoolingGeometry(Window.of(kernel, stride, padding), Window.of(kernel, stride, padding), ceil);
    }

    /**
     * {@return the shape {@code (H', W', C)} to which a feature map {@code (H, W, C)} is pooled}
     *
     * @param input {@code (H, W, C)}
     */
    public Shape outputShape(Shape input) {
        return Shape.of(count(rows, input.dim(0)), count(columns, input.dim(1)), input.dim(2));
    }

    private int count(Window window, int length) {
        return ceil ? window.countWithPartial(length) : window.count(length);
    }
}
