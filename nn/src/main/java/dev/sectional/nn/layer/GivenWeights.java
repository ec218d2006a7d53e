package dev.sectional.nn.layer;

import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;

/**
 * Checks of weights that a program gives. Tensors in memory are checked at once; those of files are checked by their
 * readers, because reading a large file twice costs more than everything else.
 */
final class GivenWeights {
    private GivenWeights() {
    }

    /**
     * Returns the weights themselves.
     *
     * @param what for the message, such as {@code a convolution's weight}
     * @throws IllegalArgumentException if they are in memory and a value is not finite
     */
    static TensorSource finite(String what, TensorSource weights) {
        if (weights instanceof Tensor tensor) {
            requireFinite(what, tensor.data());
        }
        return weights;
    }

    /**
     * Returns a copy of weights.
     *
     * @throws IllegalArgumentException if a value is not finite
     */
    static float[] copied(String what, TensorSource weights) {
        float[] values = weights.tensor().data().clone();
        requireFinite(what, values);
        return values;
    }

    private static void requireFinite(String what, float[] values) {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new IllegalArgumentException(what + " is finite, got " + values[i] + " at element " + i);
            }
        }
    }
}
