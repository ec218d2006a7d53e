package dev.sectional.nn.rule.rsp;

import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;

/**
 * The result of an {@link RspAlgorithm}: {@code conv^T(q+ / z+, G+) - conv^T(q- / z-, G-)} in the shape of the input,
 * or its product with the input, which is relevance.
 *
 * @param values a tensor of the engine's buffer pool, which belongs to the caller
 * @param dead sum of the relevance where z is 0
 * @param multiplied whether the values are multiplied by the input already
 * @param nonzeros number of nonzeros of that product; -1 if it was not counted, as for 1x1 kernels, which need none
 */
record RelevanceShares(Tensor values, double dead, boolean multiplied, double nonzeros) {
    /** Creates shares that are still to be multiplied by the input. */
    RelevanceShares(Tensor values, double dead) {
        this(values, dead, false, -1);
    }

    /** Multiplies the values by the input unless they are multiplied already. Returns the number of nonzeros. */
    double multiplyBy(Execution execution, Tensor x) {
        return multiplied ? nonzeros : ChunkedReduction.sumOfChunks(execution, x.data().length,
                (from, to) -> execution.multiplyAndCountNonzeros(x.data(), values.data(), from, to));
    }
}
