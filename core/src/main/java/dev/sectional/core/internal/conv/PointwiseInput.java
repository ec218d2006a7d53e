package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;

/**
 * The positions that the windows of a 1x1 convolution without padding read, {@code (H' W', C)}: x itself at stride 1,
 * otherwise pooled memory until {@link #release}.
 */
public final class PointwiseInput {
    private final Execution execution;
    private final ConvolutionGeometry geometry;
    private final Shape input;
    private final float[] values;
    private final boolean gathered;

    /** @param x {@code (H, W, C)} */
    public PointwiseInput(Execution execution, ConvolutionGeometry geometry, Tensor x) {
        this.execution = execution;
        this.geometry = geometry;
        input = x.shape();
        gathered = !geometry.hasUnitSteps();
        values = gathered ? execution.acquire(geometry.outputShape(input, channels()).size()) : x.data();
        if (gathered) {
            copy((inner, outer) -> System.arraycopy(x.data(), outer, values, inner, channels()));
        }
    }

    /** Returns whether a convolution has a 1x1 kernel and no padding. */
    public static boolean fits(ConvolutionGeometry geometry) {
        return geometry.kernelArea() == 1 && geometry.rows().before() + geometry.rows().after() == 0
                && geometry.columns().before() + geometry.columns().after() == 0;
    }

    /** Returns the inputs that windows read, position by position. */
    public float[] values() {
        return values;
    }

    /** Returns the number of channels. */
    public int channels() {
        return input.dim(2);
    }

    /** Returns the number of positions that windows read. */
    public int positions() {
        return values.length / channels();
    }

    /** The computation of shares of the positions that windows read. */
    @FunctionalInterface
    public interface Shares {
        /** Writes {@code (H' W', C)} and returns what was absorbed. */
        double[] write(float[] shares);
    }

    /** Has the shares written to a map {@code (H, W, C)}, whose other positions become 0. */
    public double[] write(Tensor map, Shares shares) {
        if (!gathered) {
            return shares.write(map.data());
        }
        float[] own = execution.acquire(values.length);
        double[] absorbed = shares.write(own);
        execution.clear(map.data());
        copy((inner, outer) -> System.arraycopy(own, inner, map.data(), outer, channels()));
        execution.release(own);
        return absorbed;
    }

    private interface Copy {
        void at(int inner, int outer);
    }

    /** Calls the action with the index of each gathered position and its index in the input. */
    private void copy(Copy action) {
        int width = geometry.columns().count(input.dim(1));
        execution.workers().run(geometry.rows().count(input.dim(0)), row -> {
            int line = row * geometry.rows().stride() * input.dim(1);
            for (int i = 0; i < width; i++) {
                action.at((row * width + i) * channels(), (line + i * geometry.columns().stride()) * channels());
            }
        });
    }

    /** Returns the memory to the pool. */
    public void release() {
        if (gathered) {
            execution.release(values);
        }
    }
}
