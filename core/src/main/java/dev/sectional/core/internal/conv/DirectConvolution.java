package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/**
 * Two-dimensional convolution of one image and its two gradients, of any kernel, stride, dilation and zero padding.
 *
 * <p>Maps are channels last: {@code x (H, W, C)}, {@code y (H', W', O)} with as many rows and columns as there are windows;
 * filters are {@code (kernel height, kernel width, C, O)}. With the channels last, a window's row is one piece of the
 * padded input, so each of the three is a {@link Gemm} over pieces of its input and nothing is unfolded.
 */
public final class DirectConvolution {
    private final ConvolutionGeometry geometry;
    private final Window rows;
    private final Window columns;


    public DirectConvolution(ConvolutionGeometry geometry) {
        this.geometry = geometry;
        rows = geometry.rows();
        columns = geometry.columns();
    }

    /** Returns the geometry. */
    public ConvolutionGeometry geometry() {
        return geometry;
    }

    /** Filters {@code (kh, kw, C, O)}, packed once for any number of calls of {@link #forward}. */
    public static PackedMatrix pack(Execution execution, Tensor filters) {
        requireRank(filters, 4, "filters (kh, kw, C, O)");
        int outputs = filters.shape().dim(3);
        return PackedMatrix.of(execution, filters.data(), filters.shape().size() / Math.max(outputs, 1), outputs);
    }

    /** Filters {@code (kh, kw, C, O)}, mirrored and with inputs and outputs exchanged: those of the input gradient at stride 1. */
    public static PackedMatrix packRotated(Execution execution, Tensor filters) {
        requireRank(filters, 4, "filters (kh, kw, C, O)");
        int taps = filters.shape().dim(0) * filters.shape().dim(1);
        int channels = filters.shape().dim(2);
        int outputs = filters.shape().dim(3);
        PackedMatrix b = PackedMatrix.zeroed(execution, taps * outputs, channels);
        execution.workers().run(b.panelCount(), panel -> {
            for (int tap = 0; tap < taps; tap++) {
                b.fill(panel, tap * outputs, outputs, filters.data(), (taps - 1 - tap) * channels * outputs, 1, outputs);
            }
        });
        return b;
    }

    /** {@code y = conv(x, filters)}, without bias. */
    public Tensor forward(Execution execution, Tensor x, Tensor filters) {
        requireKernel(geometry, filters.shape());
        return forward(execution, x, pack(execution, filters));
    }

    /** {@code y = conv(x, filters)} with filters from {@link #pack}. */
    public Tensor forward(Execution execution, Tensor x, PackedMatrix filters) {
        return forward(execution, x, filters, null, false);
    }

    /**
     * The same with bias and ReLU, while the outputs are in the cache.
     *
     * @param bias one value per output channel, or null
     * @param relu whether negative outputs become 0
     */
    public Tensor forward(Execution execution, Tensor x, PackedMatrix filters, float[] bias, boolean relu) {
        requireFit(geometry, x, filters);
        int channels = x.shape().dim(2);
        Tensor y = execution.tensor(geometry.outputShape(x.shape(), filters.columns()));
        Gemm.Epilogue epilogue = new Gemm.Epilogue(bias, relu);
        Tensor padded = pad(execution, x, rows.before(), columns.before(), rows.after(), columns.after());
        int row = padded.shape().dim(1) * channels;
        Gemm.RowOffsets windows = Gemm.RowOffsets.ofWindows(y.shape(), rows.stride() * row, columns.stride() * channels);
        Gemm.multiply(execution, padded.data(), windows, windowSegments(row, channels), filters, epilogue, y.data());
        if (padded != x) {
            execution.release(padded.data());
        }
        return y;
    }

    /** The pieces of a window: whole rows of it where its taps are neighbours, single taps otherwise. */
    private Gemm.KSegment[] windowSegments(int row, int channels) {
        if (columns.dilation() == 1) {
            return segments(rows.size(), rows.dilation() * row, columns.size() * channels);
        }
        Gemm.KSegment[] segments = new Gemm.KSegment[geometry.kernelArea()];
        for (int tap = 0; tap < segments.length; tap++) {
            int shift = tap / columns.size() * rows.dilation() * row + tap % columns.size() * columns.dilation() * channels;
            segments[tap] = new Gemm.KSegment(shift, channels);
        }
        return segments;
    }

    /**
     * The gradient of {@code sum(conv(x, filters) * outputGradient)} against x, also called transposed convolution.
     *
     * @param outputGradient {@code (H', W', O)}
     * @param filters {@code (kh, kw, C, O)}
     * @param input the shape {@code (H, W, C)} of x
     */
    public Tensor inputGradient(Execution execution, Tensor outputGradient, Tensor filters, Shape input) {
        requireFit(geometry, input, filters.shape(), outputGradient);
        if (rows.dilation() > 1 || columns.dilation() > 1) {
            return spread().inputGradient(execution, outputGradient, spread(filters), input);
        }
        Tensor gradient = Tensor.zeros(input);
        for (int phaseY = 0; phaseY < rows.stride(); phaseY++) {
            for (int phaseX = 0; phaseX < columns.stride(); phaseX++) {
                new Phase(execution, outputGradient, filters, input, phaseY, phaseX).into(gradient);
            }
        }
        return gradient;
    }

    /** The same convolution with neighbouring taps: those between the taps of {@link #spread(Tensor)} are 0. */
    private DirectConvolution spread() {
        return new DirectConvolution(new ConvolutionGeometry(new Window(rows.span(), rows.stride(), rows.before(), rows.after(), 1),
                new Window(columns.span(), columns.stride(), columns.before(), columns.after(), 1)));
    }

    private Tensor spread(Tensor filters) {
        int matrix = filters.shape().dim(2) * filters.shape().dim(3);
        Tensor wide = Tensor.zeros(Shape.of(rows.span(), columns.span(), filters.shape().dim(2), filters.shape().dim(3)));
        for (int tap = 0; tap < geometry.kernelArea(); tap++) {
            int to = tap / columns.size() * rows.dilation() * columns.span() + tap % columns.size() * columns.dilation();
            System.arraycopy(filters.data(), tap * matrix, wide.data(), to * matrix, matrix);
        }
        return wide;
    }

    /**
     * The gradient of {@code sum(conv(x, filters) * outputGradient)} against the filters.
     *
     * @param outputGradient {@code (H', W', O)}
     * @return {@code (kernel height, kernel width, C, O)}
     */
    public Tensor filterGradient(Execution execution, Tensor x, Tensor outputGradient) {
        int channels = x.shape().dim(2);
        int outputs = outputGradient.shape().dim(2);
        Tensor gradient = Tensor.zeros(Shape.of(rows.size(), columns.size(), channels, outputs));
        requireFit(geometry, x.shape(), gradient.shape(), outputGradient);
        Planes planes = planes(execution, x);
        int height = outputGradient.shape().dim(0);
        int width = outputGradient.shape().dim(1);
        int depth = (height - 1) * planes.width + width;
        PackedMatrix b = PackedMatrix.zeroed(execution, depth, outputs);
        execution.workers().run(b.panelCount(), panel -> {
            for (int y = 0; y < height; y++) {   // the places between two rows stay 0
                b.fill(panel, y * planes.width, width, outputGradient.data(), y * width * outputs, outputs, 1);
            }
        });
        int[] starts = new int[geometry.kernelArea() * channels];
        for (int i = 0; i < starts.length; i++) {
            int tap = i / channels;
            starts[i] = planes.start(tap / columns.size() * rows.dilation(), tap % columns.size() * columns.dilation(), i % channels);
        }
        Gemm.multiply(execution, planes.data, starts, segments(1, 0, depth), b, gradient.data());
        return gradient;
    }

    private static Gemm.KSegment[] segments(int count, int step, int depth) {
        Gemm.KSegment[] segments = new Gemm.KSegment[count];
        for (int i = 0; i < count; i++) {
            segments[i] = new Gemm.KSegment(i * step, depth);
        }
        return segments;
    }

    /** {@code (H, W, C)} with zeros around it; x itself when there is nothing to add. */
    static Tensor pad(Execution execution, Tensor x, int top, int left, int bottom, int right) {
        if (top == 0 && left == 0 && bottom == 0 && right == 0) {
            return x;
        }
        int width = x.shape().dim(1);
        int channels = x.shape().dim(2);
        Tensor padded = execution.tensor(Shape.of(x.shape().dim(0) + top + bottom, width + left + right, channels));
        Arrays.fill(padded.data(), 0f);
        for (int y = 0; y < x.shape().dim(0); y++) {
            System.arraycopy(x.data(), y * width * channels, padded.data(),
                    ((y + top) * (width + left + right) + left) * channels, width * channels);
        }
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

    static void requireKernel(ConvolutionGeometry geometry, Shape filters) {
        int height = geometry.rows().size();
        int width = geometry.columns().size();
        if (filters.rank() != 4 || filters.dim(0) != height || filters.dim(1) != width) {
            throw new IllegalArgumentException("wanted filters (" + height + ", " + width + ", C, O), got shape " + filters);
        }
    }

    /** Refuses an output gradient that does not fit filters {@code (kh, kw, C, O)} and an input of the given shape. */
    static void requireFit(ConvolutionGeometry geometry, Shape input, Shape filters, Tensor outputGradient) {
        requireRank(outputGradient, 3, "outputGradient (H', W', O)");
        requireKernel(geometry, filters);
        Shape wanted = geometry.outputShape(input, filters.dim(3));
        if (!outputGradient.shape().equals(wanted) || input.dim(2) != filters.dim(2)) {
            throw new IllegalArgumentException("for an input of " + input + " and filters of " + filters
                    + " the output gradient has shape " + wanted + ", got " + outputGradient.shape());
        }
    }

    private static void requireRank(Tensor tensor, int rank, String what) {
        if (tensor.shape().rank() != rank) {
            throw new IllegalArgumentException("wanted " + what + ", got shape " + tensor.shape());
        }
    }

    /**
     * The padded input as one plane per channel, so that a filter's gradient segments along a plane. With a stride, each
     * of the offsets within a step has planes of its own, in which a window's step is one again.
     */
    private final class Planes {
        private final int height;
        private final int width;
        private final int channels;
        private final float[] data;

        private Planes(int height, int width, int channels) {
            this.height = height;
            this.width = width;
            this.channels = channels;
            data = new float[Shape.of(rows.stride() * columns.stride(), channels, height, width).size()];
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
        Planes planes = new Planes(steps(rows, height), steps(columns, width), channels);
        execution.workers().run(height, y -> {
            for (int c = 0; c < channels; c++) {
                for (int column = 0; column < width; column++) {
                    planes.data[planes.start(y + rows.before(), column + columns.before(), c)] = x.data()[(y * width + column) * channels + c];
                }
            }
        });
        return planes;
    }

    /** Places of one offset along a padded side. */
    private static int steps(Window window, int length) {
        return (length + window.before() + window.after() + window.stride() - 1) / window.stride();
    }

    /**
     * The input gradient at the places that lie at one offset of the stride's grid: there it is a convolution, of
     * stride 1, of the outputGradient gradient with every stride-th tap of the filters, mirrored.
     */
    private final class Phase {
        private final Execution execution;
        private final Tensor outputGradient;
        private final Tensor filters;
        private final int tapsY;
        private final int tapsX;
        private final int phaseY;
        private final int phaseX;
        private final int firstY;
        private final int firstX;
        private final int height;
        private final int width;
        private final Shape input;

        Phase(Execution execution, Tensor outputGradient, Tensor filters, Shape input, int phaseY, int phaseX) {
            this.execution = execution;
            this.outputGradient = outputGradient;
            this.filters = filters;
            this.input = input;
            this.phaseY = phaseY;
            this.phaseX = phaseX;
            tapsY = every(rows.size() - phaseY, rows.stride());
            tapsX = every(columns.size() - phaseX, columns.stride());
            firstY = Math.floorMod(phaseY - rows.before(), rows.stride());
            firstX = Math.floorMod(phaseX - columns.before(), columns.stride());
            height = every(input.dim(0) - firstY, rows.stride());
            width = every(input.dim(1) - firstX, columns.stride());
        }

        private static int every(int length, int stride) {
            return Math.max(0, (length + stride - 1) / stride);
        }

        void into(Tensor gradient) {
            if (tapsY == 0 || tapsX == 0 || height == 0 || width == 0) {
                return;
            }
            int outputs = outputGradient.shape().dim(2);
            // Place (y, x) of this phase is reached from outputGradient rows base - taps + 1 .. base.
            int baseY = (firstY + rows.before()) / rows.stride();
            int baseX = (firstX + columns.before()) / columns.stride();
            int before = Math.max(tapsY, tapsX);
            int bottom = Math.max(0, baseY + height - outputGradient.shape().dim(0));
            int right = Math.max(0, baseX + width - outputGradient.shape().dim(1));
            Tensor padded = pad(execution, outputGradient, before, before, bottom, right);
            int row = padded.shape().dim(1) * outputs;
            int[] starts = new int[height * width];
            for (int i = 0; i < starts.length; i++) {
                starts[i] = (baseY + i / width - tapsY + 1 + before) * row + (baseX + i % width - tapsX + 1 + before) * outputs;
            }
            boolean whole = rows.stride() == 1 && columns.stride() == 1;
            float[] c = whole ? gradient.data() : new float[height * width * input.dim(2)];
            Gemm.multiply(execution, padded.data(), starts, segments(tapsY, row, tapsX * outputs), rotatedFilters(), c);
            if (padded != outputGradient) {
                execution.release(padded.data());
            }
            if (!whole) {
                scatter(c, gradient.data());
            }
        }

        private PackedMatrix rotatedFilters() {
            int channels = filters.shape().dim(2);
            int outputs = filters.shape().dim(3);
            PackedMatrix b = PackedMatrix.zeroed(execution, tapsY * tapsX * outputs, channels);
            execution.workers().run(b.panelCount(), panel -> {
                for (int tap = 0; tap < tapsY * tapsX; tap++) {
                    int y = phaseY + rows.stride() * (tapsY - 1 - tap / tapsX);
                    int x = phaseX + columns.stride() * (tapsX - 1 - tap % tapsX);
                    b.fill(panel, tap * outputs, outputs, filters.data(), (y * columns.size() + x) * channels * outputs, 1, outputs);
                }
            });
            return b;
        }

        private void scatter(float[] c, float[] gradient) {
            int channels = input.dim(2);
            for (int i = 0; i < height * width; i++) {
                int to = ((firstY + i / width * rows.stride()) * input.dim(1) + firstX + i % width * columns.stride()) * channels;
                System.arraycopy(c, i * channels, gradient, to, channels);
            }
        }
    }
}
