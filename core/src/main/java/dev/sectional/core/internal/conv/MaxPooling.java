package dev.sectional.core.internal.conv;

import dev.sectional.core.PoolingGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;
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
        int width = x.shape().dim(1);
        int steps = y.shape().dim(1);
        int[] whole = wholeWindow(width, channels);
        execution.workers().run(y.shape().dim(0), row -> {
            boolean wholeRows = isWhole(rows, row, x.shape().dim(0));
            for (int step = 0; step < steps; step++) {
                int to = (row * steps + step) * channels;
                if (wholeRows && isWhole(columns, step, width)) {
                    int start = (rows.position(row, 0) * width + columns.position(step, 0)) * channels;
                    execution.kernels().maxOfWindow(x.data(), start, whole, y.data(), to, channels);
                    continue;
                }
                Arrays.fill(y.data(), to, to + channels, Float.NEGATIVE_INFINITY);
                for (int i = rows.firstOffset(row); i < rows.endOffset(row, x.shape().dim(0)); i++) {
                    int line = rows.position(row, i) * width;
                    for (int j = columns.firstOffset(step); j < columns.endOffset(step, width); j++) {
                        int start = (line + columns.position(step, j)) * channels;
                        execution.kernels().max(x.data(), start, y.data(), to, channels);
                    }
                }
            }
        });
        return y;
    }

    private static boolean isWhole(Window window, int step, int length) {
        return window.firstOffset(step) == 0 && window.endOffset(step, length) == window.size();
    }

    /** Returns the offsets of a window's elements from its first one. */
    private int[] wholeWindow(int width, int channels) {
        int[] offsets = new int[rows.size() * columns.size()];
        Arrays.setAll(offsets, i -> (i / columns.size() * rows.dilation() * width
                + i % columns.size() * columns.dilation()) * channels);
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

    /**
     * Routes the values of one row of windows in two passes over each: one finds the maximum, one the first equal
     * element.
     */
    private void route(Execution execution, Tensor x, Tensor values, int row, int from, int count, Tensor routed) {
        Kernels kernels = execution.kernels();
        int width = x.shape().dim(1);
        int channels = x.shape().dim(2);
        float[] max = execution.acquire(count);
        float[] rest = execution.acquire(count);
        int steps = values.shape().dim(1);
        for (int step = 0; step < steps; step++) {
            Arrays.fill(max, Float.NEGATIVE_INFINITY);
            System.arraycopy(values.data(), (row * steps + step) * channels + from, rest, 0, count);
            for (int pass = 0; pass < 2; pass++) {
                for (int i = rows.firstOffset(row); i < rows.endOffset(row, x.shape().dim(0)); i++) {
                    for (int j = columns.firstOffset(step); j < columns.endOffset(step, width); j++) {
                        int position = rows.position(row, i) * width + columns.position(step, j);
                        int start = position * channels + from;
                        if (pass == 0) {
                            kernels.max(x.data(), start, max, 0, count);
                        } else {
                            kernels.routeToFirstMax(x.data(), start, max, rest, routed.data(), count);
                        }
                    }
                }
            }
        }
        execution.release(max);
        execution.release(rest);
    }
}
