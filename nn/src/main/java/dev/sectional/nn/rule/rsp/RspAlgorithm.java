package dev.sectional.nn.rule.rsp;

import dev.sectional.core.Tensor;

/** Computes the products of {@link RspRule} at one input of one convolution, for any number of relevances. */
interface RspAlgorithm extends AutoCloseable {
    /**
     * Computes the shares of the input: {@code conv^T(q+ / z+, G+) - conv^T(q- / z-, G-)}, q+ and q- being the parts of
     * r of either sign.
     *
     * @param r relevance {@code (H', W', O)} at the output
     */
    RelevanceShares shares(Tensor r);

    /**
     * Returns the buffers that are kept between calls to the engine's pool. The algorithm must not be used afterwards.
     */
    @Override
    default void close() {
    }
}
