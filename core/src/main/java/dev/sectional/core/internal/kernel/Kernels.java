package dev.sectional.core.internal.kernel;

import java.nio.ByteBuffer;

/**
 * The innermost loops of all operations, over arrays and offsets. A provider implements them; the algorithms above
 * them are written once. Kernels do not check their arguments: the operations that call them do.
 *
 * <p><b>Order of sums.</b> A provider adds in one fixed order. The bits of a result depend on the values and on the
 * number of elements, never on offsets, threads, callers, or whether the method is compiled yet.
 *
 * <p><b>Special values.</b> Kernels that work element by element give the same bits with every provider (any NaN
 * counts as the same), for NaN, infinities, -0 and subnormal values too, as the formula at each method gives in
 * Java. Sums of products differ between providers by rounding only: some add each product with one rounding, some
 * with two, in different orders. A NaN, or an infinity, in a sum gives what it gives in exact arithmetic.
 * Comparisons with NaN are false, so a NaN is neither negative nor positive, but it is a nonzero.
 *
 * <p><b>Aliasing.</b> Two arguments may be the same array if an element that is written is read only for the result
 * at its own index, so in place at the same offset; not with overlapping ranges at different offsets. Matrix
 * products, Winograd transforms and sparse kernels never work in place.
 *
 * <p>The default methods are plain Java. {@link SimdLoops} overrides those that the JIT compiler does not vectorise
 * by itself. The parameters stay separate ints: a record per call would be allocated, or spill registers, in the
 * innermost loops.
 */
public interface Kernels extends SparseKernels, DepthwiseKernels, FunctionKernels, RatioKernels {
    /** Returns the provider and the width of its vectors, for a log: {@code simd, 256-bit vectors}. */
    String description();

    /** Returns the rows of the tile that a micro-kernel computes (mr of BLIS). */
    int mr();

    /**
     * Returns the columns of the tile that a micro-kernel computes (nr of BLIS), which is the width of packed
     * panels.
     */
    int nr();

    /**
     * Computes one tile of a matrix product with mr rows: with
     * {@code v = addend[addStart + i * addStride + j] + (sum over k of a[rows[firstRow + i] + shift + k] * b[k][j])},
     * the element {@code c[i][j]} becomes {@code least} if {@code v <= least}, {@code greatest} if
     * {@code v > greatest}, else v. The addend is added after the sum is complete.
     *
     * @param a left-hand elements
     * @param rows offsets of rows in {@code a}; row {@code i} of the tile starts at {@code rows[firstRow + i] + shift}
     * @param b a packed panel: {@code depth} rows of {@link #nr()} elements, the first at {@code bStart}
     * @param depth length of the sums, at least 0
     * @param columns of the tile: {@link #nr()}, or half of it, which takes half the time
     * @param addend for example the bias, with a stride of 0, or {@code c} itself; null for none
     * @param least negative infinity for no bound
     * @param greatest infinity for no bound; not below {@code least}
     * @param c receives the tile, row {@code i} at {@code cStart + i * cStride}
     */
    void gemmMicroKernel(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth, int columns,
                         float[] addend, int addStart, int addStride, float least, float greatest, float[] c,
                         int cStart, int cStride);

    /** Returns the rows of the tile of {@link #gemmShortMicroKernel}, at most {@link #mr()}. */
    default int shortMr() {
        return mr();
    }

    /**
     * Computes one tile of {@link #shortMr()} rows and {@link #nr()} columns, for the last rows of a block: with the
     * same bits as {@link #gemmMicroKernel}, but in less time if it has fewer rows.
     */
    default void gemmShortMicroKernel(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
                                      float[] addend, int addStart, int addStride, float least, float greatest,
                                      float[] c, int cStart, int cStride) {
        gemmMicroKernel(a, rows, firstRow, shift, b, bStart, depth, nr(), addend, addStart, addStride, least, greatest,
                c, cStart, cStride);
    }

    /**
     * Computes one mr x nr tile of a product with a transposed left-hand matrix:
     * {@code c[i][j] = sum over k of a[aStart + k * aStep + i] * b[bStart + k * nr() + j]}.
     *
     * @param aStep distance from one row of {@code a} to the next
     * @param depth length of the sums, at least 0
     * @param c receives the tile, row {@code i} at {@code cStart + i * cStride}
     * @param add whether the sums are added to the elements of {@code c}, after they are complete
     */
    void gemmTransAMicroKernel(float[] a, int aStart, int aStep, float[] b, int bStart, int depth,
                               float[] c, int cStart, int cStride, boolean add);

    /**
     * Computes {@code B^T d B} (see {@link WinogradTransform}) for one window d of 6 x 6 positions and each of
     * {@code count} neighbouring channels. As in all Winograd transforms, a value that is not finite affects its
     * own channel only; a NaN gives NaN wherever it is used, an infinity gives unspecified values there.
     *
     * @param x contains position {@code (i, j)} of the window at {@code start + i * rowStep + j * columnStep}
     * @param count number of channels, at least 1
     * @param scratch at least {@code 36 * max(count, nr())} elements; overwritten
     * @param v receives point {@code k} of 36 at {@code vStart + k * vStep}
     */
    default void winogradInput(float[] x, int start, int rowStep, int columnStep, int count,
                               float[] scratch, float[] v, int vStart, int vStep) {
        ScalarWinograd.input(x, start, rowStep, columnStep, count, scratch, v, vStart, vStep);
    }

    /**
     * Computes some of the 6 rows of {@code G g G^T} for each of {@code count} neighbouring filters g of 3 x 3 kernel
     * offsets. Finite weights are taken for granted: one that is not spoils all points of its filter.
     *
     * @param fromRow,toRow the rows {@code fromRow <= i < toRow}
     * @param g contains kernel offset {@code k} of 9 at {@code start + k * step}
     * @param count number of filters, a multiple of {@link #nr()}
     * @param scratch at least {@code 18 * count} elements; overwritten
     * @param u receives point {@code k} of these rows at {@code uStart + k * uStep}
     */
    default void winogradFilter(int fromRow, int toRow, float[] g, int start, int step, int count, float[] scratch,
                                float[] u, int uStart, int uStep) {
        ScalarWinograd.filter(fromRow, toRow, g, start, step, count, scratch, u, uStart, uStep);
    }

    /**
     * Computes {@code A^T m A} for each of {@code count} neighbouring channels, then adds the bias and applies ReLU.
     *
     * @param m contains point {@code k} of 36 at {@code start + k * step}
     * @param count number of channels, a multiple of {@link #nr()}
     * @param bias one value per channel from {@code biasStart} on; null for none
     * @param scratch as of {@link #winogradInput}
     * @param y receives position {@code (i, j)} of the 4 x 4 tile at {@code yStart + i * rowStep + j * columnStep}
     */
    default void winogradOutput(float[] m, int start, int step, int count, float[] bias, int biasStart, boolean relu,
                                float[] scratch, float[] y, int yStart, int rowStep, int columnStep) {
        ScalarWinograd.output(m, start, step, count, bias, biasStart, relu, scratch, y, yStart, rowStep, columnStep);
    }

    /**
     * Computes {@code A q A^T}, the transpose of {@link #winogradOutput}, for one tile q of 4 x 4 positions of an
     * output gradient, or of relevance, split by sign: {@code q = max(sign * r, 0)}.
     *
     * @param r contains position {@code (i, j)} of the tile at {@code start + i * rowStep + j * columnStep}
     * @param count number of channels, at least 1
     * @param sign 1 or -1
     * @param scratch as of {@link #winogradInput}
     * @param v receives point {@code k} of 36 at {@code vStart + k * vStep}
     */
    default void winogradOutputGradient(float[] r, int start, int rowStep, int columnStep, int count, int sign,
                                        float[] scratch, float[] v, int vStart, int vStep) {
        ScalarWinograd.outputGradient(r, start, rowStep, columnStep, count, sign, scratch, v, vStart, vStep);
    }

    /**
     * Computes {@code G^T w G}, the transpose of {@link #winogradFilter}, for each of {@code count} neighbouring
     * filters.
     *
     * @param w contains point {@code k} of 36 at {@code start + k * step}
     * @param count number of filters, a multiple of {@link #nr()}
     * @param scratch as of {@link #winogradFilter}
     * @param g receives kernel offset {@code k} of 9 at {@code gStart + k * gStep}
     */
    default void winogradFilterGradient(float[] w, int start, int step, int count, float[] scratch, float[] g,
                                        int gStart, int gStep) {
        ScalarWinograd.filterGradient(w, start, step, count, scratch, g, gStart, gStep);
    }

    /** Returns the greatest {@code |x[i]|} for {@code from <= i < to}: 0 for none, NaN if one of them is NaN. */
    default float maxAbs(float[] x, int from, int to) {
        float max = 0;
        for (int i = from; i < to; i++) {
            max = Math.max(max, Math.abs(x[i]));
        }
        return max;
    }

    /**
     * Adds to {@code sums[0]} the sum of {@code x[i]} and to {@code sums[1]} that of {@code |x[i]|}, for
     * {@code from <= i < to}.
     *
     * @param sums float64; partial sums of at most 32 elements may be float32, unless they overflow
     */
    default void addSums(float[] x, int from, int to, double[] sums) {
        double sum = 0;
        double absolutes = 0;
        for (int i = from; i < to; i++) {
            sum += x[i];
            absolutes += Math.abs(x[i]);
        }
        sums[0] += sum;
        sums[1] += absolutes;
    }

    /** Returns whether some {@code x[i] < 0} for {@code from <= i < to}; neither -0 nor NaN is. */
    default boolean anyNegative(float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            if (x[i] < 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns how many {@code x[i] != 0} there are for {@code from <= i < to}.
     *
     * @param to at most {@code from + (1 << 24)}: vectors count in floats
     */
    default int countNonzeros(float[] x, int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            count += x[i] != 0 ? 1 : 0;
        }
        return count;
    }

    /**
     * Computes {@code y[i] *= x[i]} for {@code from <= i < to}, and returns how many of the products are not 0.
     *
     * @param to as of {@link #countNonzeros}
     */
    default int multiplyAndCountNonzeros(float[] x, float[] y, int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            y[i] *= x[i];
            count += y[i] != 0 ? 1 : 0;
        }
        return count;
    }

    /** Computes {@code y[i] = y[i] != 0 ? scale * y[i] - shift : 0} for {@code from <= i < to}, rounding twice. */
    default void affineNonzeros(float scale, float shift, float[] y, int from, int to) {
        for (int i = from; i < to; i++) {
            float value = y[i];
            y[i] = value != 0 ? scale * value - shift : 0f;
        }
    }

    /** Computes {@code x[i] = Math.max(x[i], 0)} for {@code from <= i < to}: -0 gives 0, NaN stays NaN. */
    default void relu(float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            x[i] = Math.max(x[i], 0f);
        }
    }

    /**
     * Adds a bias to each row of a matrix and limits its elements, for {@code r < rows} and {@code c < count}: with
     * {@code v = y[yStart + r * yStep + c] + bias[biasStart + c]}, the element becomes {@code least} if
     * {@code v <= least}, {@code greatest} if {@code v > greatest}, else v. NaN stays NaN.
     *
     * @param bias null for none
     * @param least negative infinity for no bound
     * @param greatest infinity for no bound; not below {@code least}
     */
    default void addBiasAndClamp(float[] bias, int biasStart, float least, float greatest, float[] y, int yStart,
                                 int yStep, int rows, int count) {
        for (int r = 0, start = yStart; r < rows; r++, start += yStep) {
            for (int c = 0; c < count; c++) {
                float v = bias == null ? y[start + c] : y[start + c] + bias[biasStart + c];
                v = v <= least ? least : v;
                y[start + c] = v > greatest ? greatest : v;
            }
        }
    }

    /**
     * Computes the gradient of a clip or, with the bounds 0 and NaN, of ReLU, for {@code i < count}:
     * {@code y[yStart + i]} stays where {@code x[xStart + i] > least} and not {@code x[xStart + i] >= greatest}, and
     * becomes 0 elsewhere.
     *
     * @param greatest NaN for no bound
     */
    default void clampBackward(float least, float greatest, float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i++) {
            float v = x[xStart + i];
            y[yStart + i] = v > least && !(v >= greatest) ? y[yStart + i] : 0f;
        }
    }

    /**
     * Computes {@code y = own * x + absolute * |x|} for {@code i < count}, rounding three times. With halves of
     * either sign this is the positive or the negative part of a finite x, without a branch; an infinite x of the
     * other sign gives NaN.
     */
    default void combineWithAbs(float own, float absolute, float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i++) {
            float value = x[xStart + i];
            y[yStart + i] = own * value + absolute * Math.abs(value);
        }
    }

    /** Computes {@code y[yStart + i] += x[xStart + i]} for {@code i < count}. */
    default void add(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i++) {
            y[yStart + i] += x[xStart + i];
        }
    }

    /**
     * Computes {@code y[yStart + i] += scale * x[xStart + i]} for {@code i < count}; SIMD rounds once, plain Java
     * twice.
     */
    default void addScaled(float scale, float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i++) {
            y[yStart + i] += scale * x[xStart + i];
        }
    }

    /** Computes {@code y[yStart + i] *= x[xStart + i]} for {@code i < count}. */
    default void multiply(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i++) {
            y[yStart + i] *= x[xStart + i];
        }
    }

    /**
     * Transposes a matrix: {@code y[yStart + k * yStep + j] = x[xStart + j * xStep + k]} for {@code j < rows} and
     * {@code k < count}. Never in place.
     */
    default void transpose(float[] x, int xStart, int xStep, int rows, int count, float[] y, int yStart, int yStep) {
        for (int first = 0; first < count; first += 16) {   // a cache line of each row at a time
            int end = Math.min(count, first + 16);
            for (int j = 0; j < rows; j++) {
                for (int k = first; k < end; k++) {
                    y[yStart + k * yStep + j] = x[xStart + j * xStep + k];
                }
            }
        }
    }

    /** Computes {@code into[i] = b[i] != 0 ? a[i] / b[i] : 0} for {@code from <= i < to}. */
    default void divide(float[] a, float[] b, float[] into, int from, int to) {
        for (int i = from; i < to; i++) {
            into[i] = b[i] != 0 ? a[i] / b[i] : 0f;
        }
    }

    /** Returns the sum of {@code a[aStart + i] * b[bStart + i]} for {@code i < count}, in several partial sums. */
    float dot(float[] a, int aStart, float[] b, int bStart, int count);

    /** Returns the number of partial sums of one dot product in {@link #accumulateDot}: a power of 2. */
    int partialSumCount();

    /**
     * Adds {@code a[start + i] * x[xStart + i]} for {@code i < count} to the partial sums of one dot product.
     *
     * @param count a multiple of {@link #partialSumCount()}, except for the last segment of a row
     * @param sums contains the partial sums from {@code sumStart} on
     */
    void accumulateDot(float[] a, int start, float[] x, int xStart, int count, float[] sums, int sumStart);

    /** Returns the sum of the partial sums of one dot product, added by halves; overwrites them. */
    default float reducePartialSums(float[] sums, int sumStart) {
        for (int half = partialSumCount() / 2; half > 0; half /= 2) {
            for (int i = sumStart; i < sumStart + half; i++) {
                sums[i] += sums[i + half];
            }
        }
        return sums[sumStart];
    }

    /** Returns whether {@link #bufferRows} is supported. */
    default boolean readsBuffers() {
        return false;
    }

    /**
     * Returns kernels that read a matrix in a buffer without copying it.
     *
     * @param values little-endian float32 from the buffer's first byte on
     */
    default BufferRows bufferRows(ByteBuffer values) {
        throw new UnsupportedOperationException(description() + " kernels do not read buffers");
    }

    /**
     * Returns whether short runs of K (segments of the depth) are slow enough to justify repacking inputs of few
     * channels.
     */
    default boolean prefersLongRuns() {
        return false;
    }
}
