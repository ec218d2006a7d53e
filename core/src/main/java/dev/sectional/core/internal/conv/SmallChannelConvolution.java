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
        Tensor y = execution.tensor(convolution.outputShape(x.shape(), filters.columns()));
        int height = y.shape().dim(0);
        int rowLength = (columns.before() + x.shape().dim(1) + columns.after()) * step;
        float[] input = execution.acquire(Shape.of(height, rowLength).size());
        execution.workers().run(height, row -> interleave(x, row, input, row * rowLength, rowLength));
        Gemm.RowOffsets windows = Gemm.RowOffsets.ofWindows(y.shape(), rowLength, columns.stride() * step);
        PackedMatrix reordered = PackedMatrix.uninitialized(execution, filters.depth(), filters.columns());
        reorder(filters, reordered);
        Gemm.KSegment[] wholeWindow = Gemm.KSegment.equidistant(1, 0, filters.depth());
        Gemm.multiply(execution, input, windows, wholeWindow, reordered, epilogue, y.data());
        reordered.release(execution);
        execution.release(input);
        return y;
    }

    /** Interleaves the input rows below one row of windows. */
    private void interleave(Tensor x, int row, float[] input, int start, int rowLength) {
        Arrays.fill(input, start, start + rowLength, 0f);
        int width = x.shape().dim(1);
        for (int i = 0; i < rows.size(); i++) {
            int from = row * rows.stride() + i * rows.dilation() - rows.before();
            if (from >= 0 && from < x.shape().dim(0)) {
                int to = start + columns.before() * step + i * channels;
                interleaveRow(x.data(), from * width * channels, width, input, to);
            }
        }
    }

    private void interleaveRow(float[] from, int start, int positions, float[] to, int toStart) {
        for (int c = 0; c < channels; c++) {
            int source = start + c;
            int target = toStart + c;
            for (int position = 0; position < positions; position++, source += channels, target += step) {
                to[target] = from[source];
            }
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
