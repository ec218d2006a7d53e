package dev.sectional.nn.layer;

import dev.sectional.core.Shape;
import dev.sectional.core.Window;

/** The average of each window, per channel. */
public final class AvgPool2d extends AveragePooling {
    private final Window rows;
    private final Window columns;
    private final boolean ceil;
    private final boolean countPadding;

    /**
     * @param rows the window from top to bottom, neighbouring taps
     * @param columns the window from left to right, neighbouring taps
     * @param ceil whether a last window that leaves the padded map counts too
     * @param countPadding whether padded places count as zeros; else the average is over the places inside the map
     */
    public AvgPool2d(Window rows, Window columns, boolean ceil, boolean countPadding) {
        if (rows.dilation() != 1 || columns.dilation() != 1) {
            throw new IllegalArgumentException("average pooling takes windows of neighbouring places, got a dilation of "
                    + Math.max(rows.dilation(), columns.dilation()));
        }
        if (Math.max(rows.before(), rows.after()) >= rows.size() || Math.max(columns.before(), columns.after()) >= columns.size()) {
            throw new IllegalArgumentException("average pooling wants less padding than the window's size, got " + rows + " and " + columns);
        }
        this.rows = rows;
        this.columns = columns;
        this.ceil = ceil;
        this.countPadding = countPadding;
    }

    @Override
    Shape cells(Shape input) {
        return Shape.of(count(rows, input.dim(0)), count(columns, input.dim(1)));
    }

    private int count(Window window, int length) {
        return ceil ? window.countWithPartial(length) : window.count(length);
    }

    @Override
    Cell cell(Shape input, int row, int column) {
        int top = row * rows.stride() - rows.before();
        int left = column * columns.stride() - columns.before();
        int bottom = Math.min(top + rows.size(), input.dim(0) + rows.after());
        int right = Math.min(left + columns.size(), input.dim(1) + columns.after());
        Cell inside = new Cell(Math.max(top, 0), Math.min(bottom, input.dim(0)), Math.max(left, 0), Math.min(right, input.dim(1)));
        return countPadding ? inside.of((bottom - top) * (right - left)) : inside;
    }
}
