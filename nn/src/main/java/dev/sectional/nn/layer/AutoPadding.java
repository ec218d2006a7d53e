package dev.sectional.nn.layer;

import dev.sectional.core.Window;

/**
 * Padding that depends on the size of the input, as ONNX's {@code auto_pad} and TensorFlow's {@code same}: along each
 * side there are {@code ceil(length / stride)} windows, and as many padded positions as these need.
 */
public enum AutoPadding {
    /** The padding of the layer. */
    NONE,
    /** An odd number of padded positions has one more after the side. */
    SAME_UPPER,
    /** An odd number of padded positions has one more before the side. */
    SAME_LOWER;

    /** Returns the window with the padding for a side. */
    Window at(Window window, int length) {
        if (this == NONE) {
            return window;
        }
        int windows = (length + window.stride() - 1) / window.stride();
        int all = Math.max(0, (windows - 1) * window.stride() + window.span() - length);
        int before = this == SAME_UPPER ? all / 2 : all - all / 2;
        return new Window(window.size(), window.stride(), before, all - before, window.dilation());
    }

    Windows at(Windows windows, int rows, int columns) {
        return this == NONE ? windows : new Windows(at(windows.rows(), rows), at(windows.columns(), columns));
    }

    /**
     * Checks that a layer with padding by the input's size has no padding of its own.
     *
     * @throws IllegalArgumentException if it has
     */
    void requireOnly(Window rows, Window columns) {
        if (this != NONE && rows.before() + rows.after() + columns.before() + columns.after() > 0) {
            throw new IllegalArgumentException("padding by the input's size excludes a given padding, got " + rows
                    + " and " + columns);
        }
    }
}
