package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.PureLayer;

/** Dropout outside training: returns its input, unchanged and of any shape. */
public final class Dropout implements PureLayer {
    @Override
    public boolean isPoolingOrDropout() {
        return true;
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return x;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return outputGradient;
    }
}
