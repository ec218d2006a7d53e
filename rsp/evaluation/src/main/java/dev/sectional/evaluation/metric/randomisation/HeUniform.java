package dev.sectional.evaluation.metric.randomisation;

import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.evaluation.internal.CounterRandom;
import java.util.Objects;

/**
 * Weights of an untrained layer before a ReLU: uniform in {@code -b .. b} with {@code b = sqrt(6 / inputs)}, which
 * keeps the scale of activations from layer to layer (He, Zhang, Ren, Sun: Delving Deep into Rectifiers, ICCV 2015).
 * Each value is a function of the seed and its index, computed when it is read, so that a large network with random
 * weights needs no memory for them.
 *
 * @param shape {@code (outputs, inputs, ...)}
 */
record HeUniform(Shape shape, CounterRandom draws) implements TensorSource {
    @Override
    public void read(int from, float[] into, int at, int count) {
        Objects.checkFromIndexSize(from, count, shape.size());
        double bound = Math.sqrt(6.0 / (shape.size() / shape.dim(0)));
        for (int i = 0; i < count; i++) {
            into[at + i] = (float) ((2 * draws.uniform(from + i) - 1) * bound);
        }
    }
}
