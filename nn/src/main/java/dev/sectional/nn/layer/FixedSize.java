package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Activation;
import dev.sectional.nn.PureLayer;

/**
 * Passes images of one size and refuses others. Importers put it before graphs whose constants were computed for that
 * size: at another size such a graph may still run, but it is another function.
 *
 * @param rows of the images
 * @param columns of the images
 * @param only whether the original file holds for no other size either, such as by its position embedding
 */
public record FixedSize(int rows, int columns, boolean only) implements Activation, PureLayer {
    /**
     * Creates the layer for a file that can be imported for other sizes.
     *
     * @param rows height of the input
     * @param columns width of the input
     */
    public FixedSize(int rows, int columns) {
        this(rows, columns, false);
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 3 || input.dim(0) != rows || input.dim(1) != columns) {
            throw new IllegalArgumentException("the network was imported for images of " + rows + "x" + columns
                    + " and holds only for them; " + (only ? "resize the images"
                            : "for another size import the original file with --input-size"));
        }
        return input;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        outputShape(x.shape());
        return x;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return outputGradient;
    }
}
