package dev.sectional.benchmarks;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.util.Objects;

/**
 * Values that any program can make again, so that all engines get the same weights and none need to be downloaded:
 * value {@code i} of tensor {@code t} is {@code 2u - 1} times a scale, {@code u} in 0..1 from splitmix64 of
 * {@code seed + t * 2^40 + i}, computed in float64 and rounded once.
 *
 * @param ordinal of the tensor in its network, at least 0
 * @param scale the greatest absolute value
 */
record Generated(long seed, int ordinal, double scale, Shape shape) implements TensorSource {
    private static final double BIAS_SCALE = 0.05;
    /** Far from the ordinal of any weight. */
    private static final int INPUT_ORDINAL = 9999;
    private static final double INPUT_SCALE = 2;

    /** He-uniform weights, which keep the size of activations from layer to layer; one dimension means biases. */
    static Generated parameter(long seed, int ordinal, Shape shape) {
        double fanIn = shape.rank() == 1 ? 1 : shape.size() / shape.dim(0);
        return new Generated(seed, ordinal, shape.rank() == 1 ? BIAS_SCALE : Math.sqrt(6 / fanIn), shape);
    }

    /** An image {@code (3, size, size)} with values in -2..2, as after normalisation. */
    static Tensor image(long seed, int size) {
        return new Generated(seed, INPUT_ORDINAL, INPUT_SCALE, Shape.of(3, size, size)).tensor();
    }

    @Override
    public void read(int from, float[] into, int at, int count) {
        Objects.checkFromIndexSize(from, count, shape.size());
        for (int i = 0; i < count; i++) {
            into[at + i] = (float) (uniform(from + i) * scale);
        }
    }

    private double uniform(long index) {
        long z = (index + seed + ((long) ordinal << 40) + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        z ^= z >>> 31;
        return 2 * ((z >>> 11) * 0x1p-53) - 1;
    }
}
