package dev.sectional.nn.rule.rsp;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.BlockedNonzeros;
import dev.sectional.core.internal.conv.SparseFilterGradient;
import dev.sectional.core.internal.exec.Execution;

/**
 * RSP's rule for relevance of which most values are 0, as below max pooling: direct products over the nonzeros alone.
 * For 3x3 kernels with stride and dilation 1.
 *
 * @param x input {@code (H, W, C)}, at least 0
 */
record SparseRelevance(Execution execution, ConvolutionGeometry geometry, Tensor x) implements RspAlgorithm {
    @Override
    public RelevanceShares shares(Tensor r) {
        BlockedNonzeros nonzeros = BlockedNonzeros.of(execution, r);
        SparseFilterGradient filters = SparseFilterGradient.of(execution, geometry, x, nonzeros);
        double dead = filters.divide();
        Tensor values = filters.inputGradient();
        filters.release();
        nonzeros.release();
        return new RelevanceShares(values, dead);
    }
}
