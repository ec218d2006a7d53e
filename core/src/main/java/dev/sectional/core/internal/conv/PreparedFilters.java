package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/**
 * Filters {@code (kh, kw, C, O)} with their packed forms, which are computed once per provider, when first needed. Safe
 * for use by several threads.
 */
public final class PreparedFilters implements TensorSource {
    private final Tensor filters;
    private volatile PackedMatrix packed;
    private volatile PackedMatrix rotated;
    private volatile float[] rootMeanSquares;
    private volatile Phases phases;

    /** Packed filters of each offset of a stride's grid, null where no kernel offset reads. */
    private record Phases(int rowStride, int columnStride, PackedMatrix[] packed) {
        boolean fits(Execution execution, ConvolutionGeometry geometry) {
            return rowStride == geometry.rows().stride() && columnStride == geometry.columns().stride()
                    && Arrays.stream(packed).allMatch(phase -> phase == null || phase.fits(execution));
        }
    }

    /** @param filters {@code (kh, kw, C, O)}; must not be changed */
    public PreparedFilters(Tensor filters) {
        this.filters = filters;
    }

    @Override
    public Shape shape() {
        return filters.shape();
    }

    @Override
    public void read(int from, float[] into, int at, int count) {
        filters.read(from, into, at, count);
    }

    @Override
    public Tensor tensor() {
        return filters;
    }

    /** Returns the result of {@link DirectConvolution#pack}. */
    public PackedMatrix packed(Execution execution) {
        PackedMatrix current = packed;
        if (current == null || !current.fits(execution)) {
            current = DirectConvolution.pack(execution, filters);
            packed = current;
        }
        return current;
    }

    /** Returns the result of {@link DirectConvolution#packRotated}. */
    public PackedMatrix rotated(Execution execution) {
        PackedMatrix current = rotated;
        if (current == null || !current.fits(execution)) {
            current = DirectConvolution.packRotated(execution, filters);
            rotated = current;
        }
        return current;
    }

    /** Returns the filters for the input gradient of {@link DirectConvolution} with a stride, at dilation 1. */
    public PackedMatrix[] rotatedPhases(Execution execution, ConvolutionGeometry geometry) {
        Phases current = phases;
        if (current == null || !current.fits(execution, geometry)) {
            current = new Phases(geometry.rows().stride(), geometry.columns().stride(),
                    InputGradient.rotatedPhases(execution, geometry, filters));
            phases = current;
        }
        return current.packed;
    }

    /** Returns the root mean square of each filter's weights; not to be changed. */
    public float[] rootMeanSquares() {
        float[] current = rootMeanSquares;
        if (current == null) {
            int outputs = filters.shape().dim(3);
            double[] squares = new double[outputs];
            for (int i = 0; i < filters.data().length; i += outputs) {
                for (int o = 0; o < outputs; o++) {
                    squares[o] += (double) filters.data()[i + o] * filters.data()[i + o];
                }
            }
            current = new float[outputs];
            for (int o = 0; o < outputs; o++) {
                current[o] = (float) Math.sqrt(squares[o] * outputs / filters.data().length);
            }
            rootMeanSquares = current;
        }
        return current;
    }
}
