package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/**
 * The input gradient of a convolution with few channels, multiplied by its inputs and added up over terms: the shares
 * of an image in relevance. An input {@code (H, W, T C)} holds the C channels of T terms side by side.
 *
 * <p>Products of some output positions with all kernel offsets, one row for each offset and channel, are added to
 * planes while they are in the cache. A plane holds the positions of one offset of the stride's grid and one channel,
 * so that neighbouring products of a row belong to neighbouring elements of a plane. Each task adds up a fixed number
 * of output rows; where the input rows below two tasks overlap, their planes are added in the order of the rows, so
 * that no bit depends on the number of threads.
 */
public final class SmallChannelShares {
    /** Output rows of one task. */
    private static final int ROWS = 8;
    /** Greatest number of products that are computed at once, but at least those of one row of positions. */
    private static final int PRODUCTS = 1 << 16;

    private final Execution execution;
    private final Window rows;
    private final Window columns;
    /** {@code (H', W', O)}. */
    private final Tensor s;
    /** {@code (kh, kw, T C, O)}. */
    private final Tensor filters;
    /** {@code (H, W, T C)}. */
    private final Tensor inputs;
    /** Elements of a plane. */
    private final int length;
    /** Elements of all planes of one input row. */
    private final int rowSize;
    /** Input rows below a task. */
    private final int taskRows;

    private SmallChannelShares(Execution execution, ConvolutionGeometry geometry, Tensor s, Tensor filters,
                               Tensor inputs) {
        this.execution = execution;
        rows = geometry.rows();
        columns = geometry.columns();
        this.s = s;
        this.filters = filters;
        this.inputs = inputs;
        length = (inputs.shape().dim(1) + columns.stride() - 1) / columns.stride();
        rowSize = columns.stride() * inputs.shape().dim(2) * length;
        taskRows = (ROWS - 1) * rows.stride() + rows.span();
    }

    /**
     * Writes the sum over the terms t of {@code x_t conv^T(s, w_t)}.
     *
     * @param s {@code (H', W', O)}
     * @param filters {@code (kh, kw, T C, O)}
     * @param inputs {@code (H, W, T C)}
     * @param shares receives {@code (H, W, C)}
     * @throws IllegalArgumentException if the shapes do not fit
     */
    public static void write(Execution execution, ConvolutionGeometry geometry, Tensor s, Tensor filters,
                             Tensor inputs, Tensor shares) {
        DirectConvolution.requireFit(geometry, inputs.shape(), filters.shape(), s);
        new SmallChannelShares(execution, geometry, s, filters, inputs).write(shares);
    }

    private void write(Tensor shares) {
        float[][] planes = new float[(s.shape().dim(0) + ROWS - 1) / ROWS][];
        Arrays.setAll(planes, task -> execution.acquire(Shape.of(taskRows, rowSize).size()));
        execution.workers().run(planes.length, task -> addProducts(task, planes[task]));
        execution.workers().run(inputs.shape().dim(0), y -> {
            float[] sum = execution.acquire(rowSize);
            Arrays.fill(sum, 0f);
            for (int task = 0; task < planes.length; task++) {
                int row = y - top(task);
                if (row >= 0 && row < taskRows) {
                    execution.add(planes[task], row * rowSize, sum, 0, rowSize);
                }
            }
            multiply(sum, y, shares);
            execution.release(sum);
        });
        for (float[] each : planes) {
            execution.release(each);
        }
    }

    /** Returns the first input row below a task, which may lie in the padding. */
    private int top(int task) {
        return task * ROWS * rows.stride() - rows.before();
    }

    private void addProducts(int task, float[] planes) {
        Arrays.fill(planes, 0f);
        int outputs = s.shape().dim(2);
        int width = s.shape().dim(1);
        int rowCount = filters.shape().size() / Math.max(1, outputs);
        int end = Math.min(s.shape().dim(0), (task + 1) * ROWS);
        int some = Math.max(1, PRODUCTS / Math.max(1, rowCount * width));
        for (int row = task * ROWS; row < end; row += some) {
            int count = Math.min(some, end - row) * width;
            PackedMatrix transposed = PackedMatrix.uninitialized(execution, outputs, count);
            for (int panel = 0; panel < transposed.panelCount(); panel++) {
                transposed.fill(panel, 0, outputs, s.data(), row * width * outputs, 1, outputs);
            }
            float[] products = execution.acquire(Shape.of(rowCount, count).size());
            Gemm.multiplyRows(execution, filters.data(), 0, rowCount, transposed, products);
            transposed.release(execution);
            for (int i = 0; i < count / width; i++) {
                addRow(products, count, i * width, planes, (row + i - task * ROWS) * rows.stride(), top(task));
            }
            execution.release(products);
        }
    }

    /** Adds the products of one row of output positions, which starts at {@code from} in each row of products. */
    private void addRow(float[] products, int step, int from, float[] planes, int first, int top) {
        int channels = inputs.shape().dim(2);
        for (int i = 0; i < rows.size(); i++) {
            int y = first + i * rows.dilation();
            if (top + y < 0 || top + y >= inputs.shape().dim(0)) {
                continue;
            }
            for (int j = 0; j < columns.size(); j++) {
                int x = j * columns.dilation() - columns.before();   // of the first output position
                int shift = Math.floorDiv(x, columns.stride());
                int start = Math.max(0, -shift);
                int count = Math.min(s.shape().dim(1), length - shift) - start;
                int at = (i * columns.size() + j) * channels * step + from + start;
                int to = y * rowSize + Math.floorMod(x, columns.stride()) * channels * length + start + shift;
                for (int c = 0; count > 0 && c < channels; c++, at += step, to += length) {
                    execution.add(products, at, planes, to, count);
                }
            }
        }
    }

    /** Multiplies the planes of one input row by the inputs, and adds up the terms. */
    private void multiply(float[] planes, int y, Tensor shares) {
        int channels = shares.shape().dim(2);
        int all = inputs.shape().dim(2);
        int width = inputs.shape().dim(1);
        for (int c = 0; c < channels; c++) {
            for (int phase = 0; phase < columns.stride(); phase++) {
                for (int term = c; term < all; term += channels) {
                    multiply(planes, (phase * all + term) * length, (y * width + phase) * all + term,
                            columns.stride() * all, (width - phase + columns.stride() - 1) / columns.stride(),
                            shares.data(), (y * width + phase) * channels + c, columns.stride() * channels, term > c);
                }
            }
        }
    }

    private void multiply(float[] plane, int start, int from, int step, int count, float[] shares, int to, int toStep,
                          boolean add) {
        float[] x = inputs.data();
        for (int i = 0; i < count; i++) {
            float share = plane[start + i] * x[from + i * step];
            shares[to + i * toStep] = add ? shares[to + i * toStep] + share : share;
        }
    }
}
