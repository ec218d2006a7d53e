package dev.sectional.nn;

import dev.sectional.core.DType;
import dev.sectional.core.HalfTensor;
import dev.sectional.core.TensorSource;

/** Forms in which a network keeps the weights of its convolutions and linear layers. */
public enum Weights {
    /** As they are given: float32 in memory, any type in a mapped file. */
    AS_GIVEN(null),
    /** float16 in memory: half the size, values up to 65504, 11 significant bits. */
    F16(DType.F16),
    /** bfloat16 in memory: half the size, the range of float32, 8 significant bits. */
    BF16(DType.BF16);

    private final DType type;

    Weights(DType type) {
        this.type = type;
    }

    /**
     * {@return weights in this form}
     *
     * @param weights as the file has them
     * @throws IllegalArgumentException if a value is beyond the range of the form
     */
    public TensorSource of(TensorSource weights) {
        return type == null ? weights : HalfTensor.of(weights, type);
    }
}
