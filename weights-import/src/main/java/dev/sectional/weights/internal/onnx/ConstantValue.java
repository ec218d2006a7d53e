package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;

/**
 * A value that is known at import: an initializer, or a value computed from initializers.
 *
 * @param type of the elements in the file
 * @param values the elements as float32, which may stay in the file
 * @param integers the exact elements of a short tensor of integers; null for other tensors. Must not be changed
 */
record ConstantValue(DType type, TensorSource values, long[] integers) implements GraphValue {
    /** Longest tensor whose integers are kept. Shapes, axes and indices have a handful. */
    static final int MOST_INTEGERS = 1 << 12;

    /** Returns a value without exact integers. */
    static ConstantValue of(DType type, TensorSource values) {
        return new ConstantValue(type, values, null);
    }

    /**
     * Returns a tensor of I64.
     *
     * @throws IllegalArgumentException if there are more than {@link #MOST_INTEGERS}
     */
    static ConstantValue ofIntegers(Shape shape, long... integers) {
        if (integers.length > MOST_INTEGERS) {
            throw new IllegalArgumentException("makes " + integers.length + " integers, wanted at most "
                    + MOST_INTEGERS);
        }
        float[] values = new float[integers.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = integers[i];
        }
        return new ConstantValue(DType.I64, Tensor.of(shape, values), integers);
    }

    Shape shape() {
        return values.shape();
    }

    /** Returns the same elements in the same order under another shape of the same size. */
    ConstantValue reshaped(Shape shape) {
        return new ConstantValue(type, values.reshape(shape), integers);
    }
}
