package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/**
 * The input gradient of a convolution with dilation 1, by GEMM. The positions of each offset of the stride's grid, a
 * phase, are a convolution, of stride 1, of the output gradient with every stride-th kernel offset of the rotated
 * filters.
 */
final class InputGradient {
    private final Execution execution;
    private final Window rows;
    private final Window columns;
    private final Tensor outputGradient;
    private final Shape filters;
    private final Shape input;

    /**
     * @param outputGradient {@code (H', W', O)}
     * @param filters shape {@code (kh, kw, C, O)}
     * @param input shape {@code (H, W, C)}
     */
    InputGradient(Execution execution, ConvolutionGeometry geometry, Tensor outputGradient, Shape filters,
                  Shape input) {
        this.execution = execution;
        this.outputGradient = outputGradient;
        this.filters = filters;
        this.input = input;
        rows = geometry.rows();
        columns = geometry.columns();
    }

    /** Returns the gradient at stride 1, which has one phase. */
    Tensor compute(PackedMatrix rotatedFilters, GradientEpilogue epilogue) {
        Tensor gradient = execution.tensor(input);
        Side vertical = new Side(rows, 0, input.dim(0), outputGradient.shape().dim(0));
        Side horizontal = new Side(columns, 0, input.dim(1), outputGradient.shape().dim(1));
        multiply(vertical, horizontal, rotatedFilters, epilogue, gradient.data());
        return gradient;
    }

    /** Returns the gradient for any stride. Packs the filters for this call. */
    Tensor compute(Tensor weights) {
        PackedMatrix[] phases = rotatedPhases(execution, new ConvolutionGeometry(rows, columns), weights);
        Tensor gradient = compute(phases);
        for (PackedMatrix phase : phases) {
            if (phase != null) {
                phase.release(execution);
            }
        }
        return gradient;
    }

    /**
     * Packs the rotated filters of each phase, row by row of the stride's grid; null where no kernel offset reads.
     *
     * @param weights {@code (kh, kw, C, O)}
     */
    static PackedMatrix[] rotatedPhases(Execution execution, ConvolutionGeometry geometry, Tensor weights) {
        InputGradient packing = new InputGradient(execution, geometry, null, weights.shape(), null);
        PackedMatrix[] phases = new PackedMatrix[geometry.rows().stride() * geometry.columns().stride()];
        for (int phase = 0; phase < phases.length; phase++) {
            Side vertical = new Side(geometry.rows(), phase / geometry.columns().stride(), 0, 0);
            Side horizontal = new Side(geometry.columns(), phase % geometry.columns().stride(), 0, 0);
            phases[phase] = vertical.kernel == 0 || horizontal.kernel == 0 ? null
                    : packing.rotated(vertical, horizontal, weights);
        }
        return phases;
    }

    /** Returns the gradient for any stride, with the filters of {@link #rotatedPhases}. */
    Tensor compute(PackedMatrix[] rotatedPhases) {
        Tensor gradient = execution.tensor(input);
        boolean whole = rows.stride() == 1 && columns.stride() == 1;
        if (!whole) {
            execution.clear(gradient.data());   // positions that no window reads
        }
        for (int phaseY = 0; phaseY < rows.stride(); phaseY++) {
            for (int phaseX = 0; phaseX < columns.stride(); phaseX++) {
                Side vertical = new Side(rows, phaseY, input.dim(0), outputGradient.shape().dim(0));
                Side horizontal = new Side(columns, phaseX, input.dim(1), outputGradient.shape().dim(1));
                if (vertical.isEmpty() || horizontal.isEmpty()) {
                    continue;
                }
                float[] c = whole ? gradient.data()
                        : execution.acquire(vertical.positions * horizontal.positions * input.dim(2));
                multiply(vertical, horizontal, rotatedPhases[phaseY * columns.stride() + phaseX],
                        GradientEpilogue.NONE, c);
                if (!whole) {
                    scatter(vertical, horizontal, c, gradient.data());
                    execution.release(c);
                }
            }
        }
        return gradient;
    }

    /** One side of one phase. */
    private static final class Side {
        private final int phase;
        private final int stride;
        /** Kernel offsets of this phase. */
        private final int kernel;
        /** First position of the input. */
        private final int first;
        private final int positions;
        /** Position i receives from positions {@code i + start .. i + start + kernel - 1} of the output gradient. */
        private final int start;
        /** Positions of padding before and after the output gradient. */
        private final int before;
        private final int after;

        Side(Window window, int phase, int length, int outputs) {
            this.phase = phase;
            stride = window.stride();
            kernel = every(window.size() - phase, stride);
            first = Math.floorMod(phase - window.before(), stride);
            positions = every(length - first, stride);
            start = (first + window.before()) / stride - kernel + 1;
            before = Math.max(0, -start);
            after = Math.max(0, start + kernel - 1 + positions - outputs);
        }

        private static int every(int length, int stride) {
            return Math.max(0, (length + stride - 1) / stride);
        }

        boolean isEmpty() {
            return kernel == 0 || positions == 0;
        }
    }

    /** Writes the gradient at the positions of one phase, {@code (positions, positions, C)}. */
    private void multiply(Side vertical, Side horizontal, PackedMatrix rotated, GradientEpilogue epilogue, float[] c) {
        int outputs = outputGradient.shape().dim(2);
        Tensor padded = DirectConvolution.pad(execution, outputGradient, vertical.before, horizontal.before,
                vertical.after, horizontal.after);
        int row = padded.shape().dim(1) * outputs;
        int first = (vertical.start + vertical.before) * row + (horizontal.start + horizontal.before) * outputs;
        Gemm.KSegment[] segments = new Gemm.KSegment[vertical.kernel];
        Arrays.setAll(segments, i -> new Gemm.KSegment(first + i * row, horizontal.kernel * outputs));
        RowOffsets windows = RowOffsets.ofWindows(Shape.of(vertical.positions, horizontal.positions,
                input.dim(2)), row, outputs);
        Gemm.multiply(execution, padded.data(), windows, segments, rotated, Epilogue.NONE, epilogue, c);
        if (padded != outputGradient) {
            execution.release(padded.data());
        }
    }

    private PackedMatrix rotated(Side vertical, Side horizontal, Tensor weights) {
        int channels = filters.dim(2);
        int outputs = filters.dim(3);
        int offsets = vertical.kernel * horizontal.kernel;
        PackedMatrix b = PackedMatrix.uninitialized(execution, offsets * outputs, channels);
        execution.workers().run(b.panelCount(), panel -> {
            for (int i = 0; i < offsets; i++) {
                int y = vertical.phase + vertical.stride * (vertical.kernel - 1 - i / horizontal.kernel);
                int x = horizontal.phase + horizontal.stride * (horizontal.kernel - 1 - i % horizontal.kernel);
                int from = (y * columns.size() + x) * channels * outputs;
                b.fill(panel, i * outputs, outputs, weights.data(), from, 1, outputs);
            }
        });
        return b;
    }

    private void scatter(Side vertical, Side horizontal, float[] c, float[] gradient) {
        int channels = input.dim(2);
        execution.workers().run(vertical.positions, row -> {
            int y = vertical.first + row * vertical.stride;
            for (int i = 0; i < horizontal.positions; i++) {
                int to = (y * input.dim(1) + horizontal.first + i * horizontal.stride) * channels;
                System.arraycopy(c, (row * horizontal.positions + i) * channels, gradient, to, channels);
            }
        });
    }
}
