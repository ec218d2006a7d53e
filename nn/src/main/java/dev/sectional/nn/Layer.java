package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.LayerWork;
import java.util.List;

/**
 * One operation of a network, such as a convolution or a pooling. Layers are immutable and keep no state between calls,
 * so any number of threads may share one. Values have any rank: feature maps are channels last, {@code (H, W, C)};
 * tokens {@code (T, D)}, vectors {@code (N)} and all others keep the order of axes of the framework that trained them,
 * without the batch.
 *
 * <p>{@code dev.sectional.nn.layer} holds the implementations, and its package description lists the steps to add
 * another.
 */
public interface Layer {
    /**
     * {@return the shape of the output for an input of the given shape}
     *
     * @param input the shape of its input
     * @throws IllegalArgumentException if the layer does not accept that shape
     */
    Shape outputShape(Shape input);

    /**
     * Computes the output: a new tensor, or {@code x} itself if the layer changes nothing.
     *
     * @param engine runs the kernels
     * @param x of a shape that {@link #outputShape} accepts; must not be changed
     * @return the output, of the shape that {@link #outputShape} returns
     * @throws IllegalArgumentException if the layer does not accept the shape of x
     */
    Tensor forward(Engine engine, Tensor x);

    /**
     * Computes the gradient of {@code sum(forward(x) * outputGradient)} with respect to x.
     *
     * @param engine runs the kernels
     * @param x of a shape that {@link #outputShape} accepts; must not be changed
     * @param y the output of {@link #forward} for x
     * @param outputGradient of the shape of y
     * @return a tensor of the shape of x: a new one, or {@code outputGradient} itself
     */
    Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient);

    /**
     * Computes the outputs for several inputs of one shape, with the same bits as {@link #forward}. Layers with large
     * weights read them once for all inputs.
     *
     * @param engine runs the kernels
     * @param xs the inputs of several images
     * @return one output for each input, in their order
     */
    default List<Tensor> forwardAll(Engine engine, List<Tensor> xs) {
        return xs.stream().map(x -> forward(engine, x)).toList();
    }

    /**
     * Computes the {@link #gradient} for each of several output gradients at one input, with the same bits. Layers with
     * large weights read them once for all.
     *
     * @param engine runs the kernels
     * @param x its input
     * @param y its output
     * @param outputGradients gradients with respect to the output
     * @return one gradient with respect to the input for each of them
     */
    default List<Tensor> gradients(Engine engine, Tensor x, Tensor y, List<Tensor> outputGradients) {
        return outputGradients.stream().map(each -> gradient(engine, x, y, each)).toList();
    }

    /**
     * Predicts the work of this layer at an input of the given shape. The default is a layer without products.
     *
     * @param planner chooses the algorithms
     * @param input shape of the first input
     * @return the work of one image
     */
    default LayerWork work(AlgorithmPlanner planner, Shape input) {
        return LayerWork.elementwise(weightCount());
    }

    /** {@return the name of the kind of layer in reports, messages and files, such as {@code Conv2d}} */
    default String kind() {
        return getClass().getSimpleName();
    }

    /**
     * {@return the bytes of weights that the layer keeps in the heap once it has run; 0 where they stay in their file,
     * or give way when memory is short}
     *
     * @param input shape of the first input
     */
    default long keptBytes(Shape input) {
        return 0;
    }

    /** {@return the number of weights that one forward pass reads, without biases; 0 for a layer without weights} */
    default int weightCount() {
        return 0;
    }

    /**
     * {@return whether this layer can compute the class scores of a network: a fully connected layer, or a convolution
     * with one filter per class} {@link Network#lastFeatureMap} looks below such layers.
     *
     * @param classes number of the network's outputs
     */
    default boolean canClassify(int classes) {
        return false;
    }

    /** {@return whether the layer combines tokens with each other by a product of two values, as attention does} */
    default boolean mixesTokens() {
        return false;
    }

    /**
     * {@return whether the outputs only select, move, average or repeat input values, as pooling, dropout and a
     * permutation do} {@link Network#lastFeatureMap} skips such layers.
     */
    default boolean isPoolingOrDropout() {
        return false;
    }
}
