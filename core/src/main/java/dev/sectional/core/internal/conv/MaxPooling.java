package dev.sectional.core.internal.conv;

import dev.sectional.core.PoolingGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/** Max pooling of one feature map {@code (H, W, C)}, and the routing of values to each window's first maximum. */
public final class MaxPooling {
    /** Channels of one task. A task owns its channels, so that overlapping windows are added in one order. */
    private static final int TASK_CHANNELS = 64;

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
        int channels = x.shape().dim(2);
        int steps = y.shape().dim(1);
        int[] whole = offsets(rows.size(), columns.size(), x.shape());
        execution.workers().run(y.shape().dim(0), row -> {
            for (int step = 0; step < steps; step++) {
                execution.kernels().maxOfWindow(x.data(), start(row, step, x.shape()),
                        window(row, step, x.shape(), whole), y.data(), (row * steps + step) * channels, channels);
            }
        });
        return y;
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
        Arrays.fill(routed.data(), 0f);
        int channels = shape.dim(2);
        if (rows.stride() >= rows.span() && columns.stride() >= columns.span()) {
            execution.workers().run(pooled.dim(0), row -> route(execution, x, values, row, 0, channels, routed));
            return routed;
        }
        execution.workers().run((channels + TASK_CHANNELS - 1) / TASK_CHANNELS, task -> {
            int from = task * TASK_CHANNELS;
            for (int row = 0; row < pooled.dim(0); row++) {
                route(execution, x, values, row, from, Math.min(TASK_CHANNELS, channels - from), routed);
            }
        });
        return routed;
    }

    private void route(Execution execution, Tensor x, Tensor values, int row, int from, int count, Tensor routed) {
        int channels = x.shape().dim(2);
        int steps = values.shape().dim(1);
        int[] whole = offsets(rows.size(), columns.size(), x.shape());
        for (int step = 0; step < steps; step++) {
            execution.kernels().routeToFirstMax(x.data(), start(row, step, x.shape()) + from,
                    window(row, step, x.shape(), whole), values.data(), (row * steps + step) * channels + from,
                    routed.data(), count);
        }
    }
}
