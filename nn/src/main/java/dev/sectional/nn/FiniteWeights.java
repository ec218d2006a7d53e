package dev.sectional.nn;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Weights that refuse to be read where they are infinite or not numbers, as a damaged file or a failed training leaves them.
 * Looking at all of a large file would be most of the time that opening it takes, so only small tensors are looked at then;
 * of others each piece is when it is first read. Safe to read from several threads.
 */
final class FiniteWeights implements TensorSource {
    /** Values of a tensor that is looked at when it is opened. */
    private static final int SMALL = 1 << 16;
    /** Values that are known together to be finite. */
    private static final int PIECE = 1 << 10;

    private final String file;
    private final String name;
    private final TensorSource source;
    /** One bit per piece that was found finite; a bit lost to a race is only looked at again. */
    private final AtomicIntegerArray finite;

    private FiniteWeights(String file, String name, TensorSource source) {
        this.file = file;
        this.name = name;
        this.source = source;
        this.finite = new AtomicIntegerArray(source.shape().size() / PIECE / Integer.SIZE + 1);
    }

    /**
     * The same weights, looked at.
     *
     * @param file names the source in messages
     * @throws InputException if the tensor is small and a value is not finite; otherwise reading throws it
     */
    static TensorSource of(String file, String name, TensorSource source) {
        FiniteWeights weights = new FiniteWeights(file, name, source);
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
        int done = 0;
        while (done < count) {
            int piece = (from + done) / PIECE;
            int run = Math.min(count - done, (piece + 1) * PIECE - from - done);
            if ((finite.get(piece / Integer.SIZE) >> piece & 1) == 0) {
                require(into, at + done, from + done, run);
                if (run == PIECE) {
                    finite.set(piece / Integer.SIZE, finite.get(piece / Integer.SIZE) | 1 << piece);
                }
            }
            done += run;
        }
    }

    @Override
    public Tensor tensor() {
        Tensor tensor = source.tensor();
        require(tensor.data(), 0, 0, tensor.data().length);
        return tensor;
    }

    /** A value times 0 is 0 unless it is infinite or not a number; so is the sum. */
    private void require(float[] values, int at, int from, int count) {
        float sum = 0;
        for (int i = at; i < at + count; i++) {
            sum += values[i] * 0;
        }
        for (int i = 0; sum != 0 && i < count; i++) {
            if (!Float.isFinite(values[at + i])) {
                throw new InputException(file + ": tensor '" + name + "' holds " + values[at + i] + " at element " + (from + i));
            }
        }
    }
}
