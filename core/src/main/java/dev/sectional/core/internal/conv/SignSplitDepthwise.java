package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.DepthwiseOffsets;
import dev.sectional.core.internal.kernel.Kernels;
import java.util.Arrays;

/**
 * The filter gradients of the two signs of relevance r for a depthwise convolution, {@code G+} of {@code max(r, 0)} and
 * {@code G-} of {@code max(-r, 0)}, and the shares of the inputs that follow from them. Both signs take part in each
 * pass over a feature map: an output divides by the sum through the filters of its own sign, and passes its ratio on
 * through the same.
 *
 * <p>Every element is summed in one order, whatever the number of threads.
 */
public final class SignSplitDepthwise {
    /** Output rows that one task of the filter gradients adds up: fixed, so that no bit depends on threads. */
    private static final int ROWS = 16;
    /** Least and greatest number of channels of one task of the filter gradients. */
    private static final int LEAST_CHANNELS = 32;
    private static final int CHANNELS = 128;
    /** Outputs whose dead relevance is added up in float32, before float64. */
    private static final int SUMMED = 1 << 11;

    private final Execution execution;
    private final Kernels kernels;
    private final ConvolutionGeometry geometry;
    private final Tensor x;
    private final Tensor r;
    /** {@code (kh, kw, 1, C)}. */
    private final Shape filters;

    private SignSplitDepthwise(Execution execution, ConvolutionGeometry geometry, Tensor x, Tensor r) {
        this.execution = execution;
        kernels = execution.kernels();
        this.geometry = geometry;
        this.x = x;
        this.r = r;
        filters = Shape.of(geometry.rows().size(), geometry.columns().size(), 1, x.shape().dim(2));
    }

    /**
     * Writes {@code x (conv^T(s+, G+) - conv^T(s-, G-))} with {@code s+ = max(r, 0) / conv(x, G+)} and
     * {@code s- = max(-r, 0) / conv(x, G-)}.
     *
     * @param x {@code (H, W, C)}, at least 0
     * @param r {@code (H', W', C)}
     * @param relevance receives {@code (H, W, C)}
     * @return the sum of r where its divisor is 0, and the number of nonzeros of the relevance
     */
    public static double[] propagate(Execution execution, ConvolutionGeometry geometry, Tensor x, Tensor r,
                                     Tensor relevance) {
        SignSplitDepthwise rule = new SignSplitDepthwise(execution, geometry, x, r);
        float[] both = rule.filters();
        Tensor s = execution.tensor(r.shape());
        double dead = rule.divide(both, s);
        double nonzeros = rule.spread(both, s, relevance);
        execution.release(s);
        execution.release(both);
        return new double[] {dead, nonzeros};
    }

    /** Returns {@code G+} and, behind it, {@code G-}. */
    private float[] filters() {
        int height = r.shape().dim(0);
        int channels = filters.dim(3);
        int size = 2 * filters.size();
        int blocks = (height + ROWS - 1) / ROWS;
        int ofPart = execution.workers().evenPart(channels, LEAST_CHANNELS, CHANNELS, blocks);
        int parts = (channels + ofPart - 1) / ofPart;
        float[] sums = execution.acquire(Shape.of(blocks, size).size());
        OffsetRuns rows = OffsetRuns.ofConvolution(geometry.rows(), x.shape().dim(0));
        OffsetRuns columns = OffsetRuns.ofConvolution(geometry.columns(), x.shape().dim(1));
        OffsetRuns.Run[] runs = columns.runs();
        execution.workers().run(blocks * parts, task -> {
            int block = task / parts;
            int first = task % parts * ofPart;
            int count = Math.min(channels - first, ofPart);
            for (int i = first; i < size; i += channels) {
                Arrays.fill(sums, block * size + i, block * size + i + count, 0f);
            }
            for (int row = block * ROWS; row < Math.min(height, (block + 1) * ROWS); row++) {
                for (int i = 0; i < rows.count()[row]; i++) {
                    addRow(sums, block * size + first, rows, row, i, columns, runs, first, count);
                }
            }
        });
        float[] both = execution.acquire(size);
        System.arraycopy(sums, 0, both, 0, size);
        for (int block = 1; block < blocks; block++) {
            kernels.add(sums, block * size, both, 0, size);
        }
        execution.release(sums);
        return both;
    }

    /** Adds the products of one output row with the input row below kernel row {@code i}. */
    private void addRow(float[] sums, int start, OffsetRuns rows, int row, int i, OffsetRuns columns,
                        OffsetRuns.Run[] runs, int first, int count) {
        int channels = filters.dim(3);
        int line = (rows.source()[row] + i * rows.sourceStep()) * x.shape().dim(1);
        int to = start + (rows.first()[row] + i) * filters.dim(1) * channels;
        for (OffsetRuns.Run run : runs) {
            int column = run.start();
            kernels.depthwiseFilterGradients(x.data(), (line + columns.source()[column]) * channels + first,
                    columns.resultSourceStep() * channels, columns.sourceStep() * channels, r.data(),
                    (row * r.shape().dim(1) + column) * channels + first, channels, run.positions(),
                    columns.count()[column], sums, to + columns.first()[column] * channels, channels, filters.size(),
                    count);
        }
    }

    private double divide(float[] both, Tensor s) {
        OffsetRuns rows = OffsetRuns.ofConvolution(geometry.rows(), x.shape().dim(0));
        OffsetRuns columns = OffsetRuns.ofConvolution(geometry.columns(), x.shape().dim(1));
        Rows outputs = new Rows(rows, columns, x, s);
        int length = s.shape().dim(1) * s.shape().dim(2);
        return ChunkedReduction.sumOfTasks(execution, s.shape().dim(0), row -> {
            outputs.compute(row, r.data(), both);
            double[] absorbed = new double[3];
            for (int from = row * length; from < (row + 1) * length; from += SUMMED) {
                int count = Math.min(SUMMED, (row + 1) * length - from);
                kernels.stabilisedRatio(r.data(), from, s.data(), null, 1, 0, s.data(), from, 1, count, absorbed);
            }
            return absorbed[2];
        });
    }

    private double spread(float[] both, Tensor s, Tensor relevance) {
        OffsetRuns rows = OffsetRuns.ofGradient(geometry.rows(), x.shape().dim(0));
        OffsetRuns columns = OffsetRuns.ofGradient(geometry.columns(), x.shape().dim(1));
        Rows inputs = new Rows(rows, columns, s, relevance);
        int length = x.shape().dim(1) * x.shape().dim(2);
        return ChunkedReduction.sumOfTasks(execution, x.shape().dim(0), row -> {
            inputs.compute(row, null, both);
            return kernels.multiplyAndCountNonzeros(x.data(), relevance.data(), row * length, (row + 1) * length);
        });
    }

    /** The rows of one product. */
    private final class Rows {
        private final OffsetRuns rows;
        private final OffsetRuns columns;
        private final OffsetRuns.Run[] runs;
        private final DepthwiseOffsets[][] offsets;
        private final Tensor source;
        private final Tensor y;

        Rows(OffsetRuns rows, OffsetRuns columns, Tensor source, Tensor y) {
            this.rows = rows;
            this.columns = columns;
            this.source = source;
            this.y = y;
            runs = columns.runs();
            offsets = DepthwiseConvolution.offsets(rows, columns, runs, source.shape().dim(1), filters);
        }

        /** @param signs of the outputs; null to select filters by the signs of the source */
        void compute(int row, float[] signs, float[] both) {
            int channels = filters.dim(3);
            int line = rows.source()[row] * source.shape().dim(1);
            for (int i = 0; i < runs.length; i++) {
                int column = runs[i].start();
                int from = (line + columns.source()[column]) * channels;
                int xStep = columns.resultSourceStep() * channels;
                int to = (row * y.shape().dim(1) + column) * channels;
                int yStep = columns.resultStep() * channels;
                if (signs == null) {
                    kernels.depthwiseByInput(source.data(), from, xStep, both, filters.size(), offsets[row][i],
                            y.data(), to, yStep, runs[i].positions(), channels);
                } else {
                    kernels.depthwiseByOutput(source.data(), from, xStep, signs, both, filters.size(),
                            offsets[row][i], y.data(), to, yStep, runs[i].positions(), channels);
                }
            }
        }
    }
}
