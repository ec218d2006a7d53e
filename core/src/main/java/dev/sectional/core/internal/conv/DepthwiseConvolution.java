package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.DepthwiseOffsets;
import dev.sectional.core.internal.kernel.Kernels;
import java.util.Arrays;

/**
 * Convolution with many groups of few channels, and its two gradients, for any kernel, stride, dilation and padding. A
 * depthwise convolution has one channel for each group and filter: a vector holds neighbouring channels, and each
 * kernel offset is one multiply-add. No element is gathered, and the input needs no padding: windows at the borders
 * skip kernel offsets.
 *
 * <p>Other groups become depthwise by {@linkplain RepeatedChannels repetition}: the sum of a filter runs over kernel
 * offsets and the channels of its group. The input gradient is the same operation with the roles of channels and
 * filters exchanged.
 *
 * <p>Filters are {@code (kh, kw, C / groups, O)}. Results belong to the caller.
 */
public final class DepthwiseConvolution {
    /** Multiply-adds below which handing out a task costs more than computing it. */
    private static final long MIN_TASK_WORK = 1 << 15;
    /** Output rows that one task of the filter gradient adds up: fixed, so that no bit depends on threads. */
    private static final int GRADIENT_ROWS = 16;
    /** Least and greatest number of filters of one task of the filter gradient. */
    private static final int LEAST_FILTERS = 32;
    private static final int GRADIENT_FILTERS = 128;

    private final Execution execution;
    private final Kernels kernels;
    private final ConvolutionGeometry geometry;
    private final int groups;

    /** @param groups number of groups that channels and filters are split into */
    public DepthwiseConvolution(Execution execution, ConvolutionGeometry geometry, int groups) {
        this.execution = execution;
        this.geometry = geometry;
        this.groups = groups;
        kernels = execution.kernels();
    }

    /**
     * Returns the convolution.
     *
     * @param x {@code (H, W, C)}
     * @param filters {@code (kh, kw, C / groups, O)}
     * @return {@code (H', W', O)}
     */
    public Tensor forward(Tensor x, Tensor filters, Epilogue epilogue) {
        DirectConvolution.requireKernel(geometry, filters.shape());
        int outputs = filters.shape().dim(3);
        requireGroups(x.shape(), filters.shape());
        Tensor y = execution.tensor(geometry.outputShape(x.shape(), outputs));
        Tensor repeated = RepeatedChannels.of(execution, x, groups, outputs);
        convolve(repeated, x.shape().dim(1), filters, OffsetRuns.ofConvolution(geometry.rows(), x.shape().dim(0)),
                OffsetRuns.ofConvolution(geometry.columns(), x.shape().dim(1)), y, epilogue, GradientEpilogue.NONE);
        RepeatedChannels.release(execution, repeated, x);
        return y;
    }

    /**
     * Scales some positions of a feature map, as the convolution of one kernel offset does, into channels of a wider
     * one.
     *
     * @param x feature map of {@code channels} channels
     * @param scales one for each channel of y
     * @param first channel of y that receives the first one of x
     * @param epilogue its bias has one value for each channel of x
     * @param y feature map of {@code width} channels, whose position {@code from} begins at {@code yStart}
     * @param from,to the positions {@code from <= p < to}
     */
    public static void scale(Execution execution, float[] x, int channels, float[] scales, int first,
                             Epilogue epilogue, float[] y, int yStart, int width, int from, int to) {
        DepthwiseOffsets one = new DepthwiseOffsets(new int[1], new int[] {first});
        execution.kernels().depthwise(x, from * channels, channels, scales, one, epilogue.bias(), epilogue.least(),
                epilogue.greatest(), y, yStart + first, width, to - from, channels);
    }

    /**
     * Returns the input gradient, as {@link DirectConvolution#inputGradient}.
     *
     * @param outputGradient {@code (H', W', O)}
     * @param filters {@code (kh, kw, C / groups, O)}
     * @param input shape {@code (H, W, C)} of x
     * @return {@code (H, W, C)}
     */
    public Tensor inputGradient(Tensor outputGradient, Tensor filters, Shape input) {
        return inputGradient(outputGradient, filters, input, GradientEpilogue.NONE);
    }

    /** Returns the input gradient, as above, after an epilogue. */
    public Tensor inputGradient(Tensor outputGradient, Tensor filters, Shape input, GradientEpilogue after) {
        requireOutput(input, filters.shape(), outputGradient.shape());
        Tensor gradient = execution.tensor(input);
        Tensor exchanged = RepeatedChannels.exchanged(execution, filters, groups);
        Tensor repeated = RepeatedChannels.of(execution, outputGradient, groups, input.dim(2));
        convolve(repeated, outputGradient.shape().dim(1), exchanged,
                OffsetRuns.ofGradient(geometry.rows(), input.dim(0)),
                OffsetRuns.ofGradient(geometry.columns(), input.dim(1)), gradient, Epilogue.NONE, after);
        RepeatedChannels.release(execution, repeated, outputGradient);
        RepeatedChannels.release(execution, exchanged, filters);
        return gradient;
    }

    /**
     * Writes the sums over kernel offsets to y.
     *
     * @param source channels repeated for each channel of y, {@code width} positions wide
     * @param filters {@code (kh, kw, repeats, channels of y)}
     */
    private void convolve(Tensor source, int width, Tensor filters, OffsetRuns rows, OffsetRuns columns, Tensor y,
                          Epilogue epilogue, GradientEpilogue after) {
        int outputWidth = y.shape().dim(1);
        Rows loop = new Rows(kernels, rows, columns, width, filters, outputWidth, epilogue);
        forEachBlock(y.shape().dim(0), (long) outputWidth * filters.shape().size(),
                row -> {
                    loop.compute(row, source.data(), 0, y.data(), 0);
                    after.apply(kernels, y.data(), row * outputWidth, outputWidth, y.shape().dim(2), 0,
                            y.shape().dim(2));
                });
    }

    /** Computes rows of a result, from arrays that may hold some rows of the source and of the result alone. */
    static final class Rows {
        private final Kernels kernels;
        private final OffsetRuns rows;
        private final OffsetRuns columns;
        private final OffsetRuns.Run[] runs;
        private final DepthwiseOffsets[][] offsets;
        private final int width;
        private final Tensor filters;
        private final int outputWidth;
        private final Epilogue epilogue;

        /** See {@link #convolve}; {@code outputWidth} is the number of columns of the result. */
        Rows(Kernels kernels, OffsetRuns rows, OffsetRuns columns, int width, Tensor filters, int outputWidth,
             Epilogue epilogue) {
            this.kernels = kernels;
            this.rows = rows;
            this.columns = columns;
            this.runs = columns.runs();
            this.width = width;
            this.filters = filters;
            this.outputWidth = outputWidth;
            this.epilogue = epilogue;
            offsets = offsets(rows, columns, runs, width, filters.shape());
        }

        /**
         * Computes one row.
         *
         * @param firstOfSource row of the source that its array starts with
         * @param firstOfResult row of the result that {@code y} starts with
         */
        void compute(int row, float[] source, int firstOfSource, float[] y, int firstOfResult) {
            int outputs = filters.shape().dim(3);
            int position = filters.shape().dim(2) * outputs;
            int line = (rows.source()[row] - firstOfSource) * width;
            for (int i = 0; i < runs.length; i++) {
                int column = runs[i].start();
                kernels.depthwise(source, (line + columns.source()[column]) * position,
                        columns.resultSourceStep() * position, filters.data(), offsets[row][i], epilogue.bias(),
                        epilogue.least(), epilogue.greatest(), y,
                        ((row - firstOfResult) * outputWidth + column) * outputs, columns.resultStep() * outputs,
                        runs[i].positions(), outputs);
            }
        }
    }

    /** Returns the offsets of each row of the result and each run of columns. Rows with the same offsets share them. */
    static DepthwiseOffsets[][] offsets(OffsetRuns rows, OffsetRuns columns, OffsetRuns.Run[] runs, int width,
                                        Shape filters) {
        DepthwiseOffsets[][] offsets = new DepthwiseOffsets[rows.first().length][];
        for (int row = 0; row < offsets.length; row++) {
            int same = row - rows.resultStep();
            if (same >= 0 && rows.first()[same] == rows.first()[row] && rows.count()[same] == rows.count()[row]) {
                offsets[row] = offsets[same];
                continue;
            }
            int at = row;
            offsets[row] = new DepthwiseOffsets[runs.length];
            Arrays.setAll(offsets[row], run -> offsets(rows, at, columns, runs[run].start(), width, filters));
        }
        return offsets;
    }

    private static DepthwiseOffsets offsets(OffsetRuns rows, int row, OffsetRuns columns, int column, int width,
                                            Shape filters) {
        int repeats = filters.dim(2);
        int outputs = filters.dim(3);
        int position = repeats * outputs;
        int ofRow = columns.count()[column] * repeats;
        int[] x = new int[rows.count()[row] * ofRow];
        int[] w = new int[x.length];
        for (int i = 0; i < x.length; i++) {
            int kernelRow = rows.first()[row] + i / ofRow * rows.offsetStep();
            int kernelColumn = columns.first()[column] + i % ofRow / repeats * columns.offsetStep();
            int repeat = i % repeats * outputs;
            int sourcePosition = i / ofRow * rows.sourceStep() * width + i % ofRow / repeats * columns.sourceStep();
            x[i] = sourcePosition * position + repeat;
            w[i] = (kernelRow * filters.dim(1) + kernelColumn) * position + repeat;
        }
        return new DepthwiseOffsets(x, w);
    }

    private interface Row {
        void compute(int row);
    }

    /** Computes rows in tasks that are large enough to be handed out, and no more of them than the threads need. */
    private void forEachBlock(int rows, long workOfRow, Row body) {
        long least = Math.max(MIN_TASK_WORK / Math.max(1, workOfRow), rows / (4L * execution.workers().threads()));
        int block = (int) Math.max(1, Math.min(rows, least));
        execution.workers().run((rows + block - 1) / block, task -> {
            for (int row = task * block; row < Math.min(rows, (task + 1) * block); row++) {
                body.compute(row);
            }
        });
    }

    /**
     * Returns the filter gradient, as {@link DirectConvolution#filterGradient}.
     *
     * @param x {@code (H, W, C)}
     * @param outputGradient {@code (H', W', O)}
     * @return {@code (kh, kw, C / groups, O)}
     */
    public Tensor filterGradient(Tensor x, Tensor outputGradient) {
        int outputs = outputGradient.shape().dim(2);
        Shape filters = Shape.of(geometry.rows().size(), geometry.columns().size(), x.shape().dim(2) / groups, outputs);
        requireOutput(x.shape(), filters, outputGradient.shape());
        Tensor repeated = RepeatedChannels.of(execution, x, groups, outputs);
        int height = outputGradient.shape().dim(0);
        int blocks = (height + GRADIENT_ROWS - 1) / GRADIENT_ROWS;
        int ofPart = execution.workers().evenPart(outputs, LEAST_FILTERS, GRADIENT_FILTERS, blocks);
        int parts = (outputs + ofPart - 1) / ofPart;
        FilterSums sums = new FilterSums(repeated, x.shape(), outputGradient, filters,
                execution.acquire(Shape.of(blocks, filters.size()).size()));
        execution.workers().run(blocks * parts, task -> sums.compute(task / parts, task % parts * ofPart,
                Math.min(outputs, (task % parts + 1) * ofPart)));
        Tensor gradient = Tensor.of(filters, Arrays.copyOf(sums.sums, filters.size()));
        for (int block = 1; block < blocks; block++) {
            kernels.add(sums.sums, block * filters.size(), gradient.data(), 0, filters.size());
        }
        execution.release(sums.sums);
        RepeatedChannels.release(execution, repeated, x);
        return gradient;
    }

    /** The filter gradients of blocks of output rows, one after the other. */
    private final class FilterSums {
        private final float[] x;
        private final Tensor outputGradient;
        private final OffsetRuns rows;
        private final OffsetRuns columns;
        private final OffsetRuns.Run[] runs;
        private final int width;
        private final int repeats;
        private final Shape filters;
        private final float[] sums;

        FilterSums(Tensor repeated, Shape input, Tensor outputGradient, Shape filters, float[] sums) {
            x = repeated.data();
            this.outputGradient = outputGradient;
            this.filters = filters;
            this.sums = sums;
            width = input.dim(1);
            repeats = filters.dim(2);
            rows = OffsetRuns.ofConvolution(geometry.rows(), input.dim(0));
            columns = OffsetRuns.ofConvolution(geometry.columns(), width);
            runs = columns.runs();
        }

        /** Computes the sums of one block for some filters. */
        void compute(int block, int first, int end) {
            int outputs = filters.dim(3);
            for (int i = 0; i < filters.size() / outputs; i++) {
                int at = block * filters.size() + i * outputs;
                Arrays.fill(sums, at + first, at + end, 0f);
            }
            int endRow = Math.min(outputGradient.shape().dim(0), (block + 1) * GRADIENT_ROWS);
            for (int row = block * GRADIENT_ROWS; row < endRow; row++) {
                for (int i = 0; i < rows.count()[row]; i++) {
                    for (int k = 0; k < repeats; k++) {
                        add(block, row, i, k, first, end - first);
                    }
                }
            }
        }

        /** Adds the products of one output row with one input row. */
        private void add(int block, int row, int i, int k, int first, int count) {
            int outputs = filters.dim(3);
            int position = repeats * outputs;
            int line = (rows.source()[row] + i * rows.sourceStep()) * width;
            int to = block * filters.size() + (rows.first()[row] + i) * filters.dim(1) * position + k * outputs + first;
            for (OffsetRuns.Run run : runs) {
                int column = run.start();
                kernels.depthwiseFilterGradient(x, (line + columns.source()[column]) * position + k * outputs + first,
                        columns.resultSourceStep() * position, columns.sourceStep() * position, outputGradient.data(),
                        (row * outputGradient.shape().dim(1) + column) * outputs + first, outputs, run.positions(),
                        columns.count()[column], sums, to + columns.first()[column] * position, position, count);
            }
        }
    }

    private void requireGroups(Shape input, Shape filters) {
        if (input.rank() != 3 || input.dim(2) != filters.dim(2) * groups || filters.dim(3) % groups != 0) {
            throw new IllegalArgumentException("filters of " + filters + " in " + groups
                    + " groups do not fit an input of " + input);
        }
    }

    private void requireOutput(Shape input, Shape filters, Shape outputGradient) {
        DirectConvolution.requireKernel(geometry, filters);
        requireGroups(input, filters);
        Shape wanted = geometry.outputShape(input, filters.dim(3));
        if (!outputGradient.equals(wanted)) {
            throw new IllegalArgumentException("for an input of " + input + " and filters of " + filters
                    + " the output gradient has shape " + wanted + ", got " + outputGradient);
        }
    }
}
