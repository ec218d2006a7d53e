package dev.sectional.nn.rule.rsp;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.SignSplitDepthwise;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.layer.Conv2d;

/**
 * RSP's rule as its formula states it: for each sign the filter gradient, the convolution with it and the input
 * gradient, of depthwise convolutions both signs together. Serves every kernel, stride, dilation and number of groups.
 *
 * @param x input {@code (H, W, C)}, at least 0
 */
record DirectRelevance(Engine engine, Conv2d conv, Tensor x) implements RspAlgorithm {
    /** Elements whose dead relevance is added up in float32, before float64. */
    private static final int BLOCK = 1 << 11;

    @Override
    public RelevanceShares shares(Tensor r) {
        Execution execution = Execution.of(engine);
        if (conv.groups() == x.shape().dim(2) && r.shape().dim(2) == conv.groups()) {
            Tensor shares = execution.tensor(x.shape());
            double[] sums = SignSplitDepthwise.propagate(execution, conv.geometry(), x, r, shares);
            return new RelevanceShares(shares, sums[0], true, sums[1]);
        }
        Tensor q = execution.tensor(r.shape());
        Tensor sum = null;
        double dead = 0;
        for (int sign = 1; sign >= -1; sign -= 2) {
            float own = 0.5f * sign;
            execution.workers().parallelChunks(q.data().length, (from, to) ->
                    execution.combineWithAbs(own, 0.5f, r.data(), from, q.data(), from, to - from));
            if (ChunkedReduction.sumOfChunks(execution, q.data().length,
                    (from, to) -> execution.maxAbs(q.data(), from, to)) == 0) {
                continue;
            }
            Tensor filters = conv.filterGradient(engine, x, q);
            Tensor z = conv.forward(engine, x, filters);
            dead += sign * divide(execution, q.data(), z.data());
            execution.release(z);
            Tensor share = conv.inputGradient(engine, q, filters, x.shape());
            sum = sign > 0 ? share : minus(execution, sum, share);
        }
        execution.release(q);
        return new RelevanceShares(sum == null ? zeros(execution) : sum, dead);
    }

    private Tensor zeros(Execution execution) {
        Tensor zeros = execution.tensor(x.shape());
        execution.clear(zeros.data());
        return zeros;
    }

    /** Returns {@code sum - share}; null stands for a sum of 0. Both tensors are used up. */
    private Tensor minus(Execution execution, Tensor sum, Tensor share) {
        Tensor difference = sum == null ? zeros(execution) : sum;
        execution.workers().parallelChunks(share.data().length, (from, to) ->
                execution.addScaled(-1f, share.data(), from, difference.data(), from, to - from));
        execution.release(share);
        return difference;
    }

    /** Computes {@code q / z} in place, and returns the sum of q where z is 0. */
    private static double divide(Execution execution, float[] q, float[] z) {
        return ChunkedReduction.sumOfTasks(execution, (q.length + BLOCK - 1) / BLOCK, task -> {
            double[] absorbed = new double[3];
            int from = task * BLOCK;
            execution.stabilisedRatio(q, from, z, null, 1, 0, q, from, 1, Math.min(BLOCK, q.length - from), absorbed);
            return absorbed[2];
        });
    }
}
