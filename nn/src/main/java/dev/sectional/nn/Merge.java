package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.List;

/**
 * A layer with several inputs, where branches of a network meet: a sum or a concatenation. It also accepts a single
 * input.
 */
public interface Merge extends Layer {
    /**
     * {@return the shape of the output for inputs of the given shapes}
     *
     * @param inputs in the order in which the node names them
     * @throws IllegalArgumentException if the layer does not accept these shapes together
     */
    Shape outputShape(List<Shape> inputs);

    /**
     * Computes the output, a new tensor.
     *
     * @param engine runs the kernels
     * @param inputs in the order in which the node names them
     * @return the output, of the shape that {@link #outputShape} returns
     */
    Tensor forward(Engine engine, List<Tensor> inputs);

    /**
     * {@return whether {@link #forwardFused} computes this layer and then {@code next}: by default it never does}
     *
     * @param next the only reader of the output
     */
    default boolean canFuse(Layer next) {
        return false;
    }

    /**
     * Computes this layer and those after it in one pass. Only passes that keep no tape call it.
     *
     * @param engine runs the kernels
     * @param inputs in the order in which the node names them
     * @param next at least one layer: the first is one that {@link #canFuse} accepts, each further one an activation
     *     that the layer before it can fuse
     * @return the output of the last of them, with the same bits as the layers one after the other
     */
    default Tensor forwardFused(Engine engine, List<Tensor> inputs, List<Layer> next) {
        Tensor y = forward(engine, inputs);
        for (Layer layer : next) {
            y = layer.forward(engine, y);
        }
        return y;
    }

    /**
     * Computes the gradient of {@code sum(forward(inputs) * outputGradient)} with respect to each input.
     *
     * @param engine runs the kernels
     * @param inputs in the order in which the node names them
     * @param output of {@link #forward(Engine, List)} for the inputs
     * @param outputGradient of the shape of the output
     * @return one tensor per input, in their order and of their shapes
     */
    List<Tensor> gradient(Engine engine, List<Tensor> inputs, Tensor output, Tensor outputGradient);

    /**
     * Computes the gradient with respect to each input, and may add it to the sum of the gradients so far.
     *
     * @param engine runs the kernels
     * @param inputs in the order in which the node names them
     * @param output of {@link #forward(Engine, List)} for the inputs
     * @param outputGradient of the shape of the output
     * @param sums for each input the sum so far, whose elements may be changed; null where there is none
     * @return for each input its gradient, or the tensor of {@code sums} if the gradient was added to it
     */
    default List<Tensor> gradientSums(Engine engine, List<Tensor> inputs, Tensor output, Tensor outputGradient,
                                      List<Tensor> sums) {
        return gradient(engine, inputs, output, outputGradient);
    }

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

    /**
     * {@return how many of the layers after this one {@link #forwardRows} computes along with it, as
     * {@link RowFusion#fusedRows}; 0 for none, which is the default}
     *
     * @param engine whose threads share the rows
     * @param inputs shapes of the inputs
     * @param following layers, each of which is the only reader of the one before it; the first one reads this layer
     */
    default int fusedRows(Engine engine, List<Shape> inputs, List<Layer> following) {
        return 0;
    }

    /**
     * Computes this layer and the layers after it, some rows at a time.
     *
     * @param engine runs the kernels
     * @param inputs in the order in which the node names them
     * @param following as many layers as {@link #fusedRows} gave for the shapes of the inputs
     * @return the output of the last layer, with the same bits as the layers one after the other
     */
    default Tensor forwardRows(Engine engine, List<Tensor> inputs, List<Layer> following) {
        throw new UnsupportedOperationException();
    }
}
