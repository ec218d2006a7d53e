package dev.sectional.core.io;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Values that stay in a buffer, such as a mapped file, and are converted to float32 as they are read. Reads leave the buffer's
 * position alone, so threads do not disturb one another.
 */
public final class MappedTensor implements TensorSource {
    private static final int UNKNOWN = -1;

    private final Shape shape;
    private final DType type;
    private final ByteBuffer bytes;
    /** The same elements where they need no conversion: a view made for each read would be most of what a pass allocates. Else null. */
    private final FloatBuffer floats;
    private final MappedFile watched;
    private final long place;

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
        this(shape, type, bytes, watched, UNKNOWN);
    }

    /** @param place the byte of the file where the buffer begins */
    MappedTensor(Shape shape, DType type, ByteBuffer bytes, MappedFile watched, long place) {
        if ((long) shape.size() * type.bytes() != bytes.limit()) {
            throw new IllegalArgumentException(type + " of shape " + shape + " takes " + (long) shape.size() * type.bytes() + " bytes, got "
                    + bytes.limit());
        }
        this.shape = shape;
        this.type = type;
        this.watched = watched;
        this.place = place;
        this.bytes = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        this.floats = type == DType.F32 ? this.bytes.asFloatBuffer() : null;
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
            if (floats != null) {
                floats.get(from, into, at, count);
            } else {
                Elements.decode(bytes, type, from, count, into, at);
            }
        } catch (InternalError e) {
            throw MappedFile.explained(e);
        }
    }

    @Override
    public boolean inPlace(Consumer<ByteBuffer> use) {
        if (floats == null || !bytes.isDirect()) {
            return false;
        }
        if (watched != null) {
            watched.requireWhole();
        }
        try {
            use.accept(bytes);
        } catch (InternalError e) {
            throw MappedFile.explained(e);
        }
        return true;
    }

    @Override
    public boolean readStored(DType as, int from, ByteBuffer into) throws IOException {
        if (as != type) {
            return false;
        }
        int first = from * type.bytes();
        if (place != UNKNOWN && watched.read(place + first, into)) {
            return true;
        }
        if (watched != null) {
            watched.requireWhole();
        }
        into.put(bytes.slice(first, into.remaining()));
        return true;
    }
}
