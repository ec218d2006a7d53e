package dev.sectional.laws;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.Random;

/** Distributions of the elements of a tensor. */
public enum Values {
    /** Uniform in [-1, 1). */
    SIGNED,
    /** {@link #SIGNED} after a ReLU: about half are 0. */
    POSITIVE,
    /** At least 0; nine in ten are 0. */
    SPARSE,
    /** All 0. */
    ZERO;

    /**
     * {@return a random tensor} No element dominates, so rounding can be compared with the sum of absolutes.
     *
     * @param shape of the tensor
     * @param random source of the values
     */
    public Tensor tensor(Shape shape, Random random) {
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = next(random);
        }
        return tensor;
    }

    private float next(Random random) {
        float value = random.nextFloat() * 2 - 1;
        return switch (this) {
            case SIGNED -> value;
            case POSITIVE -> Math.max(value, 0);
            case SPARSE -> random.nextInt(10) == 0 ? Math.abs(value) : 0;
            case ZERO -> 0;
        };
    }
}
