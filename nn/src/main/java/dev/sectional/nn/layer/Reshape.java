package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.Rearrangement;

/** The same values in row-major order with another shape. A feature map keeps its order (H, W, C). */
public final class Reshape implements Rearrangement, PureLayer {
    private final Shape shape;

    /**
     * Creates the layer.
     *
     * @param shape of the output, of the same size
     */
    public Reshape(Shape shape) {
        this.shape = shape;
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.size() != shape.size()) {
            throw new IllegalArgumentException("a reshape to " + shape + " takes " + shape.size() + " values, got "
                    + input + "; the network was exported for one image size");
        }
        return shape;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return x.reshape(outputShape(x.shape()));
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return outputGradient.reshape(x.shape());
    }
}
