package dev.sectional.nn.model;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;

/**
 * Weights that refuse to be read where they are infinite or not numbers, as a damaged file or a failed training leaves
 * them. Looking at all of a large file would be most of the time that opening it takes, so only small tensors are
 * looked at then; of others each piece is when it is first read. Safe to read from several threads.
 */
public final class FiniteTensorSource implements TensorSource {
    /** Values of a tensor that is looked at when it is opened. */
    private static final int SMALL = 1 << 16;
    /** Values that are known together to be finite. */
    private static final int PIECE = 1 << 9;

    private final String file;
    private final String name;
    private final TensorSource source;
    /** One bit per piece that was found finite. */
    private final AtomicIntegerArray finite;
    /** Pieces that were not looked at yet. */
    private final AtomicInteger unknown;

    private FiniteTensorSource(String file, String name, TensorSource source) {
        this.file = file;
        this.name = name;
        this.source = source;
        int pieces = (source.shape().size() + PIECE - 1) / PIECE;
        this.finite = new AtomicIntegerArray(pieces / Integer.SIZE + 1);
        this.unknown = new AtomicInteger(pieces);
    }

    /**
     * The same weights, looked at.
     *
     * @param file names the source in messages
     * @throws InputException if the tensor is small and a value is not finite; otherwise reading throws it
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
        for (int piece = from / PIECE; piece <= (from + count - 1) / PIECE; piece++) {
            if ((finite.get(piece / Integer.SIZE) >> piece & 1) == 0) {
                requirePiece(piece, from, into, at, count);
                int bit = 1 << piece;
                if ((finite.getAndAccumulate(piece / Integer.SIZE, bit, (known, found) -> known | found) & bit) == 0) {
                    unknown.decrementAndGet();
                }
            }
        }
    }

    /** Once all of them are known to be finite. */
    @Override
    public boolean inPlace(Consumer<ByteBuffer> use) {
        return unknown.get() == 0 && source.inPlace(use);
    }

    /**
     * Of a piece that was read in part the whole is looked at: otherwise rows that do not end with a piece were looked
     * at for ever.
     */
    private void requirePiece(int piece, int from, float[] into, int at, int count) {
        int start = piece * PIECE;
        int size = Math.min(PIECE, source.shape().size() - start);
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
     * A value times 0 is 0 unless it is infinite or not a number; so is the sum. Four sums, because each addition waits
     * for the one before.
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
                throw new InputException(file + ": tensor '" + name + "' holds " + values[at + i] + " at element " + (from + i));
            }
        }
    }
}
