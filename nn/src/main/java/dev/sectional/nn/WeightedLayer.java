package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.util.function.UnaryOperator;

/**
 * A layer with weights that is linear in its input and in its weights, plus a bias: convolution, fully connected layer,
 * batch norm. Relevance rules decompose these layers. They pass modified weights to {@link #forward(Engine, Tensor,
 * TensorSource)} and {@link #inputGradient}, for example the positive weights alone.
 */
public interface WeightedLayer extends Layer {
    /**
     * {@return the weights in the layout that {@link #forward(Engine, Tensor, TensorSource)} and {@link #inputGradient}
     * take} Each class states that layout: a convolution's is {@code (kh, kw, C / groups, O)} (and not PyTorch's, in
     * which it was given; {@code core.ops.FilterLayout} converts), a linear layer's {@code (M, N)}. Large weights may
     * stay in their file.
     */
    TensorSource weights();

    /**
     * {@return {@link #weights()} after a change, for {@link #forward(Engine, Tensor, TensorSource)} and
     * {@link #inputGradient}} A layer may keep the result for later calls with an equal key, while memory suffices.
     *
     * @param key equal keys stand for the same change
     * @param change returns changed weights of the same shape, each computed from one weight, in whatever layout they
     *     come; the identity for none
     */
    default TensorSource weights(Object key, UnaryOperator<TensorSource> change) {
        return change.apply(weights());
    }

    /**
     * {@return this layer with its weights kept in another form; the same layer if it knows no other form}
     *
     * @param form in which the copy keeps its weights
     * @throws IllegalArgumentException if a weight is beyond the range of the form
     */
    default WeightedLayer keeping(Weights form) {
        return this;
    }

    /**
     * {@return one value per output channel, or null for a layer without bias} The array is not a copy and must not be
     * changed.
     */
    float[] bias();

    /**
     * Computes the layer's output with the given weights and without bias.
     *
     * @param engine runs the kernels
     * @param x the input, in the shape and layout that {@link Layer#forward} takes
     * @param weights in the shape and layout of {@link #weights()}
     * @return the output, a new tensor
     */
    Tensor forward(Engine engine, Tensor x, TensorSource weights);

    /**
     * Computes the gradient of {@code sum(forward(x, weights) * outputGradient)} with respect to x, the transposed
     * operation. It does not depend on x.
     *
     * @param engine runs the kernels
     * @param outputGradient of the shape of the layer's output
     * @param weights in the shape and layout of {@link #weights()}
     * @param input shape of x
     * @return a tensor of shape {@code input}
     */
    Tensor inputGradient(Engine engine, Tensor outputGradient, TensorSource weights, Shape input);
}
