package dev.sectional.core.internal.conv;

import dev.sectional.core.Shape;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;

/**
 * The filter gradients of the two signs of relevance r for a 1x1 convolution of stride 1, {@code G+ = x^T max(r, 0)}
 * and {@code G- = x^T max(-r, 0)}, and the relevance of the inputs that follows from them. Each map is read from memory
 * as few times as possible: positions are processed in blocks that stay in the cache through all products of a block.
 *
 * <p>Every element is summed in one order, whatever the number of threads.
 */
public final class SignSplitPointwise {
    /** Positions of one block of the filter gradients: a panel of r of this depth stays in the first-level cache. */
    private static final int DEPTH = 256;
    /** Greatest number of positions of one block of the relevance. */
    private static final int ROWS = 120;

    private final Execution execution;
    private final Kernels kernels;
    private final float[] x;
    private final int channels;
    private final float[] r;
    private final int positions;
    private final int outputs;
    /** {@code G+} and {@code G-} side by side, {@code (C, 2 O)}. */
    private final PackedMatrix filters;
    /** Their transpose, {@code (2 O, C)}. */
    private final PackedMatrix transposed;

    private SignSplitPointwise(Execution execution, float[] x, int channels, float[] r, int outputs, int positions) {
        this.execution = execution;
        kernels = execution.kernels();
        this.x = x;
        this.channels = channels;
        this.r = r;
        this.outputs = outputs;
        this.positions = positions;
        filters = PackedMatrix.uninitialized(execution, channels, 2 * outputs);
        transposed = PackedMatrix.uninitialized(execution, 2 * outputs, channels);
    }

    /** Returns whether the kernels can compute products with this number of channels. */
    public static boolean fits(Execution execution, int channels) {
        return channels >= execution.kernels().mr();
    }

    /**
     * Writes {@code x (conv^T(s+, G+) - conv^T(s-, G-))} with {@code s+ = max(r, 0) / conv(x, G+)} and
     * {@code s- = max(-r, 0) / conv(x, G-)}.
     *
     * @param x {@code (positions, C)}, at least 0
     * @param r {@code (positions, O)}
     * @param relevance receives {@code (positions, C)}
     * @return the sum of r where its divisor is 0
     */
    public static double propagate(Execution execution, float[] x, int channels, float[] r, int outputs, int positions,
                                   float[] relevance) {
        SignSplitPointwise products = new SignSplitPointwise(execution, x, channels, r, outputs, positions);
        products.computeFilters();
        products.transpose();
        double dead = products.divideAndMultiply(relevance);
        products.filters.release(execution);
        products.transposed.release(execution);
        return dead;
    }

    /** Each task computes neighbouring tiles of both signs, so that a block of inputs is read for all of them. */
    private void computeFilters() {
        int tiles = (channels + kernels.mr() - 1) / kernels.mr();
        int all = Math.multiplyExact(filters.panelCount(), tiles);
        int tasks = Math.min(all, execution.workers().threads());
        execution.workers().run(tasks, task ->
                computeTiles(tiles, (int) ((long) task * all / tasks), (int) ((task + 1L) * all / tasks)));
    }

    /** Computes the tiles {@code from <= i < to} of all panels, {@code tiles} of each. */
    private void computeTiles(int tiles, int from, int to) {
        int nr = kernels.nr();
        int mr = kernels.mr();
        float[] q = execution.acquire(DEPTH * nr);
        float[] sums = execution.acquire(Shape.of(to - from, mr, nr).size());
        for (int position = 0; position < positions; position += DEPTH) {
            int depth = Math.min(DEPTH, positions - position);
            for (int i = from; i < to; i++) {
                if (i == from || i % tiles == 0) {
                    pack(i / tiles, position, depth, q, 0);
                }
                int row = Math.min(i % tiles * mr, channels - mr);   // the last tile repeats rows of the one before it
                kernels.gemmTransAMicroKernel(x, position * channels + row, channels, q, 0, depth, sums,
                        (i - from) * mr * nr, nr, position > 0);
            }
        }
        for (int i = from; i < to; i++) {
            int row = i % tiles * mr;
            int repeated = Math.max(0, row - (channels - mr));
            System.arraycopy(sums, ((i - from) * mr + repeated) * nr, filters.panels(),
                    filters.panelStart(i / tiles) + row * nr, (mr - repeated) * nr);
        }
        execution.release(q);
        execution.release(sums);
    }

    /** Packs some positions of one panel of {@code max(r, 0)} and {@code max(-r, 0)} side by side. */
    private void pack(int panel, int position, int depth, float[] q, int start) {
        int nr = kernels.nr();
        int column = panel * nr;
        int end = Math.min(2 * outputs, column + nr);
        int positive = Math.max(0, Math.min(end, outputs) - column);
        int negative = end - column - positive;
        int source = position * outputs;
        for (int k = 0, to = start; k < depth; k++, source += outputs, to += nr) {
            if (positive > 0) {
                kernels.combineWithAbs(0.5f, 0.5f, r, source + column, q, to, positive);
            }
            if (negative > 0) {
                kernels.combineWithAbs(-0.5f, 0.5f, r, source + column + positive - outputs, q, to + positive,
                        negative);
            }
            for (int i = end - column; i < nr; i++) {
                q[to + i] = 0;
            }
        }
    }

    private void transpose() {
        int nr = kernels.nr();
        execution.workers().run(transposed.panelCount(), panel -> {
            int used = Math.min(nr, channels - panel * nr);
            for (int from = 0; from < filters.panelCount(); from++) {
                int start = filters.panelStart(from) + panel * nr * nr;
                int rows = Math.min(nr, 2 * outputs - from * nr);
                int to = transposed.panelStart(panel) + from * nr * nr;
                kernels.transpose(filters.panels(), start, nr, used, rows, transposed.panels(), to, nr);
            }
        });
    }

    private double divideAndMultiply(float[] relevance) {
        int rows = GemmTasks.evenRows(positions, ROWS, kernels.mr());
        return ChunkedReduction.sumOfTasks(execution, (positions + rows - 1) / rows, task -> {
            int first = task * rows;
            int count = Math.min(rows, positions - first);
            float[] z = execution.acquire(count * 2 * outputs);
            Gemm.multiplyRows(execution, x, first * channels, count, filters, z);
            double dead = 0;
            for (int i = 0; i < count; i++) {
                dead += kernels.ratiosBySign(r, (first + i) * outputs, z, i * 2 * outputs, outputs, outputs);
            }
            float[] c = execution.acquire(count * channels);
            Gemm.multiplyRows(execution, z, 0, count, transposed, c);
            execution.release(z);
            kernels.multiply(x, first * channels, c, 0, count * channels);
            System.arraycopy(c, 0, relevance, first * channels, count * channels);
            execution.release(c);
            return dead;
        });
    }
}
