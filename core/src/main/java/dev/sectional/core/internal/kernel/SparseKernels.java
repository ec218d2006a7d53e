package dev.sectional.core.internal.kernel;


/**
 * The innermost loops of {@link SparseFilterGradient}, for 3x3 filters, and of {@link SignSplitCsr}. A tile holds {@link #lanes()} channels of neighbouring places, one
 * place after the other, {@link #blockRowStride} values from one row of places to the next. A list is pairs: where in the tile a
 * window begins, as the bits of an int ({@link Float#intBitsToFloat}), and a value. {@code from} and {@code to} count both. A filter's nine taps lie one after the
 * other, {@link #lanes()} values each.
 */
public interface SparseKernels {
    /** Neighbouring channels that are taken at once. */
    int lanes();

    /** Places along a side of a block of places, at most: the tile of the inputs below it, two more a side, takes two thirds of the first-level cache. */
    int blockSide();

    /** Values from one row of a tile to the next: the same for all, so that a loop knows its loads' distances when it is compiled. */
    default int blockRowStride() {
        return blockRowStride(blockSide(), lanes());
    }

    /** The same for the loops themselves. */
    static int blockRowStride(int side, int lanes) {
        return (side + 2) * lanes;
    }

    /**
     * Filter gradient: {@code g[tap] = sum over the list of value * tile[window, tap]}.
     *
     * @param add whether the sums are added to what {@code g} holds
     */
    void sparseFilterGradient(float[] list, int from, int to, float[] tile, int tileStart, float[] g, int gStart, boolean add);

    /**
     * Forward: for each of the list {@code sums = sum over taps of g[tap] * tile[window, tap]}, {@link #lanes()} sums that are still to be added up.
     *
     * @param sums receives those of the i-th of the list at {@code sumStart + i * lanes()}
     * @param add whether they are added to what {@code sums} holds
     */
    void sparseForward(float[] list, int from, int to, float[] tile, int tileStart, float[] g, int gStart,
                       float[] sums, int sumStart, boolean add);

    /** Input gradient: {@code tile[window, tap] += value * g[tap]} for each of the list. */
    void sparseInputGradient(float[] list, int from, int to, float[] g, int gStart, float[] tile, int tileStart);

    /**
     * {@code y[yStart + j] = sum over the list of value * b[index * step + start + j]} for {@code j < count}; here a list's pairs are an
     * index, as the bits of an int, and a value.
     *
     * @param step from one row of b to the next
     * @param count a multiple of {@link #lanes()}, or less than that
     * @param add whether the sums are added to what {@code y} holds: in one order with them, as if both lists were one
     */
    void csrRowTimesDense(float[] list, int from, int to, float[] b, int start, int step, float[] y, int yStart, int count, boolean add);

    /** {@code sums[i] = the sum of x[start + i * lanes() ..]}, {@link #lanes()} values, for {@code i < count}. */
    void sumLanes(float[] x, int start, float[] sums, int count);

    /** {@code y[yStart + i * yStep ..] = x[xStart + i * xStep ..]}, {@link #lanes()} values, for {@code i < count}. */
    void copyLanes(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep, int count);

    /** {@code y[yStart + i * yStep ..] += x[xStart + i * xStep ..]}, {@link #lanes()} values, for {@code i < count}. */
    void addLanes(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep, int count);
}
