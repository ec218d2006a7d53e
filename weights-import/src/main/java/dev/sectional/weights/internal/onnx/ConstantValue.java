package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.weights.internal.common.TensorViews;

/**
 * A value that is known before any image is: an initialiser, or what follows from some.
 *
 * @param type in which it is stored
 * @param values as float32; they may stay in the file
 * @param whole the values of a short tensor of whole numbers, exactly; null for others. Not to be changed.
 */
record ConstantValue(DType type, TensorSource values, long[] whole) implements GraphValue {
    /** Elements of the longest tensor whose whole numbers are kept: shapes, axes and indices have a handful. */
    static final int MOST_WHOLE = 1 << 12;

    static ConstantValue of(DType type, TensorSource values) {
        return new ConstantValue(type, values, null);
    }

    /**
     * A tensor of I64.
     *
     * @throws IllegalArgumentException if there are more than {@link #MOST_WHOLE}
     */
    static ConstantValue ofWhole(Shape shape, long... whole) {
        if (whole.length > MOST_WHOLE) {
            throw new IllegalArgumentException("makes " + whole.length + " whole numbers, wanted at most " + MOST_WHOLE);
        }
        float[] values = new float[whole.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = whole[i];
        }
        return new ConstantValue(DType.I64, Tensor.of(shape, values), whole);
    }

    Shape shape() {
        return values.shape();
    }

    /** The same values in the same order under another shape of the same size. */
    ConstantValue reshaped(Shape shape) {
        return new ConstantValue(type, TensorViews.reshaped(values, shape), whole);
    }
}
