package dev.sectional.nn;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.Random;

/** Random tensors for tests: a seed gives the same values each time. */
public final class TestTensors {
    private TestTensors() {
    }

    /** Returns values that are uniform in [-1, 1). */
    public static Tensor random(Shape shape, long seed) {
        return random(shape, seed, 1);
    }

    /** Returns values that are uniform in [-bound, bound). */
    public static Tensor random(Shape shape, long seed, float bound) {
        Random random = new Random(seed);
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = (random.nextFloat() * 2 - 1) * bound;
        }
        return tensor;
    }

    /** Returns values of which a third are 0 and the others uniform in [-0.5, 0.5). */
    public static Tensor randomWithZeros(Shape shape, long seed) {
        Random random = new Random(seed);
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = random.nextInt(3) == 0 ? 0 : random.nextFloat() - 0.5f;
        }
        return tensor;
    }
}
