package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/**
 * Convolution of an input with few channels, such as an image, and its input gradient. In {@link DirectConvolution} each row of a
 * window would be a K segment of a few values, and most of the time would go into the begin and end of tiles. This class repacks the
 * input so that each window is one K segment. In the input gradient, few channels would leave most columns of a tile empty: here all
 * kernel offsets of a position form one row of the product.
 *
 * <p>The caller decides when to use it: {@code dev.sectional.nn.plan} chooses between the two classes.
 */
public final class SmallChannelConvolution {
    private final Execution execution;
    private final ConvolutionGeometry convolution;
    private final Window rows;
    private final Window columns;
    private final int channels;
    /** From one place of the input laid out anew to the next. */
    private final int step;

    /**
     * @param channels number of channels of the input, or of one group of it
     */
    public SmallChannelConvolution(Execution execution, ConvolutionGeometry convolution, int channels) {
        this.execution = execution;
        this.convolution = convolution;
        this.channels = channels;
        rows = convolution.rows();
        columns = convolution.columns();
        step = rows.size() * channels;
    }

    /** Returns whether the kernels of the provider profit from long K segments, as SIMD kernels do. Scalar loops gain nothing. */
    public static boolean isFaster(Execution execution) {
        return execution.kernels().prefersLongRuns();
    }

    /** Computes the convolution without bias, with filters {@code (kh, kw, C, O)}. */
    public Tensor forward(Tensor x, Tensor filters) {
        DirectConvolution.requireKernel(convolution, filters.shape());
        return forward(x, DirectConvolution.pack(execution, filters), null, false);
    }

    /**
     * Computes the convolution with bias and ReLU. For each row of windows, the rows of the input that it reaches are put side by side,
     * position by position, and the filters in the same order.
     *
     * @param x {@code (H, W, C)}
     * @param filters from {@link DirectConvolution#pack}
     * @param bias one value per output channel, or null
     * @param relu whether negative outputs become 0
     * @throws IllegalArgumentException if the kernel has a column dilation above 1
     */
    public Tensor forward(Tensor x, PackedMatrix filters, float[] bias, boolean relu) {
        DirectConvolution.requireFit(convolution, x, filters);
        if (columns.dilation() != 1) {
            throw new IllegalArgumentException("wanted a column dilation of 1, got " + columns.dilation());
        }
        Tensor y = execution.tensor(convolution.outputShape(x.shape(), filters.columns()));
        int height = y.shape().dim(0);
        int line = (columns.before() + x.shape().dim(1) + columns.after()) * step;
        float[] input = execution.acquire(Shape.of(height, line).size());
        execution.workers().run(height, row -> interleave(x, row, input, row * line, line));
        Gemm.RowOffsets windows = Gemm.RowOffsets.ofWindows(y.shape(), line, columns.stride() * step);
        PackedMatrix ordered = ordered(filters);
        Gemm.multiply(execution, input, windows, new Gemm.KSegment[] {new Gemm.KSegment(0, filters.depth())}, ordered,
                new Gemm.Epilogue(bias, relu), y.data());
        ordered.release(execution);
        execution.release(input);
        return y;
    }

    /** The rows of the input below one row of windows. */
    private void interleave(Tensor x, int row, float[] input, int start, int line) {
        Arrays.fill(input, start, start + line, 0f);
        int width = x.shape().dim(1);
        for (int tap = 0; tap < rows.size(); tap++) {
            int from = row * rows.stride() + tap * rows.dilation() - rows.before();
            if (from >= 0 && from < x.shape().dim(0)) {
                spread(x.data(), from * width * channels, width, input, start + columns.before() * step + tap * channels);
            }
        }
    }

    private void spread(float[] from, int start, int places, float[] to, int toStart) {
        for (int c = 0; c < channels; c++) {
            for (int place = 0, at = start + c, into = toStart + c; place < places; place++, at += channels, into += step) {
                to[into] = from[at];
            }
        }
    }

    /** The filters column by column of the kernel. */
    private PackedMatrix ordered(PackedMatrix filters) {
        PackedMatrix ordered = PackedMatrix.uninitialized(execution, filters.depth(), filters.columns());
        int height = rows.size();
        int width = columns.size();
        int tap = channels * execution.kernels().nr();
        for (int panel = 0; panel < filters.panelCount(); panel++) {
            for (int i = 0; i < height * width; i++) {
                System.arraycopy(filters.panels(), filters.panelStart(panel) + i * tap,
                        ordered.panels(), ordered.panelStart(panel) + (i % width * height + i / width) * tap, tap);
            }
        }
        return ordered;
    }

    /** Computes {@link DirectConvolution#inputGradient}: each position of the input sums the products of the windows that hold it. */
    public Tensor inputGradient(Tensor outputGradient, Tensor filters, Shape input) {
        DirectConvolution.requireFit(convolution, input, filters.shape(), outputGradient);
        int places = outputGradient.shape().dim(0) * outputGradient.shape().dim(1);
        int taps = convolution.kernelArea() * channels;
        PackedMatrix transposedFilters = PackedMatrix.transposed(execution, filters.data(), filters.shape().dim(3), taps);
        float[] shares = execution.acquire(Shape.of(places, taps).size());
        Gemm.multiply(execution, outputGradient.data(), places, transposedFilters, shares);
        transposedFilters.release(execution);
        Tensor gradient = execution.tensor(input);
        int row = input.dim(1) * channels;
        execution.workers().run(input.dim(0), y -> {
            Arrays.fill(gradient.data(), y * row, (y + 1) * row, 0f);
            for (int tap = 0; tap < rows.size(); tap++) {
                int from = y + rows.before() - tap * rows.dilation();
                if (from >= 0 && from % rows.stride() == 0 && from / rows.stride() < outputGradient.shape().dim(0)) {
                    gatherRow(shares, from / rows.stride(), tap, outputGradient.shape().dim(1), gradient, y);
                }
            }
        });
        execution.release(shares);
        return gradient;
    }

    /** Adds the shares of one row of places, from one row of taps, to a row of the input. */
    private void gatherRow(float[] shares, int row, int tapRow, int places, Tensor gradient, int y) {
        int width = gradient.shape().dim(1);
        float[] sums = gradient.data();
        for (int place = 0; place < places; place++) {
            int from = ((row * places + place) * convolution.kernelArea() + tapRow * columns.size()) * channels;
            for (int tap = 0; tap < columns.size(); tap++, from += channels) {
                int x = place * columns.stride() + tap * columns.dilation() - columns.before();
                if (x >= 0 && x < width) {
                    int to = (y * width + x) * channels;
                    for (int c = 0; c < channels; c++) {
                        sums[to + c] += shares[from + c];
                    }
                }
            }
        }
    }
}
