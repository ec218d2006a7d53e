package dev.sectional.weights.internal.common;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.MappedFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A tensor whose elements stay in the file, of any type, byte order and strides, and become float32 when they are read.
 * Safe for use by several threads.
 */
public final class StridedTensor implements TensorSource {
    private final Shape shape;
    private final DType type;
    private final FileBytes bytes;
    private final ByteOrder order;
    private final long from;
    private final long[] stride;
    private final boolean dense;

    /**
     * Creates a tensor. The caller has checked that every element lies inside {@code bytes}.
     *
     * @param from offset of the first element, in bytes
     * @param stride distance of neighbours in each dimension, in elements
     */
    public StridedTensor(Shape shape, DType type, FileBytes bytes, ByteOrder order, long from, long[] stride) {
        this.shape = shape;
        this.type = type;
        this.bytes = bytes;
        this.order = order;
        this.from = from;
        this.stride = stride.clone();
        this.dense = isDense(shape, stride);
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public void read(int first, float[] into, int at, int count) {
        Objects.checkFromIndexSize(first, count, shape.size());
        Objects.checkFromIndexSize(at, count, into.length);
        bytes.requireWhole();
        try {
            if (dense) {
                readRun(first, into, at, count);
            } else {
                gather(first, into, at, count);
            }
        } catch (InternalError e) {
            throw MappedFile.explained(e);
        }
    }

    @Override
    public boolean readStored(DType as, int first, ByteBuffer into) throws IOException {
        if (as != type || !dense || order != ByteOrder.LITTLE_ENDIAN) {
            return false;
        }
        bytes.read(from + (long) first * type.bytes(), into);
        return true;
    }

    private void gather(int first, float[] into, int at, int count) {
        int[] index = new int[shape.rank()];
        long value = 0;
        int rest = first;
        for (int d = index.length - 1; d >= 0 && count > 0; d--) {
            index[d] = rest % shape.dim(d);
            rest /= shape.dim(d);
            value += index[d] * stride[d];
        }
        for (int i = 0; i < count; i++) {
            readRun(value, into, at + i, 1);
            int d = index.length - 1;
            value += stride[d];
            while (d > 0 && ++index[d] == shape.dim(d)) {
                value += stride[d - 1] - stride[d] * shape.dim(d);
                index[d--] = 0;
            }
        }
    }

    /** Reads elements that lie side by side, from the one {@code first} elements after {@link #from}. */
    private void readRun(long first, float[] into, int at, int count) {
        int done = 0;
        while (done < count) {
            ByteBuffer rest = bytes.rest(from + (first + done) * type.bytes(), order);
            int run = Math.min(count - done, rest.remaining() / type.bytes());
            convert(rest, into, at + done, run);
            done += run;
        }
    }

    private void convert(ByteBuffer in, float[] into, int at, int count) {
        switch (type) {
            case F32 -> in.asFloatBuffer().get(into, at, count);
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = (float) in.getDouble(i * Double.BYTES);
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = DType.halfToFloat(in.getShort(i * Short.BYTES));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = DType.bfloat16ToFloat(in.getShort(i * Short.BYTES));
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = whole(in, i * type.bytes());
                }
            }
        }
    }

    private long whole(ByteBuffer in, int at) {
        return switch (type) {
            case I64 -> in.getLong(at);
            case I32 -> in.getInt(at);
            case I16 -> in.getShort(at);
            case I8 -> in.get(at);
            default -> in.get(at) & 0xFF;
        };
    }

    private static boolean isDense(Shape shape, long[] stride) {
        long expected = 1;
        for (int d = shape.rank() - 1; d >= 0; d--) {
            if (shape.dim(d) != 1 && stride[d] != expected) {
                return shape.size() <= 1;
            }
            expected *= shape.dim(d);
        }
        return true;
    }
}
