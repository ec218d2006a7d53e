package dev.sectional.core.internal.conv;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.SparseKernels;

/**
 * The nonzeros of a feature map {@code (H, W, O)} in coordinate format, as {@link SparseKernels} read them: pairs of
 * an offset and a value. The feature map is divided into blocks of positions, all of one size except the last row and
 * column of blocks. Each block has, for each channel, the pairs of its positive values followed by those of its
 * negative values. The offset of a pair is where the value's 3x3 window starts in a tile of the inputs below the
 * block, which has two more rows and columns.
 *
 * <p>Holds pooled memory from {@link #of} to {@link #release}.
 */
public final class BlockedNonzeros {
    /** Channels gathered together: the values of one position that share a cache line. */
    private static final int CHANNEL_BLOCK = 16;

    private final Execution execution;
    private final Shape shape;
    private final int blockHeight;
    private final int blockWidth;
    private final int blockColumns;
    private final int blocks;
    /** The pairs of all blocks, with room for a block of nonzeros each. */
    private final float[] pairs;
    /** Index of the first pair of each block, channel and sign, as the bits of an int, and the end of each block. */
    private final float[] starts;

    private BlockedNonzeros(Execution execution, Shape shape) {
        this.execution = execution;
        this.shape = shape;
        int side = execution.kernels().blockSide();
        int blockRows = (shape.dim(0) + side - 1) / side;
        blockColumns = (shape.dim(1) + side - 1) / side;
        blockHeight = (shape.dim(0) + blockRows - 1) / blockRows;
        blockWidth = (shape.dim(1) + blockColumns - 1) / blockColumns;
        blocks = blockRows * blockColumns;
        pairs = execution.acquire(Shape.of(blocks, channels(), 2 * blockPositions()).size());
        starts = execution.acquire(blocks * (2 * channels() + 1));
    }

    /**
     * Gathers the nonzeros of a feature map.
     *
     * @param featureMap {@code (H, W, O)}
     */
    public static BlockedNonzeros of(Execution execution, Tensor featureMap) {
        BlockedNonzeros nonzeros = new BlockedNonzeros(execution, featureMap.shape());
        execution.workers().run(nonzeros.blocks, block -> nonzeros.gather(featureMap.data(), block));
        return nonzeros;
    }

    private void gather(float[] featureMap, int block) {
        int room = 2 * blockPositions();
        float[] buffer = execution.acquire(CHANNEL_BLOCK * room);
        int[] positiveEnds = new int[CHANNEL_BLOCK];
        int[] negativeStarts = new int[CHANNEL_BLOCK];
        int next = block * channels() * room;
        for (int first = 0; first < channels(); first += CHANNEL_BLOCK) {
            int count = Math.min(CHANNEL_BLOCK, channels() - first);
            for (int i = 0; i < count; i++) {
                positiveEnds[i] = i * room;
                negativeStarts[i] = (i + 1) * room;
            }
            for (int row = 0; row < height(block); row++) {
                int from = ((top(block) + row) * shape.dim(1) + left(block)) * channels() + first;
                int offset = row * execution.kernels().blockRowStride();
                for (int i = 0; i < count; i++) {
                    gatherRow(featureMap, from + i, width(block), offset, buffer, positiveEnds, negativeStarts, i);
                }
            }
            for (int i = 0; i < count; i++) {
                next = store(block, 2 * (first + i), buffer, i * room, positiveEnds[i], next);
                next = store(block, 2 * (first + i) + 1, buffer, negativeStarts[i], (i + 1) * room, next);
            }
        }
        starts[startIndex(block, channels(), 0)] = Float.intBitsToFloat(next);
        execution.release(buffer);
    }

    /**
     * Gathers one row of one channel without branches: positive values fill the channel's room from its start,
     * negative ones from its end. Every value is written to both ends, and the ends move only past values of their
     * sign.
     */
    private void gatherRow(float[] featureMap, int from, int count, int offset, float[] buffer, int[] positiveEnds,
                           int[] negativeStarts, int channel) {
        int channels = channels();
        int lanes = execution.kernels().lanes();
        int end = positiveEnds[channel];
        int start = negativeStarts[channel];
        for (int i = 0; i < count; i++) {
            float value = featureMap[from + i * channels];
            float window = Float.intBitsToFloat(offset + i * lanes);
            buffer[end] = window;
            buffer[end + 1] = value;
            buffer[start - 2] = window;
            buffer[start - 1] = value;
            int bits = Float.floatToRawIntBits(value);
            int nonzero = (bits << 1 | -(bits << 1)) >>> 31;   // 0 for 0 and -0, else 1
            int negative = nonzero & bits >>> 31;
            end += 2 * (nonzero - negative);
            start -= 2 * negative;
        }
        positiveEnds[channel] = end;
        negativeStarts[channel] = start;
    }

    private int store(int block, int list, float[] buffer, int from, int to, int next) {
        System.arraycopy(buffer, from, pairs, next, to - from);
        starts[startIndex(block, 0, list)] = Float.intBitsToFloat(next);
        return next + to - from;
    }

    private int startIndex(int block, int channel, int sign) {
        return block * (2 * channels() + 1) + 2 * channel + sign;
    }

    Shape shape() {
        return shape;
    }

    int channels() {
        return shape.dim(2);
    }

    int blocks() {
        return blocks;
    }

    int blockColumns() {
        return blockColumns;
    }

    /** Returns the number of elements of an input tile. */
    int tileSize() {
        return (blockHeight + 2) * execution.kernels().blockRowStride();
    }

    /** Returns the greatest number of positions of a block. */
    int blockPositions() {
        return blockHeight * blockWidth;
    }

    /** Returns the first row of a block. */
    int top(int block) {
        return block / blockColumns * blockHeight;
    }

    /** Returns the first column of a block. */
    int left(int block) {
        return block % blockColumns * blockWidth;
    }

    /** Returns the number of rows of a block. */
    int height(int block) {
        return Math.min(blockHeight, shape.dim(0) - top(block));
    }

    /** Returns the number of columns of a block. */
    int width(int block) {
        return Math.min(blockWidth, shape.dim(1) - left(block));
    }

    /** Returns the array of all pairs. */
    float[] pairs() {
        return pairs;
    }

    /**
     * Returns the index of the first pair of a block, channel and sign: sign 0 for positive values, 1 for negative
     * ones.
     */
    int from(int block, int channel, int sign) {
        return Float.floatToRawIntBits(starts[startIndex(block, channel, sign)]);
    }

    /** Returns the end index of the pairs of a block, channel and sign. */
    int to(int block, int channel, int sign) {
        return Float.floatToRawIntBits(starts[startIndex(block, channel, sign) + 1]);
    }

    /** Releases the memory to the engine's pool. Nobody may use the nonzeros afterwards. */
    public void release() {
        execution.release(pairs);
        execution.release(starts);
    }
}
