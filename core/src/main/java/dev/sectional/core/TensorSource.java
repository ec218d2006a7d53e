package dev.sectional.core;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Float32 values of a known shape that can be read piece by piece: a tensor in memory, or one that stays in a mapped
 * file and is converted as it is read. Implementations are safe to read from several threads at once.
 */
public interface TensorSource {
    /** The shape of the whole. */
    Shape shape();

    /**
     * Copies {@code count} values, in row-major order from element {@code from}, into {@code into[at..]}.
     *
     * @throws IndexOutOfBoundsException if the range leaves the tensor or the array
     */
    void read(int from, float[] into, int at, int count);

    /**
     * Fills a buffer with values as they are stored, little-endian, from element {@code from} on, where they are stored as that
     * type and one after the other. For copying without converting.
     *
     * @param into has room for whole elements, no more than follow {@code from}
     * @return false, and nothing was read, where the values have to be converted
     */
    default boolean readStored(DType type, int from, ByteBuffer into) throws IOException {
        return false;
    }

    /**
     * Hands the values to somebody where they lie, if they lie in a buffer as little-endian float32 from its first byte on: without a
     * copy they are read as fast as memory can be.
     *
     * @return false, and nothing was handed, where they have to be {@link #read}
     */
    default boolean inPlace(Consumer<ByteBuffer> use) {
        return false;
    }

    /** The whole as a tensor; may be this. */
    default Tensor tensor() {
        float[] data = new float[shape().size()];
        read(0, data, 0, data.length);
        return Tensor.of(shape(), data);
    }
}
