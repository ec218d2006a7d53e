package dev.sectional.core.internal.kernel;

/**
 * Distances between the elements that {@link DepthwiseKernels#depthwise} reads. A step may be negative, as in a gradient,
 * whose kernel runs backwards.
 *
 * @param position from one output position to the next, in the input
 * @param row from one kernel row to the next, in the input
 * @param column from one kernel column to the next, in the input
 * @param repeats number of products per kernel offset: 1 for depthwise convolutions, the channels of one group of a
 *     grouped convolution whose input repeats each group's channels
 * @param repeat from one of these products to the next, in the input
 * @param filterRow from one kernel row to the next, in the filters
 * @param filterColumn from one kernel column to the next, in the filters
 * @param filterRepeat from one of the repeated products to the next, in the filters
 */
public record DepthwiseSteps(int position, int row, int column, int repeats, int repeat, int filterRow,
                             int filterColumn, int filterRepeat) {
}
