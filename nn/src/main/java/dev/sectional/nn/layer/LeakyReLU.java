package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Activation;
import dev.sectional.nn.PureLayer;

/**
 * {@code x} where x is positive, {@code slope x} elsewhere, for any shape.
 *
 * @param slope finite; PyTorch's default is 0.01
 */
public record LeakyReLU(float slope) implements Activation, PureLayer {
    /**
     * Creates the layer; checks the slope.
     *
     * @param slope the component {@code slope}
     */
    public LeakyReLU {
        if (!Float.isFinite(slope)) {
            throw new IllegalArgumentException("the slope of a leaky ReLU is finite, got " + slope);
        }
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = x.copy();
        for (int i = 0; i < y.data().length; i++) {
            y.data()[i] = y.data()[i] > 0 ? y.data()[i] : slope * y.data()[i];
        }
        return y;
    }

    /** Computes the gradient, which is the slope at 0. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Tensor gradient = outputGradient.copy();
        for (int i = 0; i < gradient.data().length; i++) {
            gradient.data()[i] *= x.data()[i] > 0 ? 1f : slope;
        }
        return gradient;
    }
}
