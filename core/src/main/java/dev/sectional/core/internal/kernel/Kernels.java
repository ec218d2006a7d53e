package dev.sectional.core.internal.kernel;

import dev.sectional.core.ConvolutionGeometry;
import java.nio.ByteBuffer;

/**
 * The innermost loops, over plain arrays and offsets. A kernel trusts its arguments: the public operations
 * ({@link Gemm}, {@link ConvolutionGeometry}, {@link Pooling}) check them. The order of every sum is fixed, so a
 * provider gives the same bits for the same values wherever they lie and whoever calls.
 */
public interface Kernels extends SparseKernels {
    /** What this is, for a log: {@code simd, 256-bit vectors}. */
    String description();

    /** Rows of a tile of the matrix product. */
    int mr();

    /** Columns of a tile of the matrix product; panels of the right-hand matrix are this wide. */
    int nr();

    /**
     * One tile of a matrix product: {@code c[i][j] = sum over k of a[rows[i] + k] * b[k][j]}, for all
     * {@link #tileRows()} rows and {@link #tileColumns()} columns.
     *
     * @param a left-hand values; row {@code i} of the tile starts at {@code rows[firstRow + i] + shift}
     * @param b a panel: {@code depth} rows of {@link #tileColumns()} values, the first at {@code bStart}
     * @param c receives the tile, row {@code i} at {@code cStart + i * cStride}
     * @param add whether the sums are added to what {@code c} holds
     */
    void gemmMicroKernel(float[] a, int[] rows, int firstRow, int shift, float[] b, int bStart, int depth,
              float[] c, int cStart, int cStride, boolean add);

    /**
     * One tile of a product with a transposed left-hand matrix:
     * {@code c[i][j] = sum over k of a[aStart + k * aStep + i] * b[bStart + k * tileColumns() + j]}.
     *
     * @param c receives the tile, row {@code i} at {@code cStart + i * cStride}
     * @param add whether the sums are added to what {@code c} holds
     */
    void gemmTransAMicroKernel(float[] a, int aStart, int aStep, float[] b, int bStart, int depth,
                   float[] c, int cStart, int cStride, boolean add);

    /**
     * {@code B^T d B} of {@link Winograd} for one tile of 6 x 6 places and each of {@code count} neighbouring channels.
     *
     * @param x holds place {@code (i, j)} of the tile at {@code start + i * rowStep + j * columnStep}
     * @param scratch at least {@code 36 * count} values and at least 36 * tileColumns(); overwritten
     * @param v receives point {@code k} of 36 at {@code vStart + k * vStep}
     */
    default void winogradInput(float[] x, int start, int rowStep, int columnStep, int count,
                               float[] scratch, float[] v, int vStart, int vStep) {
        ScalarWinograd.input(x, start, rowStep, columnStep, count, scratch, v, vStart, vStep);
    }

    /**
     * {@code G g G^T} of {@link Winograd} for each of {@code count} neighbouring filters, a multiple of
     * {@link #tileColumns()}: 9 taps, {@code step} apart, to 36 points, {@code uStep} apart.
     *
     * @param scratch at least {@code 18 * count} values; overwritten
     */
    default void winogradFilter(float[] g, int start, int step, int count, float[] scratch, float[] u, int uStart, int uStep) {
        ScalarWinograd.filter(g, start, step, count, scratch, u, uStart, uStep);
    }

    /**
     * {@code A^T m A} of {@link Winograd} for each of {@code count} neighbouring channels, a multiple of
     * {@link #tileColumns()}: 36 points, {@code step} apart, to 4 x 4 places; then bias and ReLU.
     *
     * @param bias null for none
     * @param scratch as of {@link #winogradInput}
     * @param y receives place {@code (i, j)} at {@code yStart + i * rowStep + j * columnStep}
     */
    default void winogradOutput(float[] m, int start, int step, int count, float[] bias, int biasStart, boolean relu,
                                float[] scratch, float[] y, int yStart, int rowStep, int columnStep) {
        ScalarWinograd.output(m, start, step, count, bias, biasStart, relu, scratch, y, yStart, rowStep, columnStep);
    }

    /**
     * {@code A q A^T} of {@link Winograd}, q being the part {@code max(sign * r, 0)} of r: as {@link #winogradInput}, for a tile of 4 x 4 places of
     * an output.
     *
     * @param sign 1 or -1
     */
    default void winogradOutputGradient(float[] r, int start, int rowStep, int columnStep, int count, int sign,
                                  float[] scratch, float[] v, int vStart, int vStep) {
        ScalarWinograd.outputGradient(r, start, rowStep, columnStep, count, sign, scratch, v, vStart, vStep);
    }

    /**
     * {@code G^T w G} of {@link Winograd} for each of {@code count} neighbouring filters, a multiple of
     * {@link #tileColumns()}: 36 points, {@code step} apart, to 9 taps, {@code gStep} apart.
     *
     * @param scratch as of {@link #winogradFilter}
     */
    default void winogradFilterGradient(float[] w, int start, int step, int count, float[] scratch, float[] g, int gStart, int gStep) {
        ScalarWinograd.filterGradient(w, start, step, count, scratch, g, gStart, gStep);
    }

    /** The greatest {@code |x[i]|} for {@code from <= i < to}; 0 for none. */
    default float maxAbs(float[] x, int from, int to) {
        float greatest = 0;
        for (int i = from; i < to; i++) {
            greatest = Math.max(greatest, Math.abs(x[i]));
        }
        return greatest;
    }

    /** Whether some {@code x[i] < 0} for {@code from <= i < to}. */
    default boolean anyNegative(float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            if (x[i] < 0) {
                return true;
            }
        }
        return false;
    }

    /** How many {@code x[i]} are not 0 for {@code from <= i < to}. */
    default int countNonzeros(float[] x, int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            count += x[i] != 0 ? 1 : 0;
        }
        return count;
    }

    /** {@code y[i] *= x[i]} for {@code from <= i < to}; returns how many of the products are not 0. */
    default int multiplyAndCountNonzeros(float[] x, float[] y, int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            y[i] *= x[i];
            count += y[i] != 0 ? 1 : 0;
        }
        return count;
    }

    /** {@code y[i] = scale * y[i] - shift} where {@code y[i]} is not 0, for {@code from <= i < to}. */
    default void affineNonzeros(float scale, float shift, float[] y, int from, int to) {
        for (int i = from; i < to; i++) {
            float value = y[i];
            y[i] = value != 0 ? scale * value - shift : 0f;
        }
    }

    /** {@code y[i] = x[i] > 0 ? y[i] : 0} for {@code from <= i < to}. */
    default void reluBackward(float[] x, float[] y, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] = x[i] > 0 ? y[i] : 0f;
        }
    }

    /** {@code x[i] = max(x[i], 0)} for {@code from <= i < to}. */
    default void relu(float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            x[i] = Math.max(x[i], 0f);
        }
    }

    /**
     * {@code y[yStart + i] = own * x[xStart + i] + absolute * |x[xStart + i]|} for {@code i < count}: with halves of either
     * sign the positive or the negative part, without a branch.
     */
    default void combineWithAbs(float own, float absolute, float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i++) {
            float value = x[xStart + i];
            y[yStart + i] = own * value + absolute * Math.abs(value);
        }
    }

    /**
     * For {@code i < count}: {@code s = r / max(zPositive, r * floor)} where r is above 0,
     * {@code r / max(zNegative, -r * floor)} where it is below 0, else 0. Where the divisor is 0 too, s is 0.
     *
     * @param floor at least 0
     */
    default void ratioBySign(float[] r, int rStart, float[] zPositive, int positiveStart, float[] zNegative, int negativeStart,
                       float floor, float[] s, int sStart, int count) {
        for (int i = 0; i < count; i++) {
            float value = r[rStart + i];
            float z = value > 0 ? zPositive[positiveStart + i] : zNegative[negativeStart + i];
            float least = Math.abs(value) * floor;
            z = z > least ? z : least;
            s[sStart + i] = value != 0 && z > 0 ? value / z : 0f;
        }
    }

    /** {@code y[yStart + i] += x[xStart + i]} for {@code i < count}. */
    default void add(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i++) {
            y[yStart + i] += x[xStart + i];
        }
    }

    /** {@code y[yStart + i] += scale * x[xStart + i]} for {@code i < count}. */
    default void addScaled(float scale, float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i++) {
            y[yStart + i] += scale * x[xStart + i];
        }
    }

    /** {@code y[yStart + i] *= x[xStart + i]} for {@code i < count}. */
    default void multiply(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i++) {
            y[yStart + i] *= x[xStart + i];
        }
    }

    /** {@code y[yStart + i] = max(x[xStart + i], y[yStart + i])} for {@code i < count}. */
    default void max(float[] x, int xStart, float[] y, int yStart, int count) {
        for (int i = 0; i < count; i++) {
            y[yStart + i] = Math.max(x[xStart + i], y[yStart + i]);
        }
    }

    /** Where {@code x[start + i] == best[i]}, {@code y[start + i] += rest[i]} and {@code rest[i] = 0}, for {@code i < count}. */
    default void routeToFirstMax(float[] x, int start, float[] best, float[] rest, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            boolean winner = x[start + i] == best[i];
            y[start + i] += winner ? rest[i] : 0f;
            rest[i] = winner ? 0f : rest[i];
        }
    }

    /** {@code into[i] = b[i] != 0 ? a[i] / b[i] : 0} for {@code from <= i < to}; {@code into} may be either. */
    default void divide(float[] a, float[] b, float[] into, int from, int to) {
        for (int i = from; i < to; i++) {
            into[i] = b[i] != 0 ? a[i] / b[i] : 0f;
        }
    }

    /** The sum of {@code a[aStart + i] * b[bStart + i]} for {@code i < count}, in several running sums. */
    float dot(float[] a, int aStart, float[] b, int bStart, int count);

    /** Running sums of one row in {@link #accumulateDot}: a power of 2. Added up by {@link #reducePartialSums}. */
    int partialSumCount();

    /**
     * Adds {@code a[start + i] * x[xStart + i]} for {@code i < count} to the running sums of a row.
     *
     * @param count a multiple of {@link #partialSumCount()} but in the last piece of a row
     * @param sums one row's running sums, from {@code sumStart} on
     */
    void accumulateDot(float[] a, int start, float[] x, int xStart, int count, float[] sums, int sumStart);

    /** Whether {@link #bufferRows} may be called. */
    default boolean readsBuffers() {
        return false;
    }

    /** Whether products in short pieces cost so much more than in one that a convolution over few channels is laid out anew. */
    default boolean prefersLongRuns() {
        return false;
    }

    /** The values of a buffer, little-endian float32 from its first byte on, for products where they lie. */
    default BufferRows bufferRows(ByteBuffer values) {
        throw new UnsupportedOperationException(description() + " kernels do not read buffers");
    }

    /** Adds up the running sums of one row, in an order of its own; overwrites them. */
    default float reducePartialSums(float[] sums, int sumStart) {
        for (int half = partialSumCount() / 2; half > 0; half /= 2) {
            for (int i = sumStart; i < sumStart + half; i++) {
                sums[i] += sums[i + half];
            }
        }
        return sums[sumStart];
    }
}
