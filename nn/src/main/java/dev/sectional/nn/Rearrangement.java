package dev.sectional.nn;

/**
 * A layer whose outputs are copies of input values, averages of them with weights of sum 1, or constants: permute,
 * reshape, slice, pad, resize. Relevance moves to where each value came from (rule {@code pass}), which the gradient
 * computes: {@code sum(c) = sum(r)} less r at constants.
 */
public interface Rearrangement extends Layer {
    @Override
    default boolean isPoolingOrDropout() {
        return true;
    }
}
