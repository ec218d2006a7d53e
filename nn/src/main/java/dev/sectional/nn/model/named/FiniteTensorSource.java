package dev.sectional.nn.model.named;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;

/**
 * Weights of a file that are checked to be finite: reading an infinity or NaN, as a damaged file or a failed training
 * leaves them, throws an {@link InputException} that names file, tensor and element. Small tensors are checked when
 * they are opened. Larger ones are checked chunk by chunk at the first read, because checking a whole file would take
 * most of the time of opening it. Safe for use by several threads.
 */
public final class FiniteTensorSource implements TensorSource {
    /** Most elements of a tensor that is checked when it is opened. */
    private static final int SMALL = 1 << 16;
    /** Elements of a chunk. */
    private static final int CHUNK = 1 << 9;

    private final String file;
    private final String name;
    private final TensorSource source;
    /** One bit per chunk, set after the chunk was checked. */
    private final AtomicIntegerArray finite;
    /** Number of chunks that are not checked yet. */
    private final AtomicInteger unknown;

    private FiniteTensorSource(String file, String name, TensorSource source) {
        this.file = file;
        this.name = name;
        this.source = source;
        int chunks = (source.shape().size() + CHUNK - 1) / CHUNK;
        this.finite = new AtomicIntegerArray(chunks / Integer.SIZE + 1);
        this.unknown = new AtomicInteger(chunks);
    }

    /**
     * Returns the tensor itself if it is small, after checking it; otherwise a tensor that is checked when it is read.
     *
     * @param file name of the file, for messages
     * @param name name of the tensor, for messages
     * @throws InputException if the tensor is small and a value is not finite
     */
    public static TensorSource of(String file, String name, TensorSource source) {
        FiniteTensorSource weights = new FiniteTensorSource(file, name, source);
        if (source.shape().size() <= SMALL) {
            weights.require(source.tensor().data(), 0, 0, source.shape().size());
            return source;
        }
        return weights;
    }

    @Override
    public Shape shape() {
        return source.shape();
    }

    @Override
    public void read(int from, float[] into, int at, int count) {
        source.read(from, into, at, count);
        for (int chunk = from / CHUNK; chunk <= (from + count - 1) / CHUNK; chunk++) {
            if ((finite.get(chunk / Integer.SIZE) >> chunk & 1) == 0) {
                requireChunk(chunk, from, into, at, count);
                int bit = 1 << chunk;
                if ((finite.getAndAccumulate(chunk / Integer.SIZE, bit, (known, found) -> known | found) & bit) == 0) {
                    unknown.decrementAndGet();
                }
            }
        }
    }

    /** Gives access to the values in place once all chunks were checked; refuses before. */
    @Override
    public boolean inPlace(Consumer<ByteBuffer> use) {
        return unknown.get() == 0 && source.inPlace(use);
    }

    /**
     * Checks a chunk that was just read, in whole or in part. Of a chunk read in part the whole is read and checked:
     * otherwise rows that do not end with a chunk would never set its bit.
     */
    private void requireChunk(int chunk, int from, float[] into, int at, int count) {
        int start = chunk * CHUNK;
        int size = Math.min(CHUNK, source.shape().size() - start);
        if (start >= from && start + size <= from + count) {
            require(into, at + start - from, start, size);
            return;
        }
        float[] whole = new float[size];
        source.read(start, whole, 0, size);
        require(whole, 0, start, size);
    }

    @Override
    public Tensor tensor() {
        Tensor tensor = source.tensor();
        require(tensor.data(), 0, 0, tensor.data().length);
        return tensor;
    }

    /**
     * Throws an InputException if a value is not finite. A finite value times 0 is 0, any other is NaN, and NaN stays
     * in the sum. Four sums, because each addition waits for the one before it.
     */
    private void require(float[] values, int at, int from, int count) {
        float sum0 = 0;
        float sum1 = 0;
        float sum2 = 0;
        float sum3 = 0;
        int end = at + count;
        int done = at;
        for (; done <= end - 4; done += 4) {
            sum0 += values[done] * 0;
            sum1 += values[done + 1] * 0;
            sum2 += values[done + 2] * 0;
            sum3 += values[done + 3] * 0;
        }
        for (; done < end; done++) {
            sum0 += values[done] * 0;
        }
        for (int i = 0; sum0 + sum1 + sum2 + sum3 != 0 && i < count; i++) {
            if (!Float.isFinite(values[at + i])) {
                throw new InputException(file + ": tensor '" + name + "' holds " + values[at + i] + " at element "
                        + (from + i));
            }
        }
    }
}
