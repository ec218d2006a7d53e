package dev.sectional.core.internal.kernel;

/**
 * The innermost loops over nonzeros: the products of a 3x3 filter gradient, and products of sparse rows with a
 * dense matrix.
 *
 * <p><b>Nonzeros</b> are pairs in an array of floats: an int as the bits of a float ({@link Float#intBitsToFloat}),
 * and the value. {@code from} and {@code to} count array elements, two per pair.
 *
 * <p><b>A block of inputs</b> contains {@link #lanes()} channels of neighbouring positions: the channels of one
 * position side by side, {@link #lanes()} elements from one position to the next in its row, {@link
 * #blockRowStride} elements from one row to the next. A window is 3 x 3 positions; the int of a nonzero is the
 * offset of its window's first element in the block.
 *
 * <p><b>A filter</b> contains nine kernel offsets, {@link #lanes()} elements each, one after the other.
 *
 * <p>The rules for special values, sums and aliasing are those of {@link Kernels}.
 */
public interface SparseKernels {
    /** Returns the number of neighbouring channels that one step processes: a power of 2. */
    int lanes();

    /**
     * Returns the greatest number of output positions along a side of a block. The inputs below such a block, with
     * two more positions a side, fill two thirds of the first-level cache.
     */
    int blockSide();

    /**
     * Returns the distance between rows of a block: the same for all blocks, and so a constant of the compiled
     * loops.
     */
    default int blockRowStride() {
        return blockRowStride(blockSide(), lanes());
    }

    /** Returns the distance between rows of a block of {@code side} output positions a side. */
    static int blockRowStride(int side, int lanes) {
        return (side + 2) * lanes;
    }

    /**
     * Computes a filter gradient: {@code g[offset] = sum over nonzeros of value * block[window, offset]}.
     *
     * @param g receives nine kernel offsets from {@code gStart} on
     * @param add whether the sums are added to the elements of {@code g}
     */
    void sparseFilterGradient(float[] nonzeros, int from, int to, float[] block, int blockStart,
                              float[] g, int gStart, boolean add);

    /**
     * Convolves at the positions of nonzeros, whose values do not matter:
     * {@code sums = sum over offsets of g[offset] * block[window, offset]}, still one sum per lane.
     *
     * @param sums receives {@link #lanes()} sums of the i-th nonzero at {@code sumStart + i * lanes()}
     * @param add whether they are added to the elements of {@code sums}
     */
    void sparseForward(float[] nonzeros, int from, int to, float[] block, int blockStart, float[] g, int gStart,
                       float[] sums, int sumStart, boolean add);

    /** Adds the input gradient of each nonzero: {@code block[window, offset] += value * g[offset]}. */
    void sparseInputGradient(float[] nonzeros, int from, int to, float[] g, int gStart, float[] block, int blockStart);

    /**
     * Adds rows of a matrix: {@code y[j] = sum over nonzeros of value * m[mStart + int + j]} for {@code j < count}, the
     * int of a nonzero being the offset of its row.
     *
     * @param count a multiple of {@link #lanes()}
     * @param add whether the sums are added to the elements of {@code y}, after they are complete
     */
    void sparseRows(float[] nonzeros, int from, int to, float[] m, int mStart, float[] y, int yStart, int count,
                    boolean add);

    /**
     * Multiplies a vector by rows of a matrix: {@code z[i] = sum over j < count of x[xStart + j] * m[mStart + int + j]}
     * for the i-th nonzero, whose value does not matter and whose int is the offset of its row.
     *
     * @param count a multiple of {@link #lanes()}
     */
    void sparseDots(float[] nonzeros, int from, int to, float[] m, int mStart, float[] x, int xStart, int count,
                    float[] z);

    /** Computes {@code sums[i] = sum of x[start + i * lanes()]} and the following lanes, for {@code i < count}. */
    void sumLanes(float[] x, int start, float[] sums, int count);

    /**
     * Copies {@link #lanes()} elements from {@code x[xStart + i * xStep]} to {@code y[yStart + i * yStep]}, for
     * {@code i < count}.
     */
    void copyLanes(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep, int count);

    /**
     * Adds {@link #lanes()} elements from {@code x[xStart + i * xStep]} to {@code y[yStart + i * yStep]}, for
     * {@code i < count}.
     */
    void addLanes(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep, int count);
}
