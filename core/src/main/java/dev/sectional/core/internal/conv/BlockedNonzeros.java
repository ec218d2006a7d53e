package dev.sectional.core.internal.conv;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.SparseKernels;

/**
 * The values of a map {@code (H, W, O)} that are not 0, in lists as {@link SparseKernels} wants them. The map is cut into blocks of
 * places, all of one size but for the last ones. A block has two lists for each channel, one after the other: of the values above 0, then of
 * those below. A value's place is that of its window in a tile of the inputs below the
 * block, which has two more rows and columns.
 */
public final class BlockedNonzeros {
    /** Channels that are listed together: the values of one place that share a cache line. */
    private static final int TOGETHER = 16;

    private final Execution execution;
    private final Shape shape;
    private final int blockHeight;
    private final int blockWidth;
    private final int blockColumns;
    private final int blocks;
    /** A space for each block. */
    private final float[] lists;
    /** Where each list begins, as the bits of an int, and where the last one of a block ends. */
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
        lists = execution.acquire(Shape.of(blocks, channels(), 2 * blockPlaces()).size());
        starts = execution.acquire(blocks * (2 * channels() + 1));
    }

    /** @param map {@code (H, W, O)} */
    public static BlockedNonzeros of(Execution execution, Tensor map) {
        BlockedNonzeros sparse = new BlockedNonzeros(execution, map.shape());
        execution.workers().run(sparse.blocks, block -> sparse.list(map.data(), block));
        return sparse;
    }

    private void list(float[] map, int block) {
        int space = 2 * blockPlaces();
        float[] apart = execution.acquire(TOGETHER * space);
        int[] positiveEnds = new int[TOGETHER];
        int[] negativeStarts = new int[TOGETHER];
        int at = block * channels() * space;
        for (int first = 0; first < channels(); first += TOGETHER) {
            int count = Math.min(TOGETHER, channels() - first);
            for (int i = 0; i < count; i++) {
                positiveEnds[i] = i * space;
                negativeStarts[i] = (i + 1) * space;
            }
            for (int row = 0; row < height(block); row++) {
                int from = ((top(block) + row) * shape.dim(1) + left(block)) * channels() + first;
                for (int i = 0; i < count; i++) {
                    listRow(map, from + i, width(block), row * execution.kernels().blockRowStride(), apart, positiveEnds, negativeStarts, i);
                }
            }
            for (int i = 0; i < count; i++) {
                at = keep(block, 2 * (first + i), apart, i * space, positiveEnds[i], at);
                at = keep(block, 2 * (first + i) + 1, apart, negativeStarts[i], (i + 1) * space, at);
            }
        }
        starts[startIndex(block, channels(), 0)] = Float.intBitsToFloat(at);
        execution.release(apart);
    }

    /** Without branches: every value is written to both ends of what is free of its channel's space, and becomes part of one of them or of none. */
    private void listRow(float[] map, int from, int count, int window, float[] apart, int[] positiveEnds, int[] negativeStarts, int channel) {
        int channels = channels();
        int lanes = execution.kernels().lanes();
        int end = positiveEnds[channel];
        int start = negativeStarts[channel];
        for (int i = 0; i < count; i++) {
            float value = map[from + i * channels];
            float place = Float.intBitsToFloat(window + i * lanes);
            apart[end] = place;
            apart[end + 1] = value;
            apart[start - 2] = place;
            apart[start - 1] = value;
            int bits = Float.floatToRawIntBits(value);
            int listed = (bits << 1 | -(bits << 1)) >>> 31;   // 0 for either zero, else 1
            int negative = listed & bits >>> 31;
            end += 2 * (listed - negative);
            start -= 2 * negative;
        }
        positiveEnds[channel] = end;
        negativeStarts[channel] = start;
    }

    private int keep(int block, int list, float[] apart, int from, int to, int at) {
        System.arraycopy(apart, from, lists, at, to - from);
        starts[startIndex(block, 0, list)] = Float.intBitsToFloat(at);
        return at + to - from;
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

    /** Values of a tile. */
    int tileSize() {
        return (blockHeight + 2) * execution.kernels().blockRowStride();
    }

    /** Places of a block, at most. */
    int blockPlaces() {
        return blockHeight * blockWidth;
    }

    int top(int block) {
        return block / blockColumns * blockHeight;
    }

    int left(int block) {
        return block % blockColumns * blockWidth;
    }

    /** Rows of a block. */
    int height(int block) {
        return Math.min(blockHeight, shape.dim(0) - top(block));
    }

    /** Columns of a block. */
    int width(int block) {
        return Math.min(blockWidth, shape.dim(1) - left(block));
    }

    /** All pairs of places and values. */
    float[] lists() {
        return lists;
    }

    /** Where a list begins: sign 0 for the values above 0, 1 for those below. */
    int from(int block, int channel, int sign) {
        return Float.floatToRawIntBits(starts[startIndex(block, channel, sign)]);
    }

    /** Where it ends. */
    int to(int block, int channel, int sign) {
        return Float.floatToRawIntBits(starts[startIndex(block, channel, sign) + 1]);
    }

    /** Gives the memory to the engine's buffers; the map must not be used again. */
    public void release() {
        execution.release(lists);
        execution.release(starts);
    }
}
