package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.PureLayer;

/**
 * {@code exp(x) / sum(exp(x))} of a vector, which some models compute after their logits. Explanations start at the
 * logits and refuse a network that ends in a softmax: leave it out, and let the model card say how logits become
 * probabilities.
 */
public final class Softmax implements PureLayer {
    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 1 || input.size() == 0) {
            throw new IllegalArgumentException("a softmax takes a vector, got " + input);
        }
        return input;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (float value : x.data()) {
            greatest = Math.max(greatest, value);
        }
        double sum = 0;
        for (float value : x.data()) {
            sum += Math.exp(value - greatest);
        }
        Tensor y = Tensor.zeros(outputShape(x.shape()));
        for (int i = 0; i < y.data().length; i++) {
            y.data()[i] = (float) (Math.exp(x.data()[i] - greatest) / sum);
        }
        return y;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        double mean = 0;
        for (int i = 0; i < y.data().length; i++) {
            mean += (double) y.data()[i] * outputGradient.data()[i];
        }
        Tensor gradient = Tensor.zeros(x.shape());
        for (int i = 0; i < y.data().length; i++) {
            gradient.data()[i] = (float) (y.data()[i] * (outputGradient.data()[i] - mean));
        }
        return gradient;
    }
}
