package dev.sectional.nn.rule.rsp;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.PackedMatrix;
import dev.sectional.core.internal.conv.Winograd;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import dev.sectional.nn.rule.AbsorbedRelevance;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The convolution rule of Relative Sectional Propagation (Nam, Choi, Lee, AAAI 2021). Positive and negative relevance
 * are propagated separately. Each part q has filters of its own, its filter gradient
 * {@code G[o,c,k] = sum over p of q[o,p] x[c,p+k]}; {@code z = conv(x, G)} where q is not 0;
 * {@code part = x conv^T(q / z, G)}. For a kernel larger than 1x1, {@code c = 2 (part+ - part-)}, and {@code sum(r) /
 * #{c != 0}} is subtracted wherever c is not 0 (uniform shift); for 1x1, {@code c = part+ - part-}. Negative inputs
 * count as 0. The layer's weights take no part. {@link AlgorithmPlanner} chooses the {@link RspAlgorithm}.
 *
 * <p>Property: a position is dead if its window has no value above 0. If some c is not 0,
 * {@code sum(c) = 2 sum(r over live) - sum(r)}: dead positions absorb twice their relevance; for 1x1 once. If every c
 * is 0, they absorb {@code sum(r)}.
 */
public final class RspRule implements Rule {
    /** Greater exponents are scaled to 0, so that products of three values neither vanish nor overflow. */
    private static final int MODERATE = 16;

    @Override
    public String name() {
        return "rsp";
    }

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof Conv2d;
    }

    @Override
    public boolean returnsFreshTensors() {
        return true;
    }

    @Override
    public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
        return propagateAll(engine, layer, x, List.of(r)).get(0);
    }

    @Override
    public List<Propagated> propagateAll(Engine engine, Layer layer, Tensor x, List<Tensor> rs) {
        Conv2d conv = Rules.require(this, layer, Conv2d.class).at(x.shape());
        Execution execution = Execution.of(engine);
        Tensor active = active(execution, x);
        Map<RelevanceAlgorithm, RspAlgorithm> algorithms = new EnumMap<>(RelevanceAlgorithm.class);
        List<Propagated> all = new ArrayList<>();
        for (Tensor r : rs) {
            Statistics statistics = Statistics.of(execution, conv, r);
            RelevanceAlgorithm chosen = AlgorithmPlanner.of(engine).filterGradient(conv.shapeAt(x.shape()),
                    statistics.nonzeros);
            RspAlgorithm algorithm = algorithms.computeIfAbsent(chosen, each -> algorithm(engine, conv, active, each));
            all.add(propagate(execution, conv, active, r, statistics, chosen, algorithm));
        }
        algorithms.values().forEach(RspAlgorithm::close);
        if (active != x) {
            execution.release(active);
        }
        return all;
    }

    /** @param x {@code (H, W, C)}, at least 0 */
    static RspAlgorithm algorithm(Engine engine, Conv2d conv, Tensor x, RelevanceAlgorithm chosen) {
        Execution execution = Execution.of(engine);
        return switch (chosen) {
            case DIRECT -> PointwiseRelevance.fits(execution, conv)
                    ? new PointwiseRelevance(execution, conv.geometry(), x, false)
                    : new DirectRelevance(engine, conv, x);
            case WINOGRAD -> new WinogradRelevance(execution, conv.geometry(), x);
            case GRAM -> new GramRelevance(execution, conv.geometry(), x);
            case SPARSE -> conv.geometry().kernelArea() == 1
                    ? new PointwiseRelevance(execution, conv.geometry(), x, true)
                    : new SparseRelevance(execution, conv.geometry(), x);
        };
    }

    /**
     * Runs the algorithms for large layers once on a small feature map, so that the JIT compiler has reached their
     * loops by the time a large layer needs them.
     *
     * @param map {@code (H, W, C)}
     */
    public static void warmUp(Engine engine, Tensor map) {
        Execution execution = Execution.of(engine);
        int channels = map.shape().dim(2);
        Conv2d conv = Conv2d.of(Tensor.zeros(Shape.of(channels, channels, 3, 3))).padding(1);
        PackedMatrix filters = PackedMatrix.of(execution, new float[9 * channels * channels], 9 * channels, channels);
        execution.release(Winograd.forward(execution, conv.geometry(), map, filters, null, true));
        for (RelevanceAlgorithm each : List.of(RelevanceAlgorithm.WINOGRAD, RelevanceAlgorithm.SPARSE)) {
            try (RspAlgorithm algorithm = algorithm(engine, conv, map, each)) {
                execution.release(algorithm.shares(map).values());
            }
        }
    }

    /**
     * Properties of a relevance that the rule needs before it propagates it.
     *
     * @param nonzeros number of values other than 0, on which the algorithm depends; 0 for several groups
     * @param exponent binary exponent of the greatest absolute value
     * @param sum of all values, for the uniform shift; 0 for 1x1 kernels
     */
    private record Statistics(long nonzeros, int exponent, double sum) {
        static Statistics of(Execution execution, Conv2d conv, Tensor r) {
            boolean counts = conv.groups() == 1;
            boolean shifts = conv.geometry().kernelArea() > 1;
            double[][] values = ChunkedReduction.mapChunks(execution, r.data().length,
                    (from, to) -> counts ? execution.countNonzeros(r.data(), from, to) : 0,
                    (from, to) -> execution.maxAbs(r.data(), from, to), (from, to) -> {
                        double[] sums = new double[2];
                        if (shifts) {
                            execution.addSums(r.data(), from, to, sums);
                        }
                        return sums[0];
                    });
            return new Statistics((long) ChunkedReduction.sum(values[0]), RspRule.exponent(values[1]),
                    ChunkedReduction.sum(values[2]));
        }
    }

    private static Propagated propagate(Execution execution, Conv2d conv, Tensor x, Tensor r, Statistics statistics,
                                        RelevanceAlgorithm chosen, RspAlgorithm algorithm) {
        Tensor scaled = moderate(execution, r, statistics.exponent);
        RelevanceShares shares = algorithm.shares(scaled);
        float[] c = shares.values().data();
        double nonzeros = shares.multiplyBy(execution, x);
        double dead = shares.dead();
        if (conv.geometry().kernelArea() > 1) {
            double total = scaled == r ? statistics.sum : Math.scalb(statistics.sum, -statistics.exponent);
            dead = nonzeros == 0 ? total : 2 * dead;
            float shift = nonzeros == 0 ? 0 : (float) (total / nonzeros);
            execution.workers().parallelChunks(c.length, (from, to) -> execution.affineNonzeros(2, shift, c, from, to));
        }
        if (scaled != r) {
            scale(execution, shares.values(), statistics.exponent);
            dead = Math.scalb(dead, statistics.exponent);
        }
        return new Propagated(List.of(shares.values()), AbsorbedRelevance.deadPositions(dead), Set.of(chosen));
    }

    /** Returns the positive part of the input in moderate size: the tensor itself if it is that already. */
    private static Tensor active(Execution execution, Tensor x) {
        double[][] values = ChunkedReduction.mapChunks(execution, x.data().length,
                (from, to) -> execution.anyNegative(x.data(), from, to) ? 1 : 0,
                (from, to) -> execution.maxAbs(x.data(), from, to));
        if (ChunkedReduction.sum(values[0]) == 0) {
            return moderate(execution, x, exponent(values[1]));
        }
        Tensor positive = execution.tensor(x.shape());
        execution.workers().parallelChunks(x.data().length, (from, to) -> {
            System.arraycopy(x.data(), from, positive.data(), from, to - from);
            execution.relu(positive.data(), from, to);
        });
        Tensor active = active(execution, positive);
        if (active != positive) {
            execution.release(positive);
        }
        return active;
    }

    /** Returns the binary exponent of the greatest of the chunks' greatest absolute values; 0 if all are 0. */
    private static int exponent(double[] greatest) {
        double all = ChunkedReduction.max(greatest);
        return all == 0 ? 0 : Math.getExponent((float) all);
    }

    /**
     * Returns values times a power of two if they are very small or very large, otherwise the tensor itself. The rule
     * is homogeneous.
     */
    private static Tensor moderate(Execution execution, Tensor values, int exponent) {
        if (Math.abs(exponent) <= MODERATE) {
            return values;
        }
        Tensor scaled = values.copy();
        scale(execution, scaled, -exponent);
        return scaled;
    }

    private static void scale(Execution execution, Tensor values, int exponent) {
        execution.workers().parallelChunks(values.data().length, (from, to) -> {
            for (int i = from; i < to; i++) {
                values.data()[i] = Math.scalb(values.data()[i], exponent);
            }
        });
    }
}
