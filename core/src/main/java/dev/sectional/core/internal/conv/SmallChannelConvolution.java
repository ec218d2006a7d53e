package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/**
 * Convolution of an input with few channels, such as an image, and its input gradient.
 *
 * <p>With few channels, the rows of a window are short segments of K, and a GEMM over them spends its time starting
 * and storing tiles. {@link #forward} therefore repacks the input so that each window is one contiguous segment. The
 * input gradient would leave most columns of a tile empty; {@link #inputGradient} instead computes the products of all
 * kernel offsets as one row of a GEMM, or with a stride of 2 as one column, and adds each to its position.
 *
 * <p>The caller decides when to use it: {@code dev.sectional.nn.plan} chooses between this class and
 * {@link DirectConvolution}. Results belong to the caller.
 */
public final class SmallChannelConvolution {
    /** Interleaved values of one block of rows: they stay in the second-level cache. */
    private static final int BLOCK_VALUES = 1 << 15;
    /** Input rows of a gradient below which a task would compute too many products again that its neighbours need. */
    private static final int LEAST_TASK_ROWS = 16;

    private final Execution execution;
    private final ConvolutionGeometry convolution;
    private final Window rows;
    private final Window columns;
    private final int channels;
    /** Distance of neighbouring positions in the repacked input. */
    private final int step;

    /** @param channels number of input channels, or of one group of them */
    public SmallChannelConvolution(Execution execution, ConvolutionGeometry convolution, int channels) {
        this.execution = execution;
        this.convolution = convolution;
        this.channels = channels;
        rows = convolution.rows();
        columns = convolution.columns();
        step = rows.size() * channels;
    }

    /**
     * Returns whether the provider's kernels profit from long K segments, as SIMD kernels do. Scalar loops gain
     * nothing.
     */
    public static boolean isFaster(Execution execution) {
        return execution.kernels().prefersLongRuns();
    }

    /**
     * Returns {@code conv(x, filters)} without bias.
     *
     * @param x {@code (H, W, C)}
     * @param filters {@code (kh, kw, C, O)}
     * @return {@code (H', W', O)}
     */
    public Tensor forward(Tensor x, Tensor filters) {
        DirectConvolution.requireKernel(convolution, filters.shape());
        PackedMatrix packed = DirectConvolution.pack(execution, filters);
        Tensor y = forward(x, packed, Epilogue.NONE);
        packed.release(execution);
        return y;
    }

    /**
     * Returns {@code conv(x, filters)} with bias and activation. For each row of windows, the input rows that it covers
     * are interleaved position by position, {@code (H', W + padding, kh, C)}, and the filters are reordered to match.
     *
     * @param x {@code (H, W, C)}
     * @param filters from {@link DirectConvolution#pack}
     * @return {@code (H', W', O)}
     * @throws IllegalArgumentException if the shapes do not fit or the kernel has a column dilation above 1
     */
    public Tensor forward(Tensor x, PackedMatrix filters, Epilogue epilogue) {
        DirectConvolution.requireFit(convolution, x, filters);
        if (columns.dilation() != 1) {
            throw new IllegalArgumentException("wanted a column dilation of 1, got " + columns.dilation());
        }
        Rows loop = new Rows(x.shape(), filters, epilogue);
        Tensor y = execution.tensor(loop.output);
        int height = y.shape().dim(0);
        int tasks = (height + loop.blockRows - 1) / loop.blockRows;
        execution.workers().run(tasks, task -> loop.compute(task * height / tasks, (task + 1) * height / tasks,
                x.data(), 0, y.data(), 0));
        loop.release();
        return y;
    }

    /** Rows of the output for tasks that share them, from an input of one shape. Holds pooled memory. */
    final class Rows {
        final Shape output;
        /** Output rows whose interleaved input stays in the second-level cache. */
        final int blockRows;
        private final Shape input;
        private final int rowLength;
        private final PackedMatrix reordered;
        private final Epilogue epilogue;

        /** @param filters from {@link DirectConvolution#pack} */
        Rows(Shape input, PackedMatrix filters, Epilogue epilogue) {
            this.input = input;
            output = convolution.outputShape(input, filters.columns());
            rowLength = (columns.before() + input.dim(1) + columns.after()) * step;
            blockRows = Math.max(1, BLOCK_VALUES / Math.max(1, rowLength));
            reordered = PackedMatrix.uninitialized(execution, filters.depth(), filters.columns());
            reorder(filters, reordered);
            this.epilogue = epilogue.bias() == null ? epilogue : epilogue.withBias(
                    Arrays.copyOf(epilogue.bias(), filters.panelCount() * execution.kernels().nr()));
        }

        /** Computes output rows {@code from <= row < to}; the arrays hold rows from {@code first...} on. */
        void compute(int from, int to, float[] x, int firstOfX, float[] y, int firstOfY) {
            float[] block = execution.acquire(Math.min(blockRows, to - from) * rowLength);
            for (int first = from; first < to; first += blockRows) {
                int count = Math.min(blockRows, to - first);
                for (int row = 0; row < count; row++) {
                    interleave(x, firstOfX, input, first + row, block, row * rowLength, rowLength);
                }
                Shape rowsOfBlock = Shape.of(count, output.dim(1), output.dim(2));
                Gemm.multiplyRows(execution, block,
                        RowOffsets.ofWindows(rowsOfBlock, rowLength, columns.stride() * step), 0, reordered, epilogue,
                        y, (first - firstOfY) * output.dim(1) * output.dim(2));
            }
            execution.release(block);
        }

        void release() {
            reordered.release(execution);
        }
    }

    /** Interleaves the input rows below one row of windows; x holds rows from {@code firstOfX} on. */
    private void interleave(float[] x, int firstOfX, Shape shape, int row, float[] input, int start, int rowLength) {
        Arrays.fill(input, start, start + rowLength, 0f);
        int width = shape.dim(1);
        for (int i = 0; i < rows.size(); i++) {
            int from = row * rows.stride() + i * rows.dilation() - rows.before();
            if (from >= 0 && from < shape.dim(0)) {
                int to = start + columns.before() * step + i * channels;
                interleaveRow(x, (from - firstOfX) * width * channels, width, input, to);
            }
        }
    }

    private void interleaveRow(float[] from, int start, int positions, float[] to, int toStart) {
        if (channels == 3) {
            interleaveRgb(from, start, positions, to, toStart);
            return;
        }
        for (int c = 0; c < channels; c++) {
            int source = start + c;
            int target = toStart + c;
            for (int position = 0; position < positions; position++, source += channels, target += step) {
                to[target] = from[source];
            }
        }
    }

    private void interleaveRgb(float[] from, int start, int positions, float[] to, int toStart) {
        for (int i = 0; i < positions; i++) {
            int source = start + 3 * i;
            int target = toStart + step * i;
            to[target] = from[source];
            to[target + 1] = from[source + 1];
            to[target + 2] = from[source + 2];
        }
    }

    /** Copies filters from row-major to column-major kernel offsets. */
    private void reorder(PackedMatrix filters, PackedMatrix reordered) {
        int height = rows.size();
        int width = columns.size();
        int size = channels * execution.kernels().nr();
        for (int panel = 0; panel < filters.panelCount(); panel++) {
            for (int i = 0; i < height * width; i++) {
                int to = reordered.panelStart(panel) + (i % width * height + i / width) * size;
                System.arraycopy(filters.panels(), filters.panelStart(panel) + i * size, reordered.panels(), to, size);
            }
        }
    }

    /**
     * Returns the input gradient, as {@link DirectConvolution#inputGradient}: a product of the output gradient with all
     * kernel offsets, of which each input position adds up its own. Products of an output row stay in the cache until
     * the last input row has added them.
     *
     * <p>At a column stride of 2 the products of each kernel offset and channel are in one row. Neighbouring products
     * of a row belong to positions of the input that are a stride apart, so whole rows are added to planes, one for
     * each channel and offset of the stride's grid. Measured: faster at stride 2, slower at 1 and 4.
     *
     * @param outputGradient {@code (H', W', O)}
     * @param filters {@code (kh, kw, C, O)}
     * @param input shape {@code (H, W, C)} of x
     * @return {@code (H, W, C)}
     */
    public Tensor inputGradient(Tensor outputGradient, Tensor filters, Shape input) {
        DirectConvolution.requireFit(convolution, input, filters.shape(), outputGradient);
        Tensor gradient = execution.tensor(input);
        int height = input.dim(0);
        int length = (input.dim(1) + columns.stride() - 1) / columns.stride();
        boolean phased = columns.stride() == 2;
        PackedMatrix transposed = phased ? null : PackedMatrix.transposed(execution, filters.data(),
                filters.shape().dim(3), convolution.kernelArea() * channels);
        int tasks = Math.max(1, Math.min(execution.workers().threads(), height / LEAST_TASK_ROWS));
        execution.workers().run(tasks, task -> {
            Products products = new Products(outputGradient, filters, transposed);
            float[] planes = execution.acquire(phased ? columns.stride() * channels * length : 0);
            for (int y = task * height / tasks; y < (task + 1) * height / tasks; y++) {
                if (phased) {
                    Arrays.fill(planes, 0f);
                    products.forEachRow(y, (start, i) -> addRow(products.of, start, i, products.width, planes, length));
                    interleavePlanes(planes, length, gradient, y);
                } else {
                    int row = input.dim(1) * channels;
                    int to = y;
                    Arrays.fill(gradient.data(), y * row, (y + 1) * row, 0f);
                    products.forEachRow(y, (start, i) ->
                            gatherRow(products.of, start, i, products.width, gradient, to));
                }
            }
            execution.release(planes);
            execution.release(products.of);
        });
        if (!phased) {
            transposed.release(execution);
        }
        return gradient;
    }

    /** Adds the products of one output row, from {@code start} on, with one kernel row. */
    private interface RowSum {
        void add(int start, int kernelRow);
    }

    /** The products of some output rows with all kernel offsets, of one task: those that its input rows add. */
    private final class Products {
        final int width;
        final float[] of;
        private final int height;
        private final float[] outputGradient;
        private final float[] filters;
        private final int outputs;
        private final int offsets = convolution.kernelArea() * channels;
        /** Null if the products of each kernel offset and channel are in one row. */
        private final PackedMatrix transposedFilters;
        /** For each slot the output row that it holds. */
        private final int[] held = new int[rows.span() / rows.stride() + 1];

        Products(Tensor outputGradient, Tensor filters, PackedMatrix transposedFilters) {
            this.filters = filters.data();
            this.outputGradient = outputGradient.data();
            this.transposedFilters = transposedFilters;
            height = outputGradient.shape().dim(0);
            width = outputGradient.shape().dim(1);
            outputs = outputGradient.shape().dim(2);
            of = execution.acquire(Shape.of(held.length, offsets, width).size());
            Arrays.fill(held, -1);
        }

        /** Computes the products that an input row adds, if they are not there, and adds them. */
        void forEachRow(int y, RowSum sum) {
            for (int i = 0; i < rows.size(); i++) {
                int from = y + rows.before() - i * rows.dilation();
                if (from >= 0 && from % rows.stride() == 0 && from / rows.stride() < height) {
                    sum.add(start(from / rows.stride()), i);
                }
            }
        }

        private int start(int row) {
            int slot = row % held.length;
            int start = slot * offsets * width;
            int first = row * width * outputs;
            if (held[slot] == row) {
                return start;
            }
            held[slot] = row;
            if (transposedFilters != null) {
                Gemm.multiplyRows(execution, outputGradient, first, width, transposedFilters, Epilogue.NONE, of, start);
                return start;
            }
            PackedMatrix transposed = PackedMatrix.uninitialized(execution, outputs, width);
            for (int panel = 0; panel < transposed.panelCount(); panel++) {
                transposed.fill(panel, 0, outputs, outputGradient, first, 1, outputs);
            }
            Gemm.multiplyRows(execution, filters, 0, offsets, transposed, Epilogue.NONE, of, start);
            transposed.release(execution);
            return start;
        }
    }

    /**
     * Adds the products of one row of output positions with one kernel row to a row of the input. At dilation 1, those
     * of one output position are neighbours there, too.
     */
    private void gatherRow(float[] products, int start, int kernelRow, int positions, Tensor gradient, int y) {
        int width = gradient.shape().dim(1);
        int segment = columns.dilation() == 1 ? columns.size() : 1;
        for (int position = 0; position < positions; position++) {
            int offset = start + (position * convolution.kernelArea() + kernelRow * columns.size()) * channels;
            for (int i = 0; i < columns.size(); i += segment) {
                int x = position * columns.stride() + i * columns.dilation() - columns.before();
                int first = Math.max(0, -x);
                int count = Math.min(segment, width - x) - first;
                if (count > 0) {
                    execution.add(products, offset + (i + first) * channels, gradient.data(),
                            (y * width + x + first) * channels, count * channels);
                }
            }
        }
    }

    /** Adds the products of one row of output positions with one kernel row to the planes of a row of the input. */
    private void addRow(float[] products, int start, int kernelRow, int width, float[] planes, int length) {
        for (int j = 0; j < columns.size(); j++) {
            int x = j * columns.dilation() - columns.before();   // of the first output position
            int phase = Math.floorMod(x, columns.stride());
            int shift = Math.floorDiv(x, columns.stride());
            int first = Math.max(0, -shift);
            int count = Math.min(width, length - shift) - first;
            for (int c = 0; count > 0 && c < channels; c++) {
                int from = start + ((kernelRow * columns.size() + j) * channels + c) * width + first;
                execution.add(products, from, planes, (phase * channels + c) * length + first + shift, count);
            }
        }
    }

    private void interleavePlanes(float[] planes, int length, Tensor gradient, int y) {
        int width = gradient.shape().dim(1);
        for (int plane = 0; plane < columns.stride() * channels; plane++) {
            int to = y * width * channels + plane;   // a step of the stride holds the planes in their order
            int end = (y + 1) * width * channels;
            for (int i = plane * length; to < end; i++, to += columns.stride() * channels) {
                gradient.data()[to] = planes[i];
            }
        }
    }
}
