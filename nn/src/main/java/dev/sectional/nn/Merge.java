package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.List;

/**
 * A layer where several branches of a network meet. With one input alone it hands that on, which is what the forms
 * inherited from {@link Layer} do.
 */
public interface Merge extends Layer {
    /**
     * The shape of the output for inputs of the given shapes.
     *
     * @throws IllegalArgumentException if the layer does not take them together
     */
    Shape outputShape(List<Shape> inputs);

    /** The output; a new tensor. */
    Tensor forward(Engine engine, List<Tensor> inputs);

    /**
     * The gradient of {@code sum(forward(inputs) * outputGradient)} against each input, in their order.
     *
     * @param output what {@link #forward(Engine, List)} gave
     */
    List<Tensor> gradient(Engine engine, List<Tensor> inputs, Tensor output, Tensor outputGradient);

    @Override
    default Shape outputShape(Shape input) {
        return outputShape(List.of(input));
    }

    @Override
    default Tensor forward(Engine engine, Tensor x) {
        return forward(engine, List.of(x));
    }

    @Override
    default Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return gradient(engine, List.of(x), y, outputGradient).get(0);
    }
}
