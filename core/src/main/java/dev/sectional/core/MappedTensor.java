package dev.sectional.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Values that stay in a buffer, such as a mapped file, and are converted to float32 as they are read. Reads leave the buffer's
 * position alone, so threads do not disturb one another.
 */
public final class MappedTensor implements TensorSource {
    private final Shape shape;
    private final DType type;
    private final ByteBuffer bytes;
    private final MappedFile watched;

    /**
     * @param type of the stored elements
     * @param bytes the elements, little-endian, from its first byte; shared, not copied
     * @throws IllegalArgumentException if the buffer is not exactly as long as the elements are
     */
    public MappedTensor(Shape shape, DType type, ByteBuffer bytes) {
        this(shape, type, bytes, null);
    }

    /**
     * @param watched the file that the buffer is mapped from; null for none
     * @throws IllegalArgumentException if the buffer is not exactly as long as the elements are
     */
    public MappedTensor(Shape shape, DType type, ByteBuffer bytes, MappedFile watched) {
        if ((long) shape.size() * type.bytes() != bytes.limit()) {
            throw new IllegalArgumentException(type + " of shape " + shape + " takes " + (long) shape.size() * type.bytes() + " bytes, got "
                    + bytes.limit());
        }
        this.shape = shape;
        this.type = type;
        this.watched = watched;
        this.bytes = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public void read(int from, float[] into, int at, int count) {
        Objects.checkFromIndexSize(from, count, shape.size());
        Objects.checkFromIndexSize(at, count, into.length);
        if (watched != null) {
            watched.requireWhole();
        }
        try {
            Elements.decode(bytes, type, from, count, into, at);
        } catch (InternalError e) {
            throw MappedFile.explained(e);
        }
    }

    @Override
    public ByteBuffer stored(DType as, int from) {
        if (as != type) {
            return null;
        }
        if (watched != null) {
            watched.requireWhole();
        }
        return bytes.slice(from * type.bytes(), bytes.limit() - from * type.bytes());
    }
}
