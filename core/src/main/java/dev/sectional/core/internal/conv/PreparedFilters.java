package dev.sectional.core.internal.conv;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;

/**
 * Filters {@code (kh, kw, C, O)} with their packed forms, which are computed once per provider, when first needed. Safe
 * for use by several threads.
 */
public final class PreparedFilters implements TensorSource {
    private final Tensor filters;
    private volatile PackedMatrix packed;
    private volatile PackedMatrix rotated;
    private volatile float[] rootMeanSquares;

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
