package dev.sectional.nn.layer;

import dev.sectional.core.Window;

/**
 * The window of a convolution or pooling in both directions, and copies of it with one property changed.
 *
 * @param rows from top to bottom
 * @param columns from left to right
 */
record Windows(Window rows, Window columns) {

    Windows stride(int down, int right) {
        return new Windows(new Window(rows.size(), down, rows.before(), rows.after(), rows.dilation()),
                new Window(columns.size(), right, columns.before(), columns.after(), columns.dilation()));
    }

    Windows padding(int top, int left, int bottom, int right) {
        return new Windows(new Window(rows.size(), rows.stride(), top, bottom, rows.dilation()),
                new Window(columns.size(), columns.stride(), left, right, columns.dilation()));
    }

    Windows dilation(int down, int right) {
        return new Windows(new Window(rows.size(), rows.stride(), rows.before(), rows.after(), down),
                new Window(columns.size(), columns.stride(), columns.before(), columns.after(), right));
    }
}
