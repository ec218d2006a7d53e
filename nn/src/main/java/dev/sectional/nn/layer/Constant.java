package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.PureLayer;

/**
 * A value that does not depend on the image, such as a class token. It has the image as its input and ignores it.
 * Relevance that it receives is absorbed, like that of a bias.
 */
public final class Constant implements PureLayer {
    private final Tensor value;

    /**
     * Creates the layer; reads the value now.
     *
     * @param value the output
     */
    public Constant(TensorSource value) {
        this.value = value.tensor();
    }

    @Override
    public Shape outputShape(Shape input) {
        return value.shape();
    }

    /** {@return a copy of the value} */
    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return value.copy();
    }

    /** {@return zeros} */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return Tensor.zeros(x.shape());
    }
}
