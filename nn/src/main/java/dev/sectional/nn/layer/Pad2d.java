package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.Rearrangement;
import dev.sectional.nn.RowFusion;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Zeros around a feature map {@code (H, W, C)}, as PyTorch's {@code ZeroPad2d}.
 *
 * @param top rows before the first, at least 0
 * @param left columns before the first, at least 0
 * @param bottom rows after the last, at least 0
 * @param right columns after the last, at least 0
 */
public record Pad2d(int top, int left, int bottom, int right) implements Rearrangement, RowFusion, PureLayer {
    /** Far larger than in any network, and small enough that sums of sizes do not overflow. */
    private static final int MOST = 1 << 24;

    /**
     * Creates the layer; checks the numbers.
     *
     * @param top the component {@code top}
     * @param left the component {@code left}
     * @param bottom the component {@code bottom}
     * @param right the component {@code right}
     */
    public Pad2d {
        if (IntStream.of(top, left, bottom, right).anyMatch(count -> count < 0 || count > MOST)) {
            throw new IllegalArgumentException("padding is at least 0 and at most " + MOST + ", got " + top + ", "
                    + left + ", " + bottom + ", " + right);
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
        forEachRow(x.shape(), y.shape(), (inner, padded, length) ->
                System.arraycopy(x.data(), inner, y.data(), padded, length));
        return y;
    }

    @Override
    public int fusedRows(Engine engine, Shape input, List<Layer> following) {
        return ConvolutionRows.fused(engine, this, input, following);
    }

    @Override
    public Tensor forwardRows(Engine engine, Tensor x, List<Layer> following) {
        return ConvolutionRows.forward(engine, this, x, following);
    }

    /** Computes the gradient: the part of the output gradient inside the padding. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Tensor gradient = Tensor.zeros(x.shape());
        forEachRow(x.shape(), y.shape(), (inner, padded, length) ->
                System.arraycopy(outputGradient.data(), padded, gradient.data(), inner, length));
        return gradient;
    }

    /** A row of the input: where it starts, where it starts in the output, and its number of values. */
    private interface Row {
        void visit(int inner, int padded, int length);
    }

    private void forEachRow(Shape input, Shape output, Row row) {
        int channels = input.dim(2);
        int length = input.dim(1) * channels;
        for (int i = 0; i < input.dim(0); i++) {
            row.visit(i * length, ((top + i) * output.dim(1) + left) * channels, length);
        }
    }
}
