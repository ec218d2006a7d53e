package dev.sectional.core.internal.kernel;

/**
 * The products of one sum of {@link DepthwiseKernels#depthwise}, one for each kernel offset that meets the input. Lists
 * instead of nested loops: a loop over three kernel columns costs more in its bounds checks than in its products.
 *
 * @param x offset of each product's factor in the input, from the first one of the sum
 * @param w offset of its factor in the filters; as many
 */
public record DepthwiseOffsets(int[] x, int[] w) {
}
