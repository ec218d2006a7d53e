package dev.sectional.core;

import java.util.Arrays;

/**
 * Max pooling of one map {@code (H, W, C)} and the index of each window's greatest unit. Padded places never win.
 *
 * @param rows the window from top to bottom, its padding smaller than its span
 * @param columns the window from left to right, its padding smaller than its span
 * @param ceil whether a last window that only begins inside the map or the padding before it counts too
 */
public record Pooling(Window rows, Window columns, boolean ceil) {
    /** Channels of one task: a task owns its channels, so overlapping windows are added in one order. */
    private static final int CHANNELS = 64;

    /** Checks the numbers. */
    public Pooling {
        requireSmallPadding(rows);
        requireSmallPadding(columns);
    }

    private static void requireSmallPadding(Window window) {
        if (window.before() >= window.span() || window.after() >= window.span()) {
            throw new IllegalArgumentException("a pooling window of " + window.span() + " wants less padding than that, got "
                    + window.before() + " and " + window.after());
        }
    }

    /** A square window with one stride, and one padding on all sides. */
    public static Pooling of(int kernel, int stride, int padding, boolean ceil) {
        return new Pooling(Window.of(kernel, stride, padding), Window.of(kernel, stride, padding), ceil);
    }

    /** The shape {@code (H', W', C)} that a map {@code (H, W, C)} is pooled to. */
    public Shape outputShape(Shape input) {
        return Shape.of(count(rows, input.dim(0)), count(columns, input.dim(1)), input.dim(2));
    }

    private int count(Window window, int length) {
        return ceil ? window.countWithPartial(length) : window.count(length);
    }

    /** The greatest value of each window. */
    public Tensor max(Engine engine, Tensor x) {
        Tensor y = engine.buffers().tensor(outputShape(x.shape()));
        int channels = x.shape().dim(2);
        int width = y.shape().dim(1);
        engine.workers().run(y.shape().dim(0), row -> {
            for (int column = 0; column < width; column++) {
                int to = (row * width + column) * channels;
                Arrays.fill(y.data(), to, to + channels, Float.NEGATIVE_INFINITY);
                for (int tapY = rows.firstTap(row); tapY < rows.endTap(row, x.shape().dim(0)); tapY++) {
                    int line = rows.place(row, tapY) * x.shape().dim(1);
                    for (int tapX = columns.firstTap(column); tapX < columns.endTap(column, x.shape().dim(1)); tapX++) {
                        engine.kernels().max(x.data(), (line + columns.place(column, tapX)) * channels, y.data(), to, channels);
                    }
                }
            }
        });
        return y;
    }

    /**
     * Hands each upstream value whole to the first greatest unit of its window, in scan order; where windows overlap
     * they add up. This is both the gradient of max pooling and its relevance rule.
     *
     * @param x the map that was pooled
     * @param upstream the shape of the pooled map
     */
    public Tensor toWinners(Engine engine, Tensor x, Tensor upstream) {
        Shape shape = x.shape();
        Shape pooled = outputShape(shape);
        if (!upstream.shape().equals(pooled)) {
            throw new IllegalArgumentException("pooling " + shape + " wants values of shape " + pooled + ", got " + upstream.shape());
        }
        Tensor handed = engine.buffers().tensor(shape);
        Arrays.fill(handed.data(), 0f);
        int channels = shape.dim(2);
        if (rows.stride() >= rows.span() && columns.stride() >= columns.span()) {
            engine.workers().run(pooled.dim(0), row -> hand(engine, x, upstream, row, 0, channels, handed));
            return handed;
        }
        engine.workers().run((channels + CHANNELS - 1) / CHANNELS, task -> {
            int from = task * CHANNELS;
            for (int row = 0; row < pooled.dim(0); row++) {
                hand(engine, x, upstream, row, from, Math.min(CHANNELS, channels - from), handed);
            }
        });
        return handed;
    }

    /** One row of windows, some channels of it at once: place after place, until the relevance is taken. */
    private void hand(Engine engine, Tensor x, Tensor upstream, int row, int from, int count, Tensor handed) {
        Kernels kernels = engine.kernels();
        int width = x.shape().dim(1);
        int channels = x.shape().dim(2);
        float[] best = engine.buffers().take(count);
        float[] rest = engine.buffers().take(count);
        int steps = upstream.shape().dim(1);
        for (int step = 0; step < steps; step++) {
            Arrays.fill(best, Float.NEGATIVE_INFINITY);
            System.arraycopy(upstream.data(), (row * steps + step) * channels + from, rest, 0, count);
            for (int pass = 0; pass < 2; pass++) {
                for (int tapY = rows.firstTap(row); tapY < rows.endTap(row, x.shape().dim(0)); tapY++) {
                    for (int tapX = columns.firstTap(step); tapX < columns.endTap(step, width); tapX++) {
                        int at = (rows.place(row, tapY) * width + columns.place(step, tapX)) * channels + from;
                        if (pass == 0) {
                            kernels.max(x.data(), at, best, 0, count);
                        } else {
                            kernels.claim(x.data(), at, best, rest, handed.data(), count);
                        }
                    }
                }
            }
        }
        engine.buffers().give(best);
        engine.buffers().give(rest);
    }
}
