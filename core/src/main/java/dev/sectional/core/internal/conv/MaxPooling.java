package dev.sectional.core.internal.conv;

import dev.sectional.core.PoolingGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;
import java.util.Arrays;

/** Max pooling of one feature map {@code (H, W, C)} and the routing of values to each window's first greatest unit. */
public final class MaxPooling {
    /** Channels of one task: a task owns its channels, so overlapping windows are added in one order. */
    private static final int CHANNELS = 64;

    private final PoolingGeometry geometry;
    private final Window rows;
    private final Window columns;

    public MaxPooling(PoolingGeometry geometry) {
        this.geometry = geometry;
        rows = geometry.rows();
        columns = geometry.columns();
    }

    /** The greatest value of each window. */
    public Tensor max(Execution execution, Tensor x) {
        Tensor y = execution.tensor(geometry.outputShape(x.shape()));
        int channels = x.shape().dim(2);
        int width = y.shape().dim(1);
        execution.workers().run(y.shape().dim(0), row -> {
            for (int column = 0; column < width; column++) {
                int to = (row * width + column) * channels;
                Arrays.fill(y.data(), to, to + channels, Float.NEGATIVE_INFINITY);
                for (int tapY = rows.firstTap(row); tapY < rows.endTap(row, x.shape().dim(0)); tapY++) {
                    int line = rows.place(row, tapY) * x.shape().dim(1);
                    for (int tapX = columns.firstTap(column); tapX < columns.endTap(column, x.shape().dim(1)); tapX++) {
                        execution.kernels().max(x.data(), (line + columns.place(column, tapX)) * channels, y.data(), to, channels);
                    }
                }
            }
        });
        return y;
    }

    /**
     * Hands each outputGradient value whole to the first greatest unit of its window, in scan order; where windows overlap
     * they add up. This is both the gradient of max pooling and its relevance rule.
     *
     * @param x the map that was pooled
     * @param outputGradient the shape of the pooled map
     */
    public Tensor routeToFirstMax(Execution execution, Tensor x, Tensor outputGradient) {
        Shape shape = x.shape();
        Shape pooled = geometry.outputShape(shape);
        if (!outputGradient.shape().equals(pooled)) {
            throw new IllegalArgumentException("pooling " + shape + " wants values of shape " + pooled + ", got " + outputGradient.shape());
        }
        Tensor handed = execution.tensor(shape);
        Arrays.fill(handed.data(), 0f);
        int channels = shape.dim(2);
        if (rows.stride() >= rows.span() && columns.stride() >= columns.span()) {
            execution.workers().run(pooled.dim(0), row -> hand(execution, x, outputGradient, row, 0, channels, handed));
            return handed;
        }
        execution.workers().run((channels + CHANNELS - 1) / CHANNELS, task -> {
            int from = task * CHANNELS;
            for (int row = 0; row < pooled.dim(0); row++) {
                hand(execution, x, outputGradient, row, from, Math.min(CHANNELS, channels - from), handed);
            }
        });
        return handed;
    }

    /** One row of windows, some channels of it at once: place after place, until the relevance is taken. */
    private void hand(Execution execution, Tensor x, Tensor outputGradient, int row, int from, int count, Tensor handed) {
        Kernels kernels = execution.kernels();
        int width = x.shape().dim(1);
        int channels = x.shape().dim(2);
        float[] best = execution.acquire(count);
        float[] rest = execution.acquire(count);
        int steps = outputGradient.shape().dim(1);
        for (int step = 0; step < steps; step++) {
            Arrays.fill(best, Float.NEGATIVE_INFINITY);
            System.arraycopy(outputGradient.data(), (row * steps + step) * channels + from, rest, 0, count);
            for (int pass = 0; pass < 2; pass++) {
                for (int tapY = rows.firstTap(row); tapY < rows.endTap(row, x.shape().dim(0)); tapY++) {
                    for (int tapX = columns.firstTap(step); tapX < columns.endTap(step, width); tapX++) {
                        int at = (rows.place(row, tapY) * width + columns.place(step, tapX)) * channels + from;
                        if (pass == 0) {
                            kernels.max(x.data(), at, best, 0, count);
                        } else {
                            kernels.routeToFirstMax(x.data(), at, best, rest, handed.data(), count);
                        }
                    }
                }
            }
        }
        execution.release(best);
        execution.release(rest);
    }
}
