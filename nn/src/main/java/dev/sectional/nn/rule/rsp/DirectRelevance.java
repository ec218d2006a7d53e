package dev.sectional.nn.rule.rsp;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.layer.Conv2d;
import java.util.Arrays;

/**
 * RSP's rule as its formula states it: for each sign the filter gradient, the convolution with it and the input
 * gradient. Serves every kernel, stride, dilation and number of groups.
 *
 * @param x input {@code (H, W, C)}, at least 0
 */
record DirectRelevance(Engine engine, Conv2d conv, Tensor x) implements RspAlgorithm {
    @Override
    public RelevanceShares shares(Tensor r) {
        Execution execution = Execution.of(engine);
        Tensor sum = execution.tensor(x.shape());
        Arrays.fill(sum.data(), 0f);
        double dead = 0;
        for (int sign = 1; sign >= -1; sign -= 2) {
            Tensor q = Tensor.zeros(r.shape());
            execution.combineWithAbs(0.5f * sign, 0.5f, r.data(), 0, q.data(), 0, q.data().length);
            dead += sign * addShare(execution, q, sign, sum);
        }
        return new RelevanceShares(sum, dead);
    }

    /** Adds {@code sign conv^T(q / z, G)} to a sum; returns the sum of q where z is 0. */
    private double addShare(Execution execution, Tensor q, float sign, Tensor sum) {
        if (q.sum() == 0) {
            return 0;
        }
        Tensor filters = conv.filterGradient(engine, x, q);
        Tensor z = conv.forward(engine, x, filters);
        double dead = sumWhereZero(z.data(), q.data());
        execution.divide(q.data(), z.data(), q.data(), 0, q.data().length);
        Tensor share = conv.inputGradient(engine, q, filters, x.shape());
        execution.addScaled(sign, share.data(), 0, sum.data(), 0, sum.data().length);
        return dead;
    }

    /** A separate method, so that on-stack replacement compiles only this loop. */
    private static double sumWhereZero(float[] z, float[] q) {
        double sum = 0;
        for (int i = 0; i < q.length; i++) {
            sum += z[i] == 0 ? q[i] : 0;
        }
        return sum;
    }
}
