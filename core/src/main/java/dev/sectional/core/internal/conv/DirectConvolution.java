package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/**
 * Two-dimensional convolution of one image and its two gradients by GEMM, for any kernel, stride, dilation and zero
 * padding.
 *
 * <p>Feature maps are channels last: {@code x (H, W, C)}, {@code y (H', W', O)}. Filters are {@code (kh, kw, C, O)}.
 * With the channels last, a row of a window is a contiguous segment of the padded input, so each of the three
 * operations is a {@link Gemm} over segments of its input, and nothing is unfolded (no im2col).
 *
 * <p>Results belong to the caller. Temporary buffers are pooled, and released by the method that acquires them.
 */
public final class DirectConvolution {
    private final ConvolutionGeometry geometry;
    private final Window rows;
    private final Window columns;

    /** Creates a convolution with the given geometry. */
    public DirectConvolution(ConvolutionGeometry geometry) {
        this.geometry = geometry;
        rows = geometry.rows();
        columns = geometry.columns();
    }

    /** Returns the geometry. */
    public ConvolutionGeometry geometry() {
        return geometry;
    }

    /**
     * Packs filters for any number of calls of {@link #forward(Execution, Tensor, PackedMatrix)} or
     * {@link Winograd#forward}.
     *
     * @param filters {@code (kh, kw, C, O)}
     */
    public static PackedMatrix pack(Execution execution, Tensor filters) {
        requireRank(filters, 4, "filters (kh, kw, C, O)");
        int outputs = filters.shape().dim(3);
        return PackedMatrix.of(execution, filters.data(), filters.shape().size() / Math.max(outputs, 1), outputs);
    }

    /**
     * Packs filters rotated by 180 degrees, with input and output channels exchanged. At stride 1 the input gradient
     * is the convolution of the output gradient with them.
     *
     * @param filters {@code (kh, kw, C, O)}
     */
    public static PackedMatrix packRotated(Execution execution, Tensor filters) {
        requireRank(filters, 4, "filters (kh, kw, C, O)");
        int kernelArea = filters.shape().dim(0) * filters.shape().dim(1);
        int channels = filters.shape().dim(2);
        int outputs = filters.shape().dim(3);
        PackedMatrix b = PackedMatrix.uninitialized(execution, kernelArea * outputs, channels);
        execution.workers().run(b.panelCount(), panel -> {
            for (int offset = 0; offset < kernelArea; offset++) {
                int from = (kernelArea - 1 - offset) * channels * outputs;
                b.fill(panel, offset * outputs, outputs, filters.data(), from, 1, outputs);
            }
        });
        return b;
    }

    /**
     * Returns {@code conv(x, filters)} without bias.
     *
     * @param x {@code (H, W, C)}
     * @param filters {@code (kh, kw, C, O)}
     * @return {@code (H', W', O)}
     */
    public Tensor forward(Execution execution, Tensor x, Tensor filters) {
        requireKernel(geometry, filters.shape());
        PackedMatrix packed = pack(execution, filters);
        Tensor y = forward(execution, x, packed);
        packed.release(execution);
        return y;
    }

    /** Returns {@code conv(x, filters)} without bias, with filters from {@link #pack}. */
    public Tensor forward(Execution execution, Tensor x, PackedMatrix filters) {
        return forward(execution, x, filters, Epilogue.NONE);
    }

    /**
     * Returns {@code conv(x, filters)} with bias and activation, applied while the outputs are in the cache.
     *
     * @param x {@code (H, W, C)}
     * @param filters from {@link #pack}
     * @return {@code (H', W', O)}
     */
    public Tensor forward(Execution execution, Tensor x, PackedMatrix filters, Epilogue epilogue) {
        requireFit(geometry, x, filters);
        int channels = x.shape().dim(2);
        Tensor y = execution.tensor(geometry.outputShape(x.shape(), filters.columns()));
        Tensor padded = pad(execution, x, rows.before(), columns.before(), rows.after(), columns.after());
        int row = padded.shape().dim(1) * channels;
        RowOffsets windows = RowOffsets.ofWindows(y.shape(), rows.stride() * row,
                columns.stride() * channels);
        Gemm.multiply(execution, padded.data(), windows, windowSegments(row, channels), filters, epilogue, y.data());
        if (padded != x) {
            execution.release(padded.data());
        }
        return y;
    }

    /** Returns the segments of a window: whole kernel rows at dilation 1, single kernel offsets otherwise. */
    private Gemm.KSegment[] windowSegments(int row, int channels) {
        if (columns.dilation() == 1) {
            return Gemm.KSegment.equidistant(rows.size(), rows.dilation() * row, columns.size() * channels);
        }
        Gemm.KSegment[] segments = new Gemm.KSegment[geometry.kernelArea()];
        for (int i = 0; i < segments.length; i++) {
            int column = i % columns.size() * columns.dilation();
            segments[i] = new Gemm.KSegment(i / columns.size() * rows.dilation() * row + column * channels, channels);
        }
        return segments;
    }

    /**
     * Returns the gradient of {@code sum(conv(x, filters) * outputGradient)} with respect to x (transposed
     * convolution).
     *
     * @param outputGradient {@code (H', W', O)}
     * @param filters {@code (kh, kw, C, O)}
     * @param input shape {@code (H, W, C)} of x
     * @return {@code (H, W, C)}
     */
    public Tensor inputGradient(Execution execution, Tensor outputGradient, Tensor filters, Shape input) {
        requireFit(geometry, input, filters.shape(), outputGradient);
        if (rows.dilation() > 1 || columns.dilation() > 1) {
            return undilated().inputGradient(execution, outputGradient, undilated(filters), input);
        }
        return new InputGradient(execution, geometry, outputGradient, filters.shape(), input).compute(filters);
    }

    /**
     * Returns the input gradient of a convolution with stride and dilation 1.
     *
     * @param outputGradient {@code (H', W', O)}
     * @param rotatedFilters from {@link #packRotated}
     * @param input shape {@code (H, W, C)} of x
     * @return {@code (H, W, C)}
     */
    public Tensor inputGradient(Execution execution, Tensor outputGradient, PackedMatrix rotatedFilters, Shape input) {
        return inputGradient(execution, outputGradient, rotatedFilters, input, GradientEpilogue.NONE);
    }

    /** Returns the input gradient of a convolution with stride and dilation 1, as above, after an epilogue. */
    public Tensor inputGradient(Execution execution, Tensor outputGradient, PackedMatrix rotatedFilters, Shape input,
                                GradientEpilogue epilogue) {
        Shape filters = Shape.of(rows.size(), columns.size(), input.dim(2), outputGradient.shape().dim(2));
        requireFit(geometry, input, filters, outputGradient);
        if (!geometry.hasUnitSteps() || rotatedFilters.depth() != geometry.kernelArea() * filters.dim(3)
                || rotatedFilters.columns() != input.dim(2)) {
            throw new IllegalArgumentException("wanted stride and dilation 1 and the rotated filters of " + filters
                    + ", got " + geometry + " and " + rotatedFilters.depth() + "x" + rotatedFilters.columns());
        }
        return new InputGradient(execution, geometry, outputGradient, filters, input).compute(rotatedFilters,
                epilogue);
    }

    /**
     * Returns the input gradient of a convolution with dilation 1 and any stride.
     *
     * @param outputGradient {@code (H', W', O)}
     * @param rotatedPhases the filters, from {@link PreparedFilters#rotatedPhases}
     * @param input shape {@code (H, W, C)} of x
     * @return {@code (H, W, C)}
     */
    public Tensor inputGradient(Execution execution, Tensor outputGradient, PackedMatrix[] rotatedPhases,
                                Shape input) {
        Shape filters = Shape.of(rows.size(), columns.size(), input.dim(2), outputGradient.shape().dim(2));
        requireFit(geometry, input, filters, outputGradient);
        return new InputGradient(execution, geometry, outputGradient, filters, input).compute(rotatedPhases);
    }

    /**
     * Returns the same convolution with a larger kernel of dilation 1, whose additional offsets
     * {@link #undilated(Tensor)} sets to 0.
     */
    private DirectConvolution undilated() {
        return new DirectConvolution(new ConvolutionGeometry(undilated(rows), undilated(columns)));
    }

    private static Window undilated(Window window) {
        return new Window(window.span(), window.stride(), window.before(), window.after(), 1);
    }

    private Tensor undilated(Tensor filters) {
        int matrix = filters.shape().dim(2) * filters.shape().dim(3);
        Shape shape = Shape.of(rows.span(), columns.span(), filters.shape().dim(2), filters.shape().dim(3));
        Tensor wide = Tensor.zeros(shape);
        for (int i = 0; i < geometry.kernelArea(); i++) {
            int to = i / columns.size() * rows.dilation() * columns.span() + i % columns.size() * columns.dilation();
            System.arraycopy(filters.data(), i * matrix, wide.data(), to * matrix, matrix);
        }
        return wide;
    }

    /**
     * Returns the gradient of {@code sum(conv(x, filters) * outputGradient)} with respect to the filters.
     *
     * @param x {@code (H, W, C)}
     * @param outputGradient {@code (H', W', O)}
     * @return {@code (kh, kw, C, O)}
     */
    public Tensor filterGradient(Execution execution, Tensor x, Tensor outputGradient) {
        requireRank(x, 3, "x (H, W, C)");
        requireRank(outputGradient, 3, "an output gradient (H', W', O)");
        int channels = x.shape().dim(2);
        int outputs = outputGradient.shape().dim(2);
        Tensor gradient = Tensor.zeros(Shape.of(rows.size(), columns.size(), channels, outputs));
        requireFit(geometry, x.shape(), gradient.shape(), outputGradient);
        if (isPointwise() && channels >= execution.kernels().mr()) {
            PackedMatrix b = PackedMatrix.of(execution, outputGradient.data(), x.shape().size() / channels, outputs);
            Gemm.multiplyTransA(execution, x.data(), channels, b, gradient.data());
            b.release(execution);
            return gradient;
        }
        Planes planes = planes(execution, x);
        int height = outputGradient.shape().dim(0);
        int width = outputGradient.shape().dim(1);
        int depth = (height - 1) * planes.width + width;
        PackedMatrix b = PackedMatrix.uninitialized(execution, depth, outputs);
        execution.workers().run(b.panelCount(), panel -> {
            for (int y = 0; y < height; y++) {
                b.fill(panel, y * planes.width, width, outputGradient.data(), y * width * outputs, outputs, 1);
                if (y + 1 < height) {
                    b.clear(panel, y * planes.width + width, planes.width - width);
                }
            }
        });
        int[] starts = new int[geometry.kernelArea() * channels];
        for (int i = 0; i < starts.length; i++) {
            int offset = i / channels;
            int column = offset % columns.size() * columns.dilation();
            starts[i] = planes.start(offset / columns.size() * rows.dilation(), column, i % channels);
        }
        Gemm.multiply(execution, planes.data, starts, Gemm.KSegment.equidistant(1, 0, depth), b, gradient.data());
        b.release(execution);
        execution.release(planes.data);
        return gradient;
    }

    /** Returns whether each output position reads one input position: 1x1, stride 1, no padding. */
    private boolean isPointwise() {
        return geometry.kernelArea() == 1 && geometry.hasUnitSteps() && rows.before() + rows.after() == 0
                && columns.before() + columns.after() == 0;
    }

    /** Returns a pooled copy of x {@code (H, W, C)} with zeros around it, or x itself if there is nothing to add. */
    static Tensor pad(Execution execution, Tensor x, int top, int left, int bottom, int right) {
        if (top == 0 && left == 0 && bottom == 0 && right == 0) {
            return x;
        }
        int width = x.shape().dim(1);
        int channels = x.shape().dim(2);
        Tensor padded = execution.tensor(Shape.of(x.shape().dim(0) + top + bottom, width + left + right, channels));
        int row = (left + width + right) * channels;
        execution.workers().run(padded.shape().dim(0), y -> {
            int to = y * row;
            if (y < top || y >= top + x.shape().dim(0)) {
                Arrays.fill(padded.data(), to, to + row, 0f);
                return;
            }
            Arrays.fill(padded.data(), to, to + left * channels, 0f);
            System.arraycopy(x.data(), (y - top) * width * channels, padded.data(), to + left * channels,
                    width * channels);
            Arrays.fill(padded.data(), to + (left + width) * channels, to + row, 0f);
        });
        return padded;
    }

    /** Refuses packed filters whose depth is not that of a window of x. */
    static void requireFit(ConvolutionGeometry geometry, Tensor x, PackedMatrix filters) {
        requireRank(x, 3, "x (H, W, C)");
        if (filters.depth() != geometry.kernelArea() * x.shape().dim(2)) {
            throw new IllegalArgumentException("filters of depth " + filters.depth() + " do not fit a kernel of "
                    + geometry.rows().size() + "x" + geometry.columns().size() + " over x of shape " + x.shape());
        }
    }

    /** Refuses filters that are not {@code (kh, kw, C, O)} for the kernel of a geometry. */
    static void requireKernel(ConvolutionGeometry geometry, Shape filters) {
        int height = geometry.rows().size();
        int width = geometry.columns().size();
        if (filters.rank() != 4 || filters.dim(0) != height || filters.dim(1) != width) {
            throw new IllegalArgumentException("wanted filters (" + height + ", " + width + ", C, O), got shape "
                    + filters);
        }
    }

    /** Refuses an output gradient that does not fit filters {@code (kh, kw, C, O)} and an input of the given shape. */
    static void requireFit(ConvolutionGeometry geometry, Shape input, Shape filters, Tensor outputGradient) {
        requireRank(outputGradient, 3, "an output gradient (H', W', O)");
        requireKernel(geometry, filters);
        Shape wanted = geometry.outputShape(input, filters.dim(3));
        if (!outputGradient.shape().equals(wanted) || input.dim(2) != filters.dim(2)) {
            throw new IllegalArgumentException("for an input of " + input + " and filters of " + filters
                    + " the output gradient has shape " + wanted + ", got " + outputGradient.shape());
        }
    }

    private static void requireRank(Tensor tensor, int rank, String wanted) {
        if (tensor.shape().rank() != rank) {
            throw new IllegalArgumentException("wanted " + wanted + ", got shape " + tensor.shape());
        }
    }

    /**
     * The padded input as one plane per channel, so that the products of a filter's gradient are contiguous. With a
     * stride, each offset within a step has its own planes, in which neighbouring windows are neighbouring elements.
     */
    private final class Planes {
        private final int height;
        private final int width;
        private final int channels;
        private final float[] data;

        private Planes(Execution execution, int height, int width, int channels) {
            this.height = height;
            this.width = width;
            this.channels = channels;
            data = execution.acquire(Shape.of(rows.stride() * columns.stride(), channels, height, width).size());
            execution.clear(data);
        }

        private int start(int y, int x, int channel) {
            int phase = y % rows.stride() * columns.stride() + x % columns.stride();
            return ((phase * channels + channel) * height + y / rows.stride()) * width + x / columns.stride();
        }
    }

    private Planes planes(Execution execution, Tensor x) {
        int height = x.shape().dim(0);
        int width = x.shape().dim(1);
        int channels = x.shape().dim(2);
        Planes planes = new Planes(execution, steps(rows, height), steps(columns, width), channels);
        execution.workers().run(height, y -> {
            for (int c = 0; c < channels; c++) {
                for (int column = 0; column < width; column++) {
                    float element = x.data()[(y * width + column) * channels + c];
                    planes.data[planes.start(y + rows.before(), column + columns.before(), c)] = element;
                }
            }
        });
        return planes;
    }

    /** Returns the number of positions of one offset along a padded side. */
    private static int steps(Window window, int length) {
        return (length + window.before() + window.after() + window.stride() - 1) / window.stride();
    }
}
