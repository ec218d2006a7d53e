package dev.sectional.core;

/** The element types of safetensors files, with conversions between the 16-bit floating-point types and float32. */
public enum DType {
    /** IEEE float64. */
    F64(8),
    /** IEEE float32. */
    F32(4),
    /** IEEE half precision: 5 bits of exponent, 10 of fraction. */
    F16(2),
    /** The upper half of a float32: 8 bits of exponent, 7 of fraction. */
    BF16(2),
    /** Signed, 64 bits. */
    I64(8),
    /** Signed, 32 bits. */
    I32(4),
    /** Signed, 16 bits. */
    I16(2),
    /** Signed, 8 bits. */
    I8(1),
    /** Unsigned, 8 bits. */
    U8(1),
    /** One byte, 0 or 1. */
    BOOL(1);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** {@return the number of bytes of one element} */
    public int bytes() {
        return bytes;
    }

    /**
     * {@return the exact value of an IEEE half}
     *
     * @param half bits of an IEEE half, such as a float16 of a file
     */
    public static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >>> 10 & 0x1F;
        int fraction = half & 0x3FF;
        if (exponent == 31) {
            return Float.intBitsToFloat(sign | 0x7F800000 | fraction << 13);
        }
        if (exponent == 0) {
            float subnormal = fraction * 0x1p-24f;
            return sign == 0 ? subnormal : -subnormal;
        }
        return Float.intBitsToFloat(sign | exponent + 112 << 23 | fraction << 13);
    }

    /**
     * {@return the nearest IEEE half, ties to even} Overflow gives an infinity; a NaN keeps the upper bits of its
     * payload.
     *
     * @param value any float
     */
    public static short floatToHalf(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & 0x7FFFFFFF;
        if (magnitude > 0x7F800000) {
            return (short) (sign | 0x7C00 | Math.max(1, magnitude >>> 13 & 0x3FF));
        }
        if (magnitude >= 0x47800000) {
            return (short) (sign | 0x7C00);
        }
        if (magnitude < 0x38800000) {
            return (short) (sign | (int) Math.rint(Math.abs(value) * 0x1p24));
        }
        int rounded = magnitude + 0xFFF + (magnitude >>> 13 & 1);
        return (short) (sign | (rounded >>> 13) - (112 << 10));
    }

    /**
     * {@return the exact value of a bfloat16}
     *
     * @param value bits of a bfloat16
     */
    public static float bfloat16ToFloat(short value) {
        return Float.intBitsToFloat(value << 16);
    }

    /**
     * {@return the nearest bfloat16, ties to even} Overflow gives an infinity; a NaN keeps the upper bits of its
     * payload.
     *
     * @param value any float
     */
    public static short floatToBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 & 0xFF80 | Math.max(1, bits >>> 16 & 0x7F));
        }
        return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }
}
