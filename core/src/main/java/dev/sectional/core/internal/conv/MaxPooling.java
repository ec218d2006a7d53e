package dev.sectional.core.internal.conv;

import dev.sectional.core.PoolingGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/** Max pooling of one feature map {@code (H, W, C)}, and the routing of values to each window's first maximum. */
public final class MaxPooling {
    /** Rows of windows of one task where windows overlap: fixed, so that no bit depends on threads. */
    private static final int TASK_ROWS = 4;

    private final PoolingGeometry geometry;
    private final Window rows;
    private final Window columns;

    /** Creates a pooling with the given windows. */
    public MaxPooling(PoolingGeometry geometry) {
        this.geometry = geometry;
        rows = geometry.rows();
        columns = geometry.columns();
    }

    /**
     * Returns the greatest element of each window.
     *
     * @param x {@code (H, W, C)}
     * @return {@code (H', W', C)}, owned by the caller
     */
    public Tensor max(Execution execution, Tensor x) {
        Tensor y = execution.tensor(geometry.outputShape(x.shape()));
        int[] whole = offsets(rows.size(), columns.size(), x.shape());
        execution.workers().run(y.shape().dim(0),
                row -> maxOfRow(execution, x.shape(), row, whole, x.data(), 0, y.data(), 0));
        return y;
    }

    /** Computes one output row of a map of shape {@code (H, W, C)}; the arrays hold rows from {@code first...} on. */
    private void maxOfRow(Execution execution, Shape x, int row, int[] whole, float[] from, int firstOfX, float[] to,
                          int firstOfY) {
        int channels = x.dim(2);
        int steps = geometry.outputShape(x).dim(1);
        int shift = firstOfX * x.dim(1) * channels;
        for (int step = 0; step < steps; step++) {
            execution.kernels().maxOfWindow(from, start(row, step, x) - shift, window(row, step, x, whole), to,
                    ((row - firstOfY) * steps + step) * channels, channels);
        }
    }

    /** Returns the pooling as a step of bands. */
    RowBands.Stage stage(Execution execution, Shape input) {
        int[] whole = offsets(rows.size(), columns.size(), input);
        return new RowBands.Stage(geometry.outputShape(input)) {
            @Override
            int firstRow(int row) {
                return rows.position(row, rows.firstOffset(row));
            }

            @Override
            int endRow(int row) {
                return rows.position(row, rows.endOffset(row, input.dim(0)) - 1) + 1;
            }

            @Override
            void compute(int from, int to, float[] x, int firstOfX, float[] y, int firstOfY) {
                for (int row = from; row < to; row++) {
                    maxOfRow(execution, input, row, whole, x, firstOfX, y, firstOfY);
                }
            }
        };
    }

    /** Returns the index of the first element of a window that lies inside the feature map. */
    private int start(int row, int step, Shape x) {
        int position = rows.position(row, rows.firstOffset(row)) * x.dim(1)
                + columns.position(step, columns.firstOffset(step));
        return position * x.dim(2);
    }

    /** Returns the offsets of a window's elements inside the feature map from the first one of them, in scan order. */
    private int[] window(int row, int step, Shape x, int[] whole) {
        int height = rows.endOffset(row, x.dim(0)) - rows.firstOffset(row);
        int width = columns.endOffset(step, x.dim(1)) - columns.firstOffset(step);
        return height == rows.size() && width == columns.size() ? whole : offsets(height, width, x);
    }

    private int[] offsets(int height, int width, Shape x) {
        int[] offsets = new int[Math.max(0, height) * Math.max(0, width)];
        Arrays.setAll(offsets, i -> (i / width * rows.dilation() * x.dim(1) + i % width * columns.dilation())
                * x.dim(2));
        return offsets;
    }

    /**
     * Routes one value per window and channel to the window's first greatest element in scan order. Where windows
     * overlap, the values are added. This is both the gradient of max pooling and its relevance rule.
     *
     * @param x the pooled feature map {@code (H, W, C)}
     * @param values {@code (H', W', C)}
     * @return {@code (H, W, C)}, owned by the caller
     */
    public Tensor routeToFirstMax(Execution execution, Tensor x, Tensor values) {
        Shape shape = x.shape();
        Shape pooled = geometry.outputShape(shape);
        if (!values.shape().equals(pooled)) {
            throw new IllegalArgumentException("pooling " + shape + " wants values of shape " + pooled
                    + ", got " + values.shape());
        }
        Tensor routed = execution.tensor(shape);
        execution.clear(routed.data());
        if (rows.stride() >= rows.span() && columns.stride() >= columns.span()) {
            execution.workers().run(pooled.dim(0), row -> route(execution, x, values, row, routed));
            return routed;
        }
        // Tasks whose windows share rows of x run one after the other: every k-th of them at the same time.
        int tasks = (pooled.dim(0) + TASK_ROWS - 1) / TASK_ROWS;
        int rowsOfTask = TASK_ROWS * rows.stride();
        int apart = 1 + Math.max(0, rows.span() - rows.stride() + rowsOfTask - 1) / rowsOfTask;
        for (int first = 0; first < Math.min(apart, tasks); first++) {
            int from = first;
            execution.workers().run((tasks - first + apart - 1) / apart, task -> {
                int start = (from + task * apart) * TASK_ROWS;
                for (int row = start; row < Math.min(pooled.dim(0), start + TASK_ROWS); row++) {
                    route(execution, x, values, row, routed);
                }
            });
        }
        return routed;
    }

    private void route(Execution execution, Tensor x, Tensor values, int row, Tensor routed) {
        int channels = x.shape().dim(2);
        int steps = values.shape().dim(1);
        int[] whole = offsets(rows.size(), columns.size(), x.shape());
        for (int step = 0; step < steps; step++) {
            execution.kernels().routeToFirstMax(x.data(), start(row, step, x.shape()),
                    window(row, step, x.shape(), whole), values.data(), (row * steps + step) * channels, routed.data(),
                    channels);
        }
    }
}
