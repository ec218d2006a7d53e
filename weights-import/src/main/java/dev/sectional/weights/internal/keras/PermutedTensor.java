package dev.sectional.weights.internal.keras;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.lang.ref.SoftReference;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Values with the last dimension moved to the front and the others in another order: a kernel of Keras read as PyTorch has
 * it. One output lies scattered over the whole source, so a block of outputs is gathered at once, in runs; the block is
 * kept for as long as the heap has room. Safe to read from several threads.
 */
final class PermutedTensor implements TensorSource {
    /** Values of a block: 4 MB. */
    private static final int BLOCK = 1 << 20;

    private final Shape shape;
    private final TensorSource source;
    private final int outputs;
    private final int inputs;
    private final int channels;
    private final int rows;
    private final AtomicReferenceArray<SoftReference<float[]>> blocks;

    /** @param channels how many values each place has; the source goes place by place, the result channel by channel */
    private PermutedTensor(Shape shape, TensorSource source, int channels) {
        this.shape = shape;
        this.source = source;
        this.outputs = shape.dim(0);
        this.inputs = outputs == 0 ? 0 : shape.size() / outputs;
        this.channels = Math.max(1, channels);
        this.rows = Math.max(1, Math.min(outputs, BLOCK / Math.max(1, inputs)));
        this.blocks = new AtomicReferenceArray<>((outputs + rows - 1) / rows);
    }

    /** {@code (height, width, in, out)} as {@code (out, in, height, width)}. */
    static TensorSource kernel(TensorSource source) {
        Shape from = source.shape();
        return new PermutedTensor(Shape.of(from.dim(3), from.dim(2), from.dim(0), from.dim(1)), source, from.dim(2));
    }

    /**
     * {@code (in, out)} as {@code (out, in)}.
     *
     * @param channels of the map that the inputs were, place by place; 1 for no map. Left alone if they do not divide the inputs
     */
    static TensorSource matrix(TensorSource source, int channels) {
        Shape from = source.shape();
        boolean map = channels > 0 && from.dim(0) % channels == 0;
        return new PermutedTensor(Shape.of(from.dim(1), from.dim(0)), source, map ? channels : 1);
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public void read(int from, float[] into, int at, int count) {
        Objects.checkFromIndexSize(from, count, shape.size());
        Objects.checkFromIndexSize(at, count, into.length);
        int size = rows * inputs;
        for (int done = 0; done < count; ) {
            int first = from + done;
            int run = Math.min(count - done, size - first % size);
            System.arraycopy(block(first / size), first % size, into, at + done, run);
            done += run;
        }
    }

    @Override
    public Tensor tensor() {
        float[] data = new float[shape.size()];
        for (int b = 0; b < blocks.length(); b++) {
            gather(b, data, b * rows * inputs);
        }
        return Tensor.of(shape, data);
    }

    private float[] block(int number) {
        SoftReference<float[]> kept = blocks.get(number);
        float[] block = kept == null ? null : kept.get();
        if (block == null) {
            block = new float[Math.min(rows, outputs - number * rows) * inputs];
            gather(number, block, 0);
            blocks.set(number, new SoftReference<>(block));
        }
        return block;
    }

    private void gather(int number, float[] into, int at) {
        int first = number * rows;
        int count = Math.min(rows, outputs - first);
        int places = inputs / channels;
        float[] run = new float[count];
        for (int i = 0; i < inputs; i++) {
            source.read(i * outputs + first, run, 0, count);
            int column = i % channels * places + i / channels;
            for (int r = 0; r < count; r++) {
                into[at + r * inputs + column] = run[r];
            }
        }
    }
}
