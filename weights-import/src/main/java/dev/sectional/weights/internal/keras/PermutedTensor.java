package dev.sectional.weights.internal.keras;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.lang.ref.SoftReference;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A tensor of Keras in PyTorch's layout: the last dimension of the source, the outputs, comes first.
 *
 * <p>The elements of one output are scattered over the whole source. So a block of outputs of at most 4 MB is gathered
 * at once, from runs of neighbouring elements, and kept as long as the heap has room. Safe for use by several threads.
 */
public final class PermutedTensor implements TensorSource {
    private static final int BLOCK_ELEMENTS = 1 << 20;

    private final Shape shape;
    private final TensorSource source;
    private final int outputs;
    private final int inputs;
    private final int channels;
    private final int blockOutputs;
    private final AtomicReferenceArray<SoftReference<float[]>> blocks;

    /**
     * @param channels of the feature map; the source orders inputs position by position, the result channel by channel
     */
    private PermutedTensor(Shape shape, TensorSource source, int channels) {
        this.shape = shape;
        this.source = source;
        this.outputs = shape.dim(0);
        this.inputs = outputs == 0 ? 0 : shape.size() / outputs;
        this.channels = Math.max(1, channels);
        this.blockOutputs = Math.max(1, Math.min(outputs, BLOCK_ELEMENTS / Math.max(1, inputs)));
        this.blocks = new AtomicReferenceArray<>((outputs + blockOutputs - 1) / blockOutputs);
    }

    /** Returns a kernel {@code (height, width, in, out)} as {@code (out, in, height, width)}. */
    public static TensorSource kernel(TensorSource source) {
        Shape from = source.shape();
        return new PermutedTensor(Shape.of(from.dim(3), from.dim(2), from.dim(0), from.dim(1)), source, from.dim(2));
    }

    /**
     * Returns a matrix {@code (in, out)} as {@code (out, in)}.
     *
     * @param channels of the feature map that the inputs are, position by position; 1 if they are not one. Ignored if
     *     they do not divide the inputs
     */
    public static TensorSource matrix(TensorSource source, int channels) {
        Shape from = source.shape();
        boolean featureMap = channels > 0 && from.dim(0) % channels == 0;
        return new PermutedTensor(Shape.of(from.dim(1), from.dim(0)), source, featureMap ? channels : 1);
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public void read(int from, float[] into, int at, int count) {
        Objects.checkFromIndexSize(from, count, shape.size());
        Objects.checkFromIndexSize(at, count, into.length);
        int size = blockOutputs * inputs;
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
            gather(b, data, b * blockOutputs * inputs);
        }
        return Tensor.of(shape, data);
    }

    private float[] block(int number) {
        SoftReference<float[]> kept = blocks.get(number);
        float[] block = kept == null ? null : kept.get();
        if (block == null) {
            block = new float[Math.min(blockOutputs, outputs - number * blockOutputs) * inputs];
            gather(number, block, 0);
            blocks.set(number, new SoftReference<>(block));
        }
        return block;
    }

    private void gather(int number, float[] into, int at) {
        int first = number * blockOutputs;
        int count = Math.min(blockOutputs, outputs - first);
        int positions = inputs / channels;
        float[] run = new float[count];
        for (int i = 0; i < inputs; i++) {
            source.read(i * outputs + first, run, 0, count);
            int column = i % channels * positions + i / channels;
            for (int o = 0; o < count; o++) {
                into[at + o * inputs + column] = run[o];
            }
        }
    }
}
