package dev.sectional.core;

/**
 * Two-dimensional convolution of one image and its two gradients, of any kernel, stride and zero padding.
 *
 * <p>Maps are channels last: {@code x (H, W, C)}, {@code y (H', W', O)} with
 * {@code H' = (H + 2 padding - kernel) / stride + 1}; filters are {@code (kernel height, kernel width, C, O)}. With the
 * channels last, a window's row is one piece of the padded input, so each of the three is a {@link MatrixProduct}
 * over pieces of its input and nothing is unfolded.
 *
 * @param stride step of the window in both directions, at least 1
 * @param padding rows and columns of zeros around the input, at least 0
 */
public record Convolution(int stride, int padding) {
    /** Checks the numbers. */
    public Convolution {
        if (stride < 1 || padding < 0) {
            throw new IllegalArgumentException("stride is at least 1 and padding at least 0, got " + stride + " and " + padding);
        }
    }

    /**
     * The size of the output along one side.
     *
     * @throws IllegalArgumentException if the kernel is larger than the padded input
     */
    public int outputSize(int size, int kernel) {
        int room = size + 2 * padding - kernel;
        if (kernel < 1 || size < 1 || room < 0) {
            throw new IllegalArgumentException("a kernel of " + kernel + " does not fit an input of " + size + " with padding " + padding);
        }
        return room / stride + 1;
    }

    /** Filters {@code (kh, kw, C, O)}, packed once for any number of calls of {@link #forward}. */
    public static PackedMatrix pack(Engine engine, Tensor filters) {
        requireRank(filters, 4, "filters (kh, kw, C, O)");
        int outputs = filters.shape().dim(3);
        return PackedMatrix.of(engine, filters.data(), filters.shape().size() / Math.max(outputs, 1), outputs);
    }

    /** {@code y = conv(x, filters)}, without bias. */
    public Tensor forward(Engine engine, Tensor x, Tensor filters) {
        return forward(engine, x, pack(engine, filters), filters.shape().dim(0), filters.shape().dim(1));
    }

    /** {@code y = conv(x, filters)} with filters from {@link #pack}. */
    public Tensor forward(Engine engine, Tensor x, PackedMatrix filters, int kernelHeight, int kernelWidth) {
        requireRank(x, 3, "x (H, W, C)");
        int channels = x.shape().dim(2);
        if (filters.depth() != kernelHeight * kernelWidth * channels) {
            throw new IllegalArgumentException("filters of depth " + filters.depth() + " do not fit a kernel of "
                    + kernelHeight + "x" + kernelWidth + " over x of shape " + x.shape());
        }
        int height = outputSize(x.shape().dim(0), kernelHeight);
        int width = outputSize(x.shape().dim(1), kernelWidth);
        Tensor padded = pad(x, padding, padding, padding, padding);
        int row = padded.shape().dim(1) * channels;
        int[] starts = new int[height * width];
        for (int place = 0; place < starts.length; place++) {
            starts[place] = place / width * stride * row + place % width * stride * channels;
        }
        Tensor y = Tensor.zeros(Shape.of(height, width, filters.columns()));
        MatrixProduct.multiply(engine, padded.data(), starts, runs(kernelHeight, row, kernelWidth * channels), filters, y.data());
        return y;
    }

    /**
     * The gradient of {@code sum(conv(x, filters) * upstream)} against x, also called transposed convolution.
     *
     * @param upstream {@code (H', W', O)}
     * @param filters {@code (kh, kw, C, O)}
     * @param input the shape {@code (H, W, C)} of x
     */
    public Tensor inputGradient(Engine engine, Tensor upstream, Tensor filters, Shape input) {
        requireFit(input, filters.shape(), upstream);
        Tensor gradient = Tensor.zeros(input);
        for (int phaseY = 0; phaseY < stride; phaseY++) {
            for (int phaseX = 0; phaseX < stride; phaseX++) {
                new Phase(engine, upstream, filters, input, phaseY, phaseX).into(gradient);
            }
        }
        return gradient;
    }

    /**
     * The gradient of {@code sum(conv(x, filters) * upstream)} against the filters.
     *
     * @param upstream {@code (H', W', O)}
     * @return {@code (kernel height, kernel width, C, O)}
     */
    public Tensor filterGradient(Engine engine, Tensor x, Tensor upstream, int kernelHeight, int kernelWidth) {
        int channels = x.shape().dim(2);
        int outputs = upstream.shape().dim(2);
        Tensor gradient = Tensor.zeros(Shape.of(kernelHeight, kernelWidth, channels, outputs));
        requireFit(x.shape(), gradient.shape(), upstream);
        Planes planes = planes(engine, x, kernelHeight, kernelWidth);
        int height = upstream.shape().dim(0);
        int width = upstream.shape().dim(1);
        int depth = (height - 1) * planes.width + width;
        PackedMatrix b = new PackedMatrix(engine.kernels(), depth, outputs);
        engine.workers().run(b.panelCount(), panel -> {
            for (int y = 0; y < height; y++) {   // the places between two rows stay 0
                b.fill(panel, y * planes.width, width, upstream.data(), y * width * outputs, outputs, 1);
            }
        });
        int[] starts = new int[kernelHeight * kernelWidth * channels];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = planes.start(i / channels / kernelWidth, i / channels % kernelWidth, i % channels);
        }
        MatrixProduct.multiply(engine, planes.data, starts, runs(1, 0, depth), b, gradient.data());
        return gradient;
    }

    private static MatrixProduct.Run[] runs(int count, int step, int depth) {
        MatrixProduct.Run[] runs = new MatrixProduct.Run[count];
        for (int i = 0; i < count; i++) {
            runs[i] = new MatrixProduct.Run(i * step, depth);
        }
        return runs;
    }

    /** {@code (H, W, C)} with zeros around it; x itself when there is nothing to add. */
    static Tensor pad(Tensor x, int top, int left, int bottom, int right) {
        if (top == 0 && left == 0 && bottom == 0 && right == 0) {
            return x;
        }
        int width = x.shape().dim(1);
        int channels = x.shape().dim(2);
        Tensor padded = Tensor.zeros(Shape.of(x.shape().dim(0) + top + bottom, width + left + right, channels));
        for (int y = 0; y < x.shape().dim(0); y++) {
            System.arraycopy(x.data(), y * width * channels, padded.data(),
                    ((y + top) * (width + left + right) + left) * channels, width * channels);
        }
        return padded;
    }

    private void requireFit(Shape input, Shape filters, Tensor upstream) {
        requireRank(upstream, 3, "upstream (H', W', O)");
        Shape wanted = Shape.of(outputSize(input.dim(0), filters.dim(0)), outputSize(input.dim(1), filters.dim(1)), filters.dim(3));
        if (!upstream.shape().equals(wanted) || input.dim(2) != filters.dim(2)) {
            throw new IllegalArgumentException("for an input of " + input + " and filters of " + filters
                    + " the upstream gradient has shape " + wanted + ", got " + upstream.shape());
        }
    }

    private static void requireRank(Tensor tensor, int rank, String what) {
        if (tensor.shape().rank() != rank) {
            throw new IllegalArgumentException("wanted " + what + ", got shape " + tensor.shape());
        }
    }

    /**
     * The padded input as one plane per channel, so that a filter's gradient runs along a plane. With a stride, each
     * of the {@code stride x stride} offsets has planes of its own, in which a window's step is one again.
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
            data = new float[Shape.of(stride * stride, channels, height, width).size()];
        }

        private int start(int y, int x, int channel) {
            int phase = y % stride * stride + x % stride;
            return ((phase * channels + channel) * height + y / stride) * width + x / stride;
        }
    }

    private Planes planes(Engine engine, Tensor x, int kernelHeight, int kernelWidth) {
        int rows = x.shape().dim(0);
        int columns = x.shape().dim(1);
        int channels = x.shape().dim(2);
        Planes planes = new Planes((rows + 2 * padding + stride - 1) / stride, (columns + 2 * padding + stride - 1) / stride, channels);
        engine.workers().run(rows, y -> {
            for (int c = 0; c < channels; c++) {
                for (int column = 0; column < columns; column++) {
                    planes.data[planes.start(y + padding, column + padding, c)] = x.data()[(y * columns + column) * channels + c];
                }
            }
        });
        return planes;
    }

    /**
     * The input gradient at the places that lie at one offset of the stride's grid: there it is a convolution, of
     * stride 1, of the upstream gradient with every stride-th tap of the filters, mirrored.
     */
    private final class Phase {
        private final Engine engine;
        private final Tensor upstream;
        private final Tensor filters;
        private final int tapsY;
        private final int tapsX;
        private final int phaseY;
        private final int phaseX;
        private final int firstY;
        private final int firstX;
        private final int rows;
        private final int columns;
        private final Shape input;

        Phase(Engine engine, Tensor upstream, Tensor filters, Shape input, int phaseY, int phaseX) {
            this.engine = engine;
            this.upstream = upstream;
            this.filters = filters;
            this.input = input;
            this.phaseY = phaseY;
            this.phaseX = phaseX;
            tapsY = Math.max(0, (filters.shape().dim(0) - phaseY + stride - 1) / stride);
            tapsX = Math.max(0, (filters.shape().dim(1) - phaseX + stride - 1) / stride);
            firstY = Math.floorMod(phaseY - padding, stride);
            firstX = Math.floorMod(phaseX - padding, stride);
            rows = Math.max(0, (input.dim(0) - firstY + stride - 1) / stride);
            columns = Math.max(0, (input.dim(1) - firstX + stride - 1) / stride);
        }

        void into(Tensor gradient) {
            if (tapsY == 0 || tapsX == 0 || rows == 0 || columns == 0) {
                return;
            }
            int outputs = upstream.shape().dim(2);
            // Place (y, x) of this phase is reached from upstream rows base - taps + 1 .. base.
            int baseY = (firstY + padding) / stride;
            int baseX = (firstX + padding) / stride;
            int before = Math.max(tapsY, tapsX);
            int bottom = Math.max(0, baseY + rows - upstream.shape().dim(0));
            int right = Math.max(0, baseX + columns - upstream.shape().dim(1));
            Tensor padded = pad(upstream, before, before, bottom, right);
            int row = padded.shape().dim(1) * outputs;
            int[] starts = new int[rows * columns];
            for (int i = 0; i < starts.length; i++) {
                starts[i] = (baseY + i / columns - tapsY + 1 + before) * row + (baseX + i % columns - tapsX + 1 + before) * outputs;
            }
            boolean whole = stride == 1;
            float[] c = whole ? gradient.data() : new float[rows * columns * input.dim(2)];
            MatrixProduct.multiply(engine, padded.data(), starts, runs(tapsY, row, tapsX * outputs), mirrored(), c);
            if (!whole) {
                scatter(c, gradient.data());
            }
        }

        private PackedMatrix mirrored() {
            int kernelWidth = filters.shape().dim(1);
            int channels = filters.shape().dim(2);
            int outputs = filters.shape().dim(3);
            PackedMatrix b = new PackedMatrix(engine.kernels(), tapsY * tapsX * outputs, channels);
            engine.workers().run(b.panelCount(), panel -> {
                for (int tap = 0; tap < tapsY * tapsX; tap++) {
                    int y = phaseY + stride * (tapsY - 1 - tap / tapsX);
                    int x = phaseX + stride * (tapsX - 1 - tap % tapsX);
                    b.fill(panel, tap * outputs, outputs, filters.data(), (y * kernelWidth + x) * channels * outputs, 1, outputs);
                }
            });
            return b;
        }

        private void scatter(float[] c, float[] gradient) {
            int channels = input.dim(2);
            for (int i = 0; i < rows * columns; i++) {
                int to = ((firstY + i / columns * stride) * input.dim(1) + firstX + i % columns * stride) * channels;
                System.arraycopy(c, i * channels, gradient, to, channels);
            }
        }
    }
}
