package dev.sectional.laws;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.WeightedLayer;

/**
 * A layer with weights whose transposed operation is another one's.
 *
 * @param forward computes the output
 * @param backward computes the gradient
 */
record WrongLayer(WeightedLayer forward, WeightedLayer backward) implements WeightedLayer {
    @Override
    public Shape outputShape(Shape input) {
        return forward.outputShape(input);
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return forward.forward(engine, x);
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return inputGradient(engine, outputGradient, weights(), x.shape());
    }

    @Override
    public TensorSource weights() {
        return forward.weights();
    }

    @Override
    public float[] bias() {
        return forward.bias();
    }

    @Override
    public Tensor forward(Engine engine, Tensor x, TensorSource weights) {
        return forward.forward(engine, x, weights);
    }

    @Override
    public Tensor inputGradient(Engine engine, Tensor outputGradient, TensorSource weights, Shape input) {
        return backward.inputGradient(engine, outputGradient, backward.weights(), input);
    }
}
