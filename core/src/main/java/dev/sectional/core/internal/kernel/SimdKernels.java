package dev.sectional.core.internal.kernel;

import java.util.Arrays;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernels over the vector module. This class says which class computes what: the micro-kernels of GEMM are in
 * {@code SimdGemm} and the classes whose names begin so, loops over arrays in {@link SimdLoops}, Winograd transforms in
 * {@link SimdWinograd} and {@link SimdWinogradNarrow}, sparse loops in {@link SimdSparse} and {@link SimdSparseRows},
 * depthwise ones in {@link SimdDepthwise}, divisions of relevance rules in {@link SimdRatio}, transposes in
 * {@link SimdTranspose}, and smooth activations in {@link SimdFunctions}.
 *
 * <p>The width of the vectors decides the tile: 10 x 2 vectors for the 32 registers that come with 512 bits, 4 x 2
 * for the 16 registers of narrow vectors. A helper method that stores accumulators is not inlined and boxes every
 * vector.
 */
final class SimdKernels extends SimdFunctions {
    private static final VectorSpecies<Float> SPECIES = SimdSpecies.FLOAT;
    private static final int LANES = SPECIES.length();
    private static final boolean WIDE = LANES >= 16 && !KernelLookup.hasSmallTiles();
    /**
     * Zero addend for the first K block. A branch instead would be pruned by C2, and would deoptimise the method
     * when it is first taken.
     */
    static final float[] ZEROS = new float[9 * LANES];
    /**
     * Ones. A product with them keeps a number in a register: C2 repeats the broadcast of a number before each use.
     */
    static final float[] ONES = new float[LANES];

    static {
        Arrays.fill(ONES, 1f);
    }

    @Override
    public String description() {
        return "simd, " + SPECIES.vectorBitSize() + "-bit vectors"
                + (KernelLookup.isWidthForced() ? " (" + KernelLookup.VECTOR_BITS + ")" : "");
    }

    @Override
    public int mr() {
        return WIDE ? SimdGemm.ROWS : SimdGemmNarrow.ROWS;
    }

    @Override
    public int nr() {
        return 2 * LANES;
    }

    @Override
    public boolean prefersLongRuns() {
        return true;
    }

    @Override
    public void gemmMicroKernel(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
                                int columns, float[] addend, int addStart, int addStride, float least, float greatest,
                                float[] c, int cStart, int cStride) {
        float[] start = addend == null ? ZEROS : addend;
        int first = addend == null ? 0 : addStart;
        int stride = addend == null ? 0 : addStride;
        if (WIDE) {
            SimdGemm.microKernel(a, rows, firstRow, shift, b, bStart, depth, columns, start, first, stride, least,
                    greatest, c, cStart, cStride);
        } else {
            SimdGemmNarrow.microKernel(a, rows, firstRow, shift, b, bStart, depth, columns, start, first, stride, least,
                    greatest, c, cStart, cStride);
        }
    }

    @Override
    public int shortMr() {
        return WIDE ? SimdGemmShort.ROWS : mr();
    }

    @Override
    public void gemmShortMicroKernel(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
                                     float[] addend, int addStart, int addStride, float least, float greatest,
                                     float[] c, int cStart, int cStride) {
        if (WIDE) {
            SimdGemmShort.microKernel(a, rows, firstRow, shift, b, bStart, depth, addend == null ? ZEROS : addend,
                    addend == null ? 0 : addStart, addend == null ? 0 : addStride, least, greatest, c, cStart, cStride);
        } else {
            super.gemmShortMicroKernel(a, rows, firstRow, shift, b, bStart, depth, addend, addStart, addStride, least,
                    greatest, c, cStart, cStride);
        }
    }

    @Override
    public void gemmTransAMicroKernel(float[] a, int aStart, int aStep, float[] b, int bStart, int depth,
                          float[] c, int cStart, int cStride, boolean add) {
        SimdGemmTransA.microKernel(WIDE, a, aStart, aStep, b, bStart, depth, c, cStart, cStride, add);
    }

    @Override
    public void winogradInput(float[] x, int start, int rowStep, int columnStep, int count,
                              float[] scratch, float[] v, int vStart, int vStep) {
        if (count < LANES) {
            ScalarWinograd.input(x, start, rowStep, columnStep, count, scratch, v, vStart, vStep);
        } else if (WIDE) {
            SimdWinograd.input(x, start, rowStep, columnStep, count, scratch, v, vStart, vStep);
        } else {
            SimdWinogradNarrow.input(x, start, rowStep, columnStep, count, scratch, v, vStart, vStep);
        }
    }

    @Override
    public void winogradFilter(int fromRow, int toRow, float[] g, int start, int step, int count, float[] scratch,
                               float[] u, int uStart, int uStep) {
        if (WIDE) {
            SimdWinograd.filter(fromRow, toRow, g, start, step, count, u, uStart, uStep);
        } else {
            SimdWinogradNarrow.filter(fromRow, toRow, g, start, step, count, scratch, u, uStart, uStep);
        }
    }

    @Override
    public void winogradOutput(float[] m, int start, int step, int count, float[] bias, int biasStart, boolean relu,
                               float[] scratch, float[] y, int yStart, int rowStep, int columnStep) {
        SimdWinograd.output(m, start, step, count, bias, biasStart, relu, scratch, y, yStart, rowStep, columnStep);
    }

    @Override
    public void winogradOutputGradient(float[] r, int start, int rowStep, int columnStep, int count, int sign,
                                 float[] scratch, float[] v, int vStart, int vStep) {
        if (count < LANES) {
            ScalarWinograd.outputGradient(r, start, rowStep, columnStep, count, sign, scratch, v, vStart, vStep);
        } else {
            SimdWinograd.outputGradient(r, start, rowStep, columnStep, count, sign, scratch, v, vStart, vStep);
        }
    }

    @Override
    public void winogradFilterGradient(float[] w, int start, int step, int count, float[] scratch, float[] g,
                                       int gStart, int gStep) {
        if (WIDE) {
            SimdWinograd.filterGradient(w, start, step, count, scratch, g, gStart, gStep);
        } else {
            SimdWinogradNarrow.filterGradient(w, start, step, count, scratch, g, gStart, gStep);
        }
    }

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public int blockSide() {
        return SimdSparse.SIDE;
    }

    @Override
    public void sparseFilterGradient(float[] nonzeros, int from, int to, float[] block, int blockStart,
                               float[] g, int gStart, boolean add) {
        SimdSparse.gradient(nonzeros, from, to, block, blockStart, add ? g : ZEROS, add ? gStart : 0, g, gStart);
    }

    @Override
    public void sparseForward(float[] nonzeros, int from, int to, float[] block, int blockStart, float[] g, int gStart,
                              float[] sums, int sumStart, boolean add) {
        SimdSparse.forward(nonzeros, from, to, block, blockStart, g, gStart, add ? sums : ZEROS, add ? sumStart : 0,
                add ? LANES : 0, sums, sumStart);
    }

    @Override
    public void sparseInputGradient(float[] nonzeros, int from, int to, float[] g, int gStart, float[] block,
                                    int blockStart) {
        SimdSparse.inputGradient(nonzeros, from, to, g, gStart, block, blockStart);
    }

    @Override
    public void sparseRows(float[] nonzeros, int from, int to, float[] m, int mStart, float[] y, int yStart, int count,
                           boolean add) {
        SimdSparseRows.rows(nonzeros, from, to, m, mStart, y, yStart, count, add);
    }

    @Override
    public void sparseDots(float[] nonzeros, int from, int to, float[] m, int mStart, float[] x, int xStart, int count,
                           float[] z) {
        SimdSparseRows.dots(nonzeros, from, to, m, mStart, x, xStart, count, z);
    }

    @Override
    public void copyLanes(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep, int count) {
        SimdSparse.copy(x, xStart, xStep, y, yStart, yStep, count);
    }

    @Override
    public void addLanes(float[] x, int xStart, int xStep, float[] y, int yStart, int yStep, int count) {
        SimdSparse.add(x, xStart, xStep, y, yStart, yStep, count);
    }

    @Override
    public void transpose(float[] x, int xStart, int xStep, int rows, int count, float[] y, int yStart, int yStep) {
        int j = rows / LANES * LANES;
        int k = count / LANES * LANES;
        SimdTranspose.tiles(x, xStart, xStep, j, k, y, yStart, yStep);
        super.transpose(x, xStart + k, xStep, j, count - k, y, yStart + k * yStep, yStep);
        super.transpose(x, xStart + j * xStep, xStep, rows - j, count, y, yStart + j, yStep);
    }

    @Override
    public boolean anyWeak(float[] r, float[] z, int start, float least, float[] strength, int count) {
        return count % LANES == 0 ? SimdRatio.anyWeak(r, z, start, least, strength, count)
                : super.anyWeak(r, z, start, least, strength, count);
    }

    @Override
    public float ratiosBySign(float[] r, int rStart, float[] z, int zStart, int negative, int count) {
        int vectors = count / LANES * LANES;
        float dead = SimdRatio.bySign(r, rStart, z, zStart, negative, vectors);
        return dead + super.ratiosBySign(r, rStart + vectors, z, zStart + vectors, negative, count - vectors);
    }

    @Override
    public void depthwiseByOutput(float[] x, int xStart, int xStep, float[] signs, float[] w, int negative,
                                  DepthwiseOffsets offsets, float[] y, int yStart, int yStep, int positions,
                                  int count) {
        if (count < LANES) {
            super.depthwiseByOutput(x, xStart, xStep, signs, w, negative, offsets, y, yStart, yStep,
                    positions, count);
        } else {
            SimdSignSplit.rows(x, xStart, xStep, signs, w, negative, offsets, y, yStart, yStep, positions, count);
        }
    }

    @Override
    public void depthwiseByInput(float[] x, int xStart, int xStep, float[] w, int negative, DepthwiseOffsets offsets,
                                 float[] y, int yStart, int yStep, int positions, int count) {
        if (count < LANES) {
            super.depthwiseByInput(x, xStart, xStep, w, negative, offsets, y, yStart, yStep, positions,
                    count);
        } else {
            SimdSignSplit.rows(x, xStart, xStep, null, w, negative, offsets, y, yStart, yStep, positions, count);
        }
    }

    @Override
    public void depthwiseFilterGradients(float[] x, int xStart, int xStep, int xColumn, float[] g, int gStart,
                                         int gStep, int positions, int columns, float[] sums, int sumStart,
                                         int sumStep, int negative, int count) {
        int done = SimdSignSplit.filterGradients(x, xStart, xStep, xColumn, g, gStart, gStep, positions, columns, sums,
                sumStart, sumStep, negative, count);
        super.depthwiseFilterGradients(x, xStart + done, xStep, xColumn, g, gStart + done, gStep, positions,
                columns, sums, sumStart + done, sumStep, negative, count - done);
    }
}
