package dev.sectional.core;

import java.util.Objects;

/**
 * A tensor that keeps its elements as float16 or bfloat16 in memory, half the size of float32, and widens them as they
 * are read. Immutable.
 */
public final class HalfTensor implements TensorSource {
    private static final int CHUNK = 1 << 14;
    private static final int SIGN = 0x8000;

    private final Shape shape;
    private final DType type;
    private final short[] elements;

    private HalfTensor(Shape shape, DType type, short[] elements) {
        this.shape = shape;
        this.type = type;
        this.elements = elements;
    }

    /**
     * {@return a copy of a tensor, rounded to nearest even} float16 changes a value by at most 2^-11 of it, below 2^-14
     * by at most 2^-25; bfloat16 by at most 2^-8 of it.
     *
     * @param values read once, chunk by chunk
     * @param type {@link DType#F16} or {@link DType#BF16}
     * @throws IllegalArgumentException if it is another type, or an element is not finite or beyond its range
     */
    public static HalfTensor of(TensorSource values, DType type) {
        if (type != DType.F16 && type != DType.BF16) {
            throw new IllegalArgumentException("half-precision elements are F16 or BF16, got " + type);
        }
        short[] elements = new short[values.shape().size()];
        float[] chunk = new float[Math.min(CHUNK, elements.length)];
        for (int from = 0; from < elements.length; from += chunk.length) {
            int count = Math.min(chunk.length, elements.length - from);
            values.read(from, chunk, 0, count);
            for (int i = 0; i < count; i++) {
                short element = type == DType.F16 ? DType.floatToHalf(chunk[i]) : DType.floatToBfloat16(chunk[i]);
                float widened = type == DType.F16 ? DType.halfToFloat(element) : DType.bfloat16ToFloat(element);
                if (!Float.isFinite(widened)) {
                    throw new IllegalArgumentException(chunk[i] + " at element " + (from + i)
                            + " is beyond the range of "
                            + type + (type == DType.F16 ? ", which ends at 65504: use BF16 or F32" : ": use F32"));
                }
                elements[from + i] = element;
            }
        }
        return new HalfTensor(values.shape(), type, elements);
    }

    @Override
    public HalfTensor reshape(Shape other) {
        if (other.size() != elements.length) {
            throw new IllegalArgumentException("shape " + other + " does not have the size of " + shape);
        }
        return new HalfTensor(other, type, elements);
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public void read(int from, float[] into, int at, int count) {
        Objects.checkFromIndexSize(from, count, elements.length);
        Objects.checkFromIndexSize(at, count, into.length);
        if (type == DType.BF16) {
            for (int i = 0; i < count; i++) {
                into[at + i] = Float.intBitsToFloat(elements[from + i] << 16);
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            int half = elements[from + i];
            // The exponent's bias differs by 112. Exact for every finite half, without a branch for subnormal ones.
            float magnitude = Float.intBitsToFloat((half & ~SIGN & 0xFFFF) << 13) * 0x1p112f;
            into[at + i] = Float.intBitsToFloat(Float.floatToRawIntBits(magnitude) | (half & SIGN) << 16);
        }
    }

    /** {@return the type and the shape, without the elements} */
    @Override
    public String toString() {
        return "HalfTensor " + type + " " + shape;
    }
}
