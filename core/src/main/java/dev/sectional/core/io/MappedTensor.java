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
 * A tensor whose elements stay in a buffer, such as a mapped file, and are converted to float32 as they are read.
 *
 * <p>The tensor shares the buffer and keeps its mapping alive, also after the file is closed; it has nothing to close
 * itself. Reads do not change the buffer's position, so several threads may read at once.
 */
public final class MappedTensor implements TensorSource {
    /** File offset of a buffer that is not known to start at a byte of a file. */
    private static final int UNKNOWN = -1;

    private final Shape shape;
    private final DType type;
    private final ByteBuffer bytes;
    /** The elements if they need no conversion, else null. One view per read would be most of what a pass allocates. */
    private final FloatBuffer floats;
    private final MappedFile file;
    private final long fileOffset;

    /**
     * Creates a tensor over a buffer.
     *
     * @param shape shape of the tensor
     * @param type type of the stored elements
     * @param bytes the elements, little-endian, from its first byte on; shared, not copied
     * @throws IllegalArgumentException if the buffer does not have the length of the elements
     */
    public MappedTensor(Shape shape, DType type, ByteBuffer bytes) {
        this(shape, type, bytes, null);
    }

    /**
     * Creates a tensor over a buffer that is mapped from a file.
     *
     * @param shape shape of the tensor
     * @param type type of the stored elements
     * @param bytes the elements, little-endian, from its first byte on; shared, not copied
     * @param file the file whose length is checked before each read; null for none
     * @throws IllegalArgumentException if the buffer does not have the length of the elements
     */
    public MappedTensor(Shape shape, DType type, ByteBuffer bytes, MappedFile file) {
        this(shape, type, bytes, file, UNKNOWN);
    }

    /** @param fileOffset byte of the file at which the buffer starts */
    MappedTensor(Shape shape, DType type, ByteBuffer bytes, MappedFile file, long fileOffset) {
        if ((long) shape.size() * type.bytes() != bytes.limit()) {
            throw new IllegalArgumentException(type + " of shape " + shape + " takes "
                    + (long) shape.size() * type.bytes() + " bytes, got " + bytes.limit());
        }
        this.shape = shape;
        this.type = type;
        this.file = file;
        this.fileOffset = fileOffset;
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
        if (file != null) {
            file.requireWhole();
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
        if (file != null) {
            file.requireWhole();
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
        if (fileOffset != UNKNOWN && file.read(fileOffset + first, into)) {
            return true;
        }
        if (file != null) {
            file.requireWhole();
        }
        into.put(bytes.slice(first, into.remaining()));
        return true;
    }
}
