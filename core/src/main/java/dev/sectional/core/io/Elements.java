package dev.sectional.core.io;

import dev.sectional.core.DType;
import java.nio.ByteBuffer;

/** Conversion between stored elements of every type and float32, with one loop per type. */
final class Elements {
    private Elements() {
    }

    /**
     * Decodes the elements {@code from .. from + count - 1} of a buffer into {@code into[at..]}, in the buffer's byte
     * order. Does not change the buffer's position.
     */
    static void decode(ByteBuffer bytes, DType type, int from, int count, float[] into, int at) {
        ByteBuffer part = bytes.slice(from * type.bytes(), count * type.bytes()).order(bytes.order());
        switch (type) {
            case F32 -> part.asFloatBuffer().get(into, at, count);
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = DType.halfToFloat(part.getShort(2 * i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = DType.bfloat16ToFloat(part.getShort(2 * i));
                }
            }
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = (float) part.getDouble(8 * i);
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = integer(part, type, i);
                }
            }
        }
    }

    /** Returns element {@code i} of an integer type. U8 is unsigned, BOOL is 0 or 1. */
    static long integer(ByteBuffer bytes, DType type, int i) {
        return switch (type) {
            case I64 -> bytes.getLong(8 * i);
            case I32 -> bytes.getInt(4 * i);
            case I16 -> bytes.getShort(2 * i);
            case I8 -> bytes.get(i);
            case U8, BOOL -> bytes.get(i) & 0xFF;
            default -> throw new IllegalArgumentException("wanted an integer type, got " + type);
        };
    }

    /**
     * Writes the first {@code count} values at the buffer's position and advances it. F16 and BF16 round to nearest
     * even.
     */
    static void encode(float[] values, int count, DType type, ByteBuffer into) {
        switch (type) {
            case F32 -> {
                into.asFloatBuffer().put(values, 0, count);
                into.position(into.position() + 4 * count);
            }
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    into.putDouble(values[i]);
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    into.putShort(DType.floatToHalf(values[i]));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    into.putShort(DType.floatToBfloat16(values[i]));
                }
            }
            default -> throw new IllegalArgumentException("tensors are written as F64, F32, F16 or BF16, not " + type);
        }
    }
}
