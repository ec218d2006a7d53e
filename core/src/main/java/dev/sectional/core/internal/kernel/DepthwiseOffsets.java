package dev.sectional.core.internal.kernel;

import java.util.Arrays;

/**
 * The products of one sum of {@link DepthwiseKernels#depthwise}, one for each kernel offset that meets the input. Lists
 * instead of nested loops: a loop over three kernel columns costs more in its bounds checks than in its products.
 *
 * @param x offset of each product's factor in the input, from the first one of the sum
 * @param w offset of its factor in the filters; as many
 * @param column distance of the first two offsets in the input, usually of neighbouring kernel columns; 0 for one
 * @param runs for each product the number of products from it on, 1 to {@link #MOST}, whose offsets in the input are
 *     {@code column} apart
 * @param steps for each product {@code column}: read in the loop over products, it is no invariant of that loop, whose
 *     multiples the JIT compiler would keep in too many registers
 */
public record DepthwiseOffsets(int[] x, int[] w, int column, int[] runs, int[] steps) {
    /** The longest run: the columns of most kernels. */
    static final int MOST = 3;

    /** Creates the lists, and finds the runs. */
    public DepthwiseOffsets(int[] x, int[] w) {
        this(x, w, x.length > 1 ? x[1] - x[0] : 0, new int[x.length], new int[x.length]);
        Arrays.fill(steps, column);
        for (int i = 0; i < x.length; i++) {
            runs[i] = 1;
            while (runs[i] < MOST && i + runs[i] < x.length && x[i + runs[i]] - x[i] == runs[i] * column) {
                runs[i]++;
            }
        }
    }
}
