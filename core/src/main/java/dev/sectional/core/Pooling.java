package dev.sectional.core;

import java.util.Arrays;

/**
 * Max pooling of one map {@code (H, W, C)} and the index of each window's greatest unit.
 *
 * @param kernel side of the window, at least 1
 * @param stride step of the window, at least 1
 * @param padding places around the map that never win, at most half the kernel
 * @param ceil whether a last window that only begins inside the map or its left padding counts too
 */
public record Pooling(int kernel, int stride, int padding, boolean ceil) {
    /** Channels of one task: a task owns its channels, so overlapping windows are added in one order. */
    private static final int CHANNELS = 16;

    /** Checks the numbers. */
    public Pooling {
        if (kernel < 1 || stride < 1 || padding < 0 || 2 * padding > kernel) {
            throw new IllegalArgumentException("pooling wants kernel >= 1, stride >= 1 and 0 <= padding <= kernel / 2, got "
                    + kernel + ", " + stride + " and " + padding);
        }
    }

    /**
     * The size of the output along one side.
     *
     * @throws IllegalArgumentException if the kernel is larger than the padded input
     */
    public int outputSize(int size) {
        int room = size + 2 * padding - kernel;
        if (size < 1 || room < 0) {
            throw new IllegalArgumentException("a pooling window of " + kernel + " does not fit an input of " + size + " with padding " + padding);
        }
        int steps = ceil ? (room + stride - 1) / stride : room / stride;
        if (ceil && steps * stride >= size + padding) {
            steps--;
        }
        return steps + 1;
    }

    /** The shape {@code (H', W', C)} that a map {@code (H, W, C)} is pooled to. */
    public Shape outputShape(Shape input) {
        return Shape.of(outputSize(input.dim(0)), outputSize(input.dim(1)), input.dim(2));
    }

    /** The greatest value of each window. */
    public Tensor max(Engine engine, Tensor x) {
        Tensor y = Tensor.zeros(outputShape(x.shape()));
        int channels = x.shape().dim(2);
        int columns = y.shape().dim(1);
        engine.workers().run(y.shape().dim(0), row -> {
            for (int column = 0; column < columns; column++) {
                int to = (row * columns + column) * channels;
                Arrays.fill(y.data(), to, to + channels, Float.NEGATIVE_INFINITY);
                for (int v = first(row); v < end(row, x.shape().dim(0)); v++) {
                    for (int u = first(column); u < end(column, x.shape().dim(1)); u++) {
                        engine.kernels().max(x.data(), (v * x.shape().dim(1) + u) * channels, y.data(), to, channels);
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
        Tensor handed = Tensor.zeros(shape);
        int channels = shape.dim(2);
        engine.workers().run((channels + CHANNELS - 1) / CHANNELS, task -> {
            int from = task * CHANNELS;
            int count = Math.min(CHANNELS, channels - from);
            float[] best = new float[count];
            int[] winner = new int[count];
            for (int place = 0; place < pooled.dim(0) * pooled.dim(1); place++) {
                winners(x, place / pooled.dim(1), place % pooled.dim(1), from, best, winner);
                for (int c = 0; c < count; c++) {
                    handed.data()[winner[c]] += upstream.data()[place * channels + from + c];
                }
            }
        });
        return handed;
    }

    private void winners(Tensor x, int row, int column, int from, float[] best, int[] winner) {
        int width = x.shape().dim(1);
        int channels = x.shape().dim(2);
        Arrays.fill(best, Float.NEGATIVE_INFINITY);
        int start = (first(row) * width + first(column)) * channels + from;
        Arrays.setAll(winner, c -> start + c);
        for (int v = first(row); v < end(row, x.shape().dim(0)); v++) {
            for (int u = first(column); u < end(column, width); u++) {
                int at = (v * width + u) * channels + from;
                for (int c = 0; c < best.length; c++) {
                    if (x.data()[at + c] > best[c]) {
                        best[c] = x.data()[at + c];
                        winner[c] = at + c;
                    }
                }
            }
        }
    }

    private int first(int step) {
        return Math.max(0, step * stride - padding);
    }

    private int end(int step, int size) {
        return Math.min(size, step * stride - padding + kernel);
    }
}
