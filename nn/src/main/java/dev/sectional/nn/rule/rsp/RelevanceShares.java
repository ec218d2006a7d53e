package dev.sectional.nn.rule.rsp;

import dev.sectional.core.Tensor;

/**
 * The result of an {@link RspAlgorithm}.
 *
 * @param values {@code conv^T(q+ / z+, G+) - conv^T(q- / z-, G-)} in the shape of the input; relevance at the input
 *     once multiplied by the input. A tensor of the engine's buffer pool, which belongs to the caller
 * @param dead sum of the relevance where z is 0
 */
record RelevanceShares(Tensor values, double dead) {
}
