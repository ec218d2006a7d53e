package dev.sectional.core;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Float32 elements of a known shape that are read in chunks: a tensor in memory, or a tensor that stays in a mapped
 * file and is converted as it is read. Several threads may read an implementation at once.
 */
public interface TensorSource {
    /** {@return the shape of the tensor} */
    Shape shape();

    /**
     * Copies the elements {@code from .. from + count - 1}, in row-major order, into {@code into[at..]}.
     *
     * @param from index of the first element
     * @param into receives the elements
     * @param at index of the first element in {@code into}
     * @param count number of elements
     * @throws IndexOutOfBoundsException if the range leaves the tensor or the array
     */
    void read(int from, float[] into, int at, int count);

    /**
     * Fills a buffer with elements as they are stored, if they are stored contiguously and with the given type. Used
     * to copy tensors without conversion.
     *
     * @param type the wanted type
     * @param from index of the first element
     * @param into little-endian buffer whose remaining bytes are filled; at most those of the elements from
     *     {@code from} on
     * @return true, or false without reading if the elements need a conversion
     * @throws IOException if the file cannot be read
     */
    default boolean readStored(DType type, int from, ByteBuffer into) throws IOException {
        return false;
    }

    /**
     * Passes the elements to a function without a copy, if they are little-endian float32 in a direct buffer from its
     * first byte on. The function must not keep the buffer.
     *
     * @param use function that reads the buffer
     * @return true, or false without a call if the elements must be {@linkplain #read read}
     */
    default boolean inPlace(Consumer<ByteBuffer> use) {
        return false;
    }

    /**
     * {@return the same elements in the same order under another shape, without a copy}
     *
     * @param other of the same size
     * @throws IllegalArgumentException if the sizes differ
     */
    default TensorSource reshape(Shape other) {
        return other.equals(shape()) ? this : new ReshapedSource(other, this);
    }

    /** {@return the whole tensor in memory: a new tensor, or this one} */
    default Tensor tensor() {
        float[] data = new float[shape().size()];
        read(0, data, 0, data.length);
        return Tensor.of(shape(), data);
    }
}
