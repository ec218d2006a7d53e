package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.PureLayer;

/**
 * Zeros around a map.
 *
 * @param top,left,bottom,right rows and columns to add, at least 0
 */
public record Pad2d(int top, int left, int bottom, int right) implements PureLayer {
    /** Far above any network's, and small enough for sums of sizes. */
    private static final int MOST = 1 << 24;

    /** Checks the numbers. */
    public Pad2d {
        if (Math.min(Math.min(top, left), Math.min(bottom, right)) < 0 || Math.max(Math.max(top, left), Math.max(bottom, right)) > MOST) {
            throw new IllegalArgumentException("padding is at least 0 and at most " + MOST + ", got " + top + ", " + left + ", " + bottom + ", " + right);
        }
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 3) {
            throw new IllegalArgumentException("padding takes (H, W, C), got " + input);
        }
        return Shape.of(input.dim(0) + top + bottom, input.dim(1) + left + right, input.dim(2));
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = Tensor.zeros(outputShape(x.shape()));
        copyRows(x.data(), 0, x.shape(), y.data(), inner(y.shape()), y.shape(), x.shape());
        return y;
    }

    /** The inner part. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Tensor gradient = Tensor.zeros(x.shape());
        copyRows(outputGradient.data(), inner(outputGradient.shape()), outputGradient.shape(), gradient.data(), 0, x.shape(), x.shape());
        return gradient;
    }

    private int inner(Shape padded) {
        return (top * padded.dim(1) + left) * padded.dim(2);
    }

    private static void copyRows(float[] from, int fromStart, Shape fromShape, float[] to, int toStart, Shape toShape, Shape part) {
        int channels = part.dim(2);
        for (int row = 0; row < part.dim(0); row++) {
            System.arraycopy(from, fromStart + row * fromShape.dim(1) * channels, to, toStart + row * toShape.dim(1) * channels,
                    part.dim(1) * channels);
        }
    }
}
