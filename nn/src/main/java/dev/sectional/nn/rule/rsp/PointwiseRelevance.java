package dev.sectional.nn.rule.rsp;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.PointwiseInput;
import dev.sectional.core.internal.conv.SignSplitPointwise;
import dev.sectional.core.internal.conv.SparsePointwise;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.layer.Conv2d;

/**
 * RSP's rule by direct products for 1x1 convolutions without padding: the products of both signs together, block by
 * block of positions, either all of them or those of nonzeros alone. With a stride, the positions that windows read
 * are gathered first.
 */
final class PointwiseRelevance implements RspAlgorithm {
    private final Execution execution;
    private final Shape input;
    private final PointwiseInput read;
    private final boolean sparse;

    /**
     * @param x {@code (H, W, C)}, at least 0
     * @param sparse whether products are computed for the nonzeros of the relevance alone
     */
    PointwiseRelevance(Execution execution, ConvolutionGeometry geometry, Tensor x, boolean sparse) {
        this.execution = execution;
        this.sparse = sparse;
        input = x.shape();
        read = new PointwiseInput(execution, geometry, x);
    }

    /** Returns whether the algorithm computes all products of a convolution. */
    static boolean fits(Execution execution, Conv2d conv) {
        return PointwiseInput.fits(conv.geometry()) && conv.groups() == 1
                && SignSplitPointwise.fits(execution, conv.weightShape().dim(1));
    }

    @Override
    public RelevanceShares shares(Tensor r) {
        Tensor all = execution.tensor(input);
        float[] x = read.values();
        int outputs = r.shape().dim(2);
        double[] dead = read.write(all, own -> new double[] {sparse
                ? SparsePointwise.propagate(execution, x, read.channels(), r.data(), outputs, read.positions(), own)
                : SignSplitPointwise.propagate(execution, x, read.channels(), r.data(), outputs, read.positions(),
                        own)});
        return new RelevanceShares(all, dead[0], true, -1);
    }

    @Override
    public void close() {
        read.release();
    }
}
