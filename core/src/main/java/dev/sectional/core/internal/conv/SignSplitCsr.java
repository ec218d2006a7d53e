package dev.sectional.core.internal.conv;

import dev.sectional.core.Shape;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.SparseKernels;
import java.util.Arrays;

/**
 * The values of a matrix {@code q (P, O)} that are not 0, in lists as {@link SparseKernels} wants them, and products with them. Of a relevance of
 * which half of the values are 0 and a quarter belongs to each sign, they take a quarter of the multiply-adds that products with
 * {@code max(q, 0)} and {@code max(-q, 0)} would.
 *
 * <p>A value's index is its column or its row; with signs apart it is twice that, and 1 more for a value below 0. Lists are cut where another
 * 128 indices begin, so that what those stand for in a product stays in a near cache while other lists pass.
 */
public final class SignSplitCsr {
    private static final int INDICES = 128;
    /** Columns of {@code q} that are listed together: the values of a row that share a cache line. */
    private static final int TOGETHER = 16;
    /** Vectors of a row of the other factor that are taken at once. */
    private static final int VECTORS = 8;
    /** Lists of one task. */
    private static final int TASK = 64;

    private final Execution execution;
    private final int lists;
    /** Cuts of a list: parts of it. */
    private final int cuts;
    /** Space of one list. */
    private final int space;
    private final float[] pairs;
    /** Where each part of each list begins, as the bits of an int, and where its last one ends. */
    private final float[] bounds;

    private SignSplitCsr(Execution execution, int lists, int most, int indices) {
        this.execution = execution;
        this.lists = lists;
        cuts = (indices + INDICES - 1) / INDICES;
        space = 2 * most;
        pairs = execution.acquire(Shape.of(lists, space).size());
        bounds = execution.acquire(lists * (cuts + 1));
    }

    /**
     * Lists {@code 2 o} and {@code 2 o + 1} for column o: of its values above 0, and of those below as absolute values.
     *
     * @param q {@code (rows, columns)}, row by row
     */
    public static SignSplitCsr ofColumns(Execution execution, float[] q, int rows, int columns) {
        SignSplitCsr lists = new SignSplitCsr(execution, 2 * columns, rows, rows);
        execution.workers().run((columns + TOGETHER - 1) / TOGETHER, task ->
                lists.listColumns(q, rows, columns, task * TOGETHER, Math.min(columns, (task + 1) * TOGETHER)));
        return lists;
    }

    /**
     * A list for each row.
     *
     * @param q {@code (rows, columns)}, row by row
     * @param apart whether indices say the sign
     */
    public static SignSplitCsr ofRows(Execution execution, float[] q, int rows, int columns, boolean apart) {
        int signs = apart ? 2 : 1;
        SignSplitCsr lists = new SignSplitCsr(execution, rows, columns, signs * columns);
        execution.workers().run(rows, row -> lists.listRow(q, row, columns, signs));
        return lists;
    }

    /** Without branches: every value is written to the ends of both lists, and becomes part of one of them or of none. */
    private void listColumns(float[] q, int rows, int columns, int first, int end) {
        int[] ends = new int[2 * TOGETHER];
        Arrays.setAll(ends, i -> (2 * first + i) * space);
        for (int row = 0; row < rows; row++) {
            if (row % INDICES == 0) {
                cut(2 * first, 2 * end, row / INDICES, ends);
            }
            float index = Float.intBitsToFloat(row);
            for (int i = 0; i < end - first; i++) {
                float value = q[row * columns + first + i];
                int above = ends[2 * i];
                int below = ends[2 * i + 1];
                pairs[above] = index;
                pairs[above + 1] = value;
                pairs[below] = index;
                pairs[below + 1] = -value;
                ends[2 * i] = above + (value > 0 ? 2 : 0);
                ends[2 * i + 1] = below + (value < 0 ? 2 : 0);
            }
        }
        cut(2 * first, 2 * end, cuts, ends);
    }

    private void cut(int firstList, int endList, int cut, int[] ends) {
        for (int list = firstList; list < endList; list++) {
            bounds[list * (cuts + 1) + cut] = Float.intBitsToFloat(ends[list - firstList]);
        }
    }

    private void listRow(float[] q, int row, int columns, int signs) {
        int at = row * space;
        int bound = row * (cuts + 1);
        for (int column = 0; column < columns; column++) {
            if (column * signs % INDICES == 0) {
                bounds[bound++] = Float.intBitsToFloat(at);
            }
            float value = q[row * columns + column];
            pairs[at] = Float.intBitsToFloat(column * signs + (value < 0 ? signs - 1 : 0));
            pairs[at + 1] = value;
            at += value != 0 ? 2 : 0;
        }
        bounds[bound] = Float.intBitsToFloat(at);
    }

    private int from(int list, int cut) {
        return Float.floatToRawIntBits(bounds[list * (cuts + 1) + cut]);
    }

    /**
     * {@code y[list, j] = sum over the list of value * b[index, j]}.
     *
     * @param b rows of {@code width} values
     * @param y receives a row of {@code width} values for each list
     */
    public void multiply(float[] b, int width, float[] y) {
        multiply(b, width, y, false);
    }

    /**
     * The same where {@code y} is symmetric, as of lists of rows and the columns of one matrix: the half above the diagonal is computed.
     *
     * @param y one value for each two lists
     */
    public void multiplySymmetric(float[] b, float[] y) {
        multiply(b, lists, y, true);
        execution.workers().run((lists + TOGETHER - 1) / TOGETHER, task -> {
            int first = task * TOGETHER;
            int end = Math.min(lists, first + TOGETHER);
            for (int column = 0; column < end; column++) {
                for (int row = Math.max(first, column + 1); row < end; row++) {
                    y[row * lists + column] = y[column * lists + row];
                }
            }
        });
    }

    private void multiply(float[] b, int width, float[] y, boolean upper) {
        int lanes = execution.kernels().lanes();
        int whole = width / lanes * lanes;
        int segment = VECTORS * lanes;
        int segments = (whole + segment - 1) / segment;
        int parts = (lists + TASK - 1) / TASK;
        execution.workers().run(segments * parts, task -> {
            int start = task / parts * segment;
            int end = Math.min(whole, start + segment);
            int first = task % parts * TASK;
            if (!upper || first < end) {
                multiply(b, start, width, y, end - start, first, Math.min(lists, first + TASK));
            }
        });
        if (whole < width) {   // one vector more, part of which is there already
            int start = Math.max(0, width - lanes);
            execution.workers().run(lists, list ->
                    execution.kernels().csrRowTimesDense(pairs, from(list, 0), from(list, cuts), b, start, width, y, list * width + start, width - start, false));
        }
    }

    private void multiply(float[] b, int start, int width, float[] y, int count, int first, int end) {
        for (int cut = 0; cut < cuts; cut++) {
            for (int list = first; list < end; list++) {
                execution.kernels().csrRowTimesDense(pairs, from(list, cut), from(list, cut + 1), b, start, width, y, list * width + start, count, cut > 0);
            }
        }
    }

    /**
     * Of lists of columns: divides every value by what {@code z} holds at its list and index, and puts the ratio there; elsewhere {@code z} becomes 0.
     *
     * @param z a row of {@code width} values for each list
     * @return the sum of the values of q where z is 0; their ratio is 0
     */
    public double divide(float[] z, int width) {
        double[] dead = new double[(lists + TASK - 1) / TASK];
        execution.workers().run(dead.length, part -> {
            for (int list = part * TASK; list < Math.min(lists, (part + 1) * TASK); list++) {
                double sum = divide(list, z, list * width, width);
                dead[part] += list % 2 == 0 ? sum : -sum;
            }
        });
        return Arrays.stream(dead).sum();
    }

    private double divide(int list, float[] z, int start, int width) {
        int end = from(list, cuts);
        double dead = 0;
        for (int i = from(list, 0); i < end; i += 2) {
            float divisor = z[start + Float.floatToRawIntBits(pairs[i])];
            dead += divisor == 0 ? pairs[i + 1] : 0;
            pairs[i + 1] = divisor != 0 ? pairs[i + 1] / divisor : 0f;
        }
        Arrays.fill(z, start, start + width, 0f);
        for (int i = from(list, 0); i < end; i += 2) {
            z[start + Float.floatToRawIntBits(pairs[i])] = pairs[i + 1];
        }
        return dead;
    }

    /** Gives the memory to the engine's buffers; the lists must not be used again. */
    public void release() {
        execution.release(pairs);
        execution.release(bounds);
    }
}
