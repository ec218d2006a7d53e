package dev.sectional.nn.rule.rsp;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.Gemm;
import dev.sectional.core.internal.conv.PackedMatrix;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * RSP's rule without filters, for dilation 1. The filter gradient G is linear in relevance and input, so both products
 * with it become products with matrices between positions, P x P: with {@code X = x x^T} (summed over channels) and
 * {@code K[p',p] = sum over kernel offsets k of X[p'+k, p+k]}, {@code z = K q}; and
 * {@code conv^T(s, G)[u] = sum over v of N[u,v] x[v]} with {@code N[u,v] = sum over k of M[u-k, v-k]},
 * {@code M = s+ q+^T - s- q-^T}. The result is exact, and costs far less where positions are few and channels many, as
 * deep in a network. With a stride, only positions of the same {@link GramPhase} meet in a product.
 */
final class GramRelevance implements RspAlgorithm {
    private final Execution execution;
    private final Tensor x;
    /** Number of output positions. */
    private final int positions;
    private final List<GramPhase> phases = new ArrayList<>();
    /** {@code K}; it and the phases are the same for every relevance. */
    private final float[] patchProducts;

    /** @param x {@code (H, W, C)}, at least 0 */
    GramRelevance(Execution execution, ConvolutionGeometry geometry, Tensor x) {
        this.execution = execution;
        this.x = x;
        positions = geometry.rows().count(x.shape().dim(0)) * geometry.columns().count(x.shape().dim(1));
        float[] sum = null;
        for (int row = 0; row < geometry.rows().stride(); row++) {
            for (int column = 0; column < geometry.columns().stride(); column++) {
                GramPhase phase = GramPhase.of(execution, geometry.rows(), geometry.columns(), row, column, x);
                if (phase != null) {
                    phases.add(phase);
                    sum = plus(sum, phase.patchProducts());
                }
            }
        }
        patchProducts = sum == null ? zeros() : sum;
    }

    /** Returns K where every window lies in the padding. */
    private float[] zeros() {
        float[] zeros = execution.acquire(Shape.of(positions, positions).size());
        Arrays.fill(zeros, 0f);
        return zeros;
    }

    /** Returns the sum of two arrays in the first one; null stands for zeros. */
    private float[] plus(float[] sum, float[] more) {
        if (sum == null) {
            return more;
        }
        execution.workers().parallelChunks(sum.length, (from, to) -> execution.add(more, from, sum, from, to - from));
        execution.release(more);
        return sum;
    }

    @Override
    public RelevanceShares shares(Tensor r) {
        int outputs = r.shape().dim(2);
        float[] q = signs(r.data(), outputs);
        PackedMatrix columns = PackedMatrix.of(execution, q, positions, 2 * outputs);
        float[] ratios = execution.acquire(Shape.of(positions, 2 * outputs).size());
        Gemm.multiply(execution, patchProducts, positions, columns, ratios);
        columns.release(execution);
        double dead = divide(r.data(), ratios, outputs);
        PackedMatrix rows = PackedMatrix.transposed(execution, q, 2 * outputs, positions);
        execution.release(q);
        float[] between = execution.acquire(Shape.of(positions, positions).size());
        Gemm.multiply(execution, ratios, positions, rows, between);
        rows.release(execution);
        execution.release(ratios);
        Tensor values = execution.tensor(x.shape());
        execution.clear(values.data());   // positions that no window reads
        phases.forEach(phase -> phase.addShares(between, values.data()));
        execution.release(between);
        return new RelevanceShares(values, dead);
    }

    /** Returns {@code max(r, 0)} and {@code max(-r, 0)} side by side, {@code (positions, 2 outputs)}. */
    private float[] signs(float[] r, int outputs) {
        float[] q = execution.acquire(Shape.of(positions, 2 * outputs).size());
        execution.workers().run(positions, p -> {
            int to = 2 * p * outputs;
            execution.combineWithAbs(0.5f, 0.5f, r, p * outputs, q, to, outputs);
            execution.combineWithAbs(-0.5f, 0.5f, r, p * outputs, q, to + outputs, outputs);
        });
        return q;
    }

    /** Replaces z by {@code q+ / z+} and {@code -q- / z-}. Returns the sum of the relevance where z is 0. */
    private double divide(float[] r, float[] z, int outputs) {
        return ChunkedReduction.sumOfTasks(execution, positions, p ->
                execution.ratiosBySign(r, p * outputs, z, 2 * p * outputs, outputs, outputs));
    }

    @Override
    public void close() {
        execution.release(patchProducts);
        phases.forEach(GramPhase::release);
    }
}
