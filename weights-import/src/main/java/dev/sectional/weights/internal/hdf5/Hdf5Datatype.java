package dev.sectional.weights.internal.hdf5;

import dev.sectional.core.DType;
import java.nio.ByteOrder;

/**
 * The element type of a dataset or attribute, after section IV.A.2.d of the HDF5 File Format Specification.
 *
 * @param kind the specification's datatype class
 * @param size of an element, in bytes
 * @param order of the bytes of a number
 * @param number the type in this project; null for types that weights do not have
 */
record Hdf5Datatype(int kind, int size, ByteOrder order, DType number) {
    private static final int WHOLE = 0;
    private static final int FLOAT = 1;
    private static final int TEXT = 3;
    private static final int OPAQUE = 5;
    private static final int ENUMERATION = 8;
    private static final int VARIABLE = 9;

    /** Reads a datatype message. */
    static Hdf5Datatype read(Hdf5Cursor in) {
        int kind = in.u8() & 0xF;
        int bits = in.u8();
        long size = in.skip(2).u32();
        if (size == 0 || size > Integer.MAX_VALUE) {
            throw in.damaged("an element type has " + size + " bytes");
        }
        ByteOrder order = (bits & 1) == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        DType number = switch (kind) {
            case WHOLE -> whole((int) size, (bits & 8) != 0);
            case FLOAT -> floating(in.skip(5).u8(), in.skip(1).u8(), (int) size);
            // NumPy writes booleans as an enumeration over bytes.
            case ENUMERATION -> size == 1 ? DType.BOOL : null;
            default -> null;
        };
        return new Hdf5Datatype(kind, (int) size, order, number);
    }

    /** Returns whether elements are text of {@link #size} bytes. */
    boolean isText() {
        return kind == TEXT;
    }

    /** Returns whether elements are text of any length, which lies elsewhere in the file. */
    boolean isVariableText() {
        return kind == VARIABLE;
    }

    /**
     * Returns the type of elements that Keras stores as opaque pairs of bytes; this type if it is another.
     *
     * @param name value of the attribute {@code dtype}, which is {@code bfloat16} then
     */
    Hdf5Datatype opaqueAs(String name) {
        return kind == OPAQUE && size == 2 && "bfloat16".equals(name)
                ? new Hdf5Datatype(kind, size, ByteOrder.LITTLE_ENDIAN, DType.BF16) : this;
    }

    private static DType whole(int size, boolean signed) {
        return switch (size) {
            case 8 -> signed ? DType.I64 : null;
            case 4 -> signed ? DType.I32 : null;
            case 2 -> signed ? DType.I16 : null;
            case 1 -> signed ? DType.I8 : DType.U8;
            default -> null;
        };
    }

    private static DType floating(int exponent, int mantissa, int size) {
        return switch (size) {
            case 8 -> exponent == 11 && mantissa == 52 ? DType.F64 : null;
            case 4 -> exponent == 8 && mantissa == 23 ? DType.F32 : null;
            case 2 -> exponent == 5 && mantissa == 10 ? DType.F16 : exponent == 8 && mantissa == 7 ? DType.BF16 : null;
            default -> null;
        };
    }
}
