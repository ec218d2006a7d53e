package dev.sectional.core.internal.conv;

import dev.sectional.core.Shape;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;
import dev.sectional.core.internal.kernel.SparseKernels;
import java.util.Arrays;

/**
 * What {@link SignSplitPointwise} computes, for relevance with many zeros, as behind a ReLU: multiply-adds are spent on
 * the nonzeros alone, three for each pair of a nonzero and a channel, and both signs together cost what one of them
 * would. Nonzeros are the pairs of {@link SparseKernels}.
 *
 * <p>Every element is summed in one order, whatever the number of threads.
 */
public final class SparsePointwise {
    /** Positions whose inputs stay in the first-level cache while all outputs of a task use them. */
    private static final int BLOCK = 96;
    /** Vectors of channels of one pass over such a block. */
    private static final int VECTORS = 8;
    /** Positions of one task of the relevance. */
    private static final int POSITIONS = 32;
    /** Distance of lists of a block's nonzeros, whose beginnings must not share sets of the cache. */
    private static final int LIST = 2 * BLOCK + 16;
    /** Elements of the filters that a task of the relevance reads again and again: half of a second-level cache. */
    private static final int CACHED = 1 << 17;
    /** Elements of the filters' rows that are multiplied, and read again while they are in the first-level cache. */
    private static final int RECENT = 1 << 12;
    /** As in {@link SparseFilterGradient}: where arrays of at least {@link #LARGE} elements start a cache line. */
    private static final int ALIGNED = 12;
    private static final int LARGE = 1 << 18;

    private final Execution execution;
    private final Kernels kernels;
    private final int channels;
    /** Channels that are computed: whole vectors. */
    private final int width;
    /** Distance of rows of {@link #x} and {@link #filters}, whose rows must not share sets of the cache. */
    private final int step;
    private final float[] inputs;
    private final float[] r;
    private final int positions;
    private final int outputs;
    private final float[] x;
    /** {@code (output, sign, channel)}; the gradients of negative values are negative. */
    private final float[] filters;

    private SparsePointwise(Execution execution, float[] x, int channels, float[] r, int outputs, int positions) {
        this.execution = execution;
        kernels = execution.kernels();
        this.channels = channels;
        inputs = x;
        this.r = r;
        this.outputs = outputs;
        this.positions = positions;
        int lanes = kernels.lanes();
        width = (channels + lanes - 1) / lanes * lanes;
        step = width % (16 * lanes) == 0 ? width + lanes : width;
        this.x = acquireLarge(Shape.of(positions, step).size());
        filters = acquireLarge(Shape.of(outputs, 2, step).size());
        execution.workers().parallelChunks(positions, (from, to) -> {
            for (int position = from; position < to; position++) {
                int at = ALIGNED + position * step;
                System.arraycopy(x, position * channels, this.x, at, channels);
                Arrays.fill(this.x, at + channels, at + width, 0f);
            }
        });
    }

    private float[] acquireLarge(int size) {
        return execution.acquire(Math.max(LARGE, ALIGNED + size));
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
        SparsePointwise products = new SparsePointwise(execution, x, channels, r, outputs, positions);
        int tasks = Math.min(outputs, execution.workers().threads());
        execution.workers().run(tasks, task ->
                products.computeFilters(task * outputs / tasks, (task + 1) * outputs / tasks));
        int blocks = (positions + POSITIONS - 1) / POSITIONS;
        double dead = ChunkedReduction.sumOfTasks(execution, blocks, task ->
                products.propagate(task * POSITIONS, Math.min(positions, (task + 1) * POSITIONS), relevance));
        execution.release(products.x);
        execution.release(products.filters);
        return dead;
    }

    private void computeFilters(int firstOutput, int endOutput) {
        int count = endOutput - firstOutput;
        float[] lists = execution.acquire(2 * count * LIST);
        float[] row = execution.acquire(2 * count + 2);
        int[] ends = new int[2 * count];
        int chunk = VECTORS * kernels.lanes();
        for (int first = 0; first < positions; first += BLOCK) {
            int end = Math.min(positions, first + BLOCK);
            Arrays.setAll(ends, i -> i * LIST);
            for (int position = first; position < end; position++) {
                list(position, firstOutput, endOutput, row, lists, ends);
            }
            for (int from = 0; from < width; from += chunk) {
                int some = Math.min(chunk, width - from);
                int to = ALIGNED + 2 * firstOutput * step + from;
                for (int i = 0; i < ends.length; i++) {
                    kernels.sparseRows(lists, i * LIST, ends[i], x, ALIGNED + from, filters, to + i * step, some,
                            first > 0);
                }
            }
        }
        execution.release(lists);
        execution.release(row);
    }

    /** Adds the nonzeros of one position to the lists of their outputs and signs. */
    private void list(int position, int firstOutput, int endOutput, float[] row, float[] lists, int[] ends) {
        int count = listOutputs(position * outputs, firstOutput, endOutput, 1, row);
        float at = Float.intBitsToFloat(position * step);
        for (int i = 0; i < count; i += 2) {
            int list = Float.floatToRawIntBits(row[i]) - 2 * firstOutput;
            int end = ends[list];
            lists[end] = at;
            lists[end + 1] = row[i + 1];
            ends[list] = end + 2;
        }
    }

    private double propagate(int first, int end, float[] relevance) {
        int some = Math.max(1, Math.min(outputs, CACHED / (2 * step)));
        int batch = 2 * Math.max(8, RECENT / step);
        float[] list = execution.acquire(2 * some + 2);
        float[] z = execution.acquire(batch);
        float[] sums = execution.acquire(POSITIONS * width);
        double dead = 0;
        for (int from = 0; from < outputs; from += some) {
            int count = Math.min(some, outputs - from);
            for (int position = first; position < end; position++) {
                int pairs = listOutputs(position * outputs, from, from + count, step, list);
                int at = (position - first) * width;
                for (int i = 0; i < pairs || i == 0; i += batch) {
                    int to = Math.min(pairs, i + batch);
                    kernels.sparseDots(list, i, to, filters, ALIGNED, x, ALIGNED + position * step, width, z);
                    dead += divide(list, i, to, z);
                    kernels.sparseRows(list, i, to, filters, ALIGNED, sums, at, width, from + i > 0);
                }
            }
        }
        for (int position = first; position < end; position++) {
            System.arraycopy(sums, (position - first) * width, relevance, position * channels, channels);
        }
        kernels.multiply(inputs, first * channels, relevance, first * channels, (end - first) * channels);
        execution.release(list);
        execution.release(z);
        execution.release(sums);
        return dead;
    }

    /**
     * Lists the nonzeros of some outputs of a position, without a branch, since signs are hard to predict. Returns the
     * end of the list.
     *
     * @param distance of the offsets of neighbouring filters
     */
    private int listOutputs(int start, int from, int to, int distance, float[] list) {
        int end = 0;
        for (int output = from; output < to; output++) {
            float value = r[start + output];
            int bits = Float.floatToRawIntBits(value);
            list[end] = Float.intBitsToFloat((2 * output + (bits >>> 31)) * distance);
            list[end + 1] = value;
            end += (bits << 1 | -(bits << 1)) >>> 31 << 1;
        }
        return end;
    }

    /** Divides values by the sums of products, which have their sign. Returns the sum of values whose divisor is 0. */
    private static double divide(float[] list, int from, int to, float[] z) {
        double dead = 0;
        for (int i = from, at = 0; i < to; i += 2, at++) {
            float value = list[i + 1];
            boolean zero = z[at] == 0;
            dead += zero ? value : 0;
            list[i + 1] = zero ? 0 : value / z[at];
        }
        return dead;
    }
}
