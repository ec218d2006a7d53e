package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.ops.TensorOps;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.AddConstant;
import dev.sectional.nn.layer.Arithmetic;
import dev.sectional.nn.layer.AvgPool2d;
import dev.sectional.nn.layer.Reduce;
import java.util.ArrayList;
import java.util.List;

/**
 * Propagates relevance in proportion to the inputs of an average, of a sum or difference of branches, or of a Euclidean
 * length. With p the modified inputs and m the layer, {@code s = r / stabilised(m(p))} and {@code c = p m^T(s)}; for a
 * sum, branch i receives {@code p_i r / sum over j of p_j}. Where windows overlap, their relevance is added. What a
 * difference subtracts counts as an input of the opposite sign, and an added constant as a bias.
 *
 * <p>Property: {@code sum(c) = sum(r)} over outputs where m(p) is not 0, less {@code s e}, which the stabiliser
 * absorbs, and the share of an added constant; elsewhere dead positions absorb r. With {@link Modifier#POSITIVE} and
 * exact division every share lies between 0 and r.
 */
record SumRatioRule(String name, Modifier modifier, Stabiliser stabiliser) implements MergeRule {
    /** Elements whose absorbed relevance is added up in float32, before float64. */
    private static final int BLOCK = 1 << 11;
    private static final Add SUM = new Add();
    private static final Modifier OPPOSITE = Modifier.bySign(-1, -1);

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof Add || layer instanceof AvgPool2d || layer instanceof AdaptiveAvgPool2d
                || layer instanceof AddConstant || isDifference(layer) || layer instanceof Reduce reduce
                && reduce.operation() != Reduce.Operation.MAX && reduce.operation() != Reduce.Operation.MIN;
    }

    private static boolean isDifference(Layer layer) {
        return layer instanceof Arithmetic each && each.operation() == Arithmetic.Operation.SUBTRACT;
    }

    @Override
    public boolean returnsFreshTensors() {
        return true;
    }

    @Override
    public Propagated propagate(Engine engine, Layer layer, List<Tensor> xs, Tensor r) {
        Rules.requireFit(this, layer);
        if (layer instanceof AddConstant sum) {
            Propagated both = propagate(engine, SUM, List.of(xs.get(0), sum.value()), r);
            double share = both.relevances().get(1).sum();
            return new Propagated(both.relevance(), both.absorbed().plus(new AbsorbedRelevance(share, 0, 0, 0)));
        }
        if (isDifference(layer)) {
            return propagate(engine, SUM, List.of(xs.get(0), OPPOSITE.apply(xs.get(1))), r);
        }
        boolean sumOfEqualShapes = layer instanceof Add && xs.stream().allMatch(x -> x.shape().equals(r.shape()));
        return sumOfEqualShapes ? sum(Execution.of(engine), xs, r) : ratio(engine, layer, xs, r);
    }

    /** Propagates through a sum, block by block while a block of every tensor stays in the cache. */
    private Propagated sum(Execution execution, List<Tensor> xs, Tensor r) {
        List<Tensor> relevances = xs.stream().map(x -> execution.tensor(x.shape())).toList();
        AbsorbedRelevance absorbed = inBlocks(execution, r.data().length, (from, count, sums) -> {
            for (int i = 0; i < xs.size(); i++) {
                modifier.apply(execution, xs.get(i).data(), relevances.get(i).data(), from, count);
            }
            float[] s = execution.acquire(BLOCK);
            System.arraycopy(relevances.get(0).data(), from, s, 0, count);
            for (Tensor each : relevances.subList(1, xs.size())) {
                execution.add(each.data(), from, s, 0, count);
            }
            execution.stabilisedRatio(r.data(), from, s, null, 1, (float) stabiliser.epsilon(), s, 0, 1, count, sums);
            for (Tensor each : relevances) {
                execution.multiply(s, 0, each.data(), from, count);
            }
            execution.release(s);
        });
        return new Propagated(relevances, absorbed);
    }

    /** Propagates through any layer by its gradient. */
    private Propagated ratio(Engine engine, Layer layer, List<Tensor> xs, Tensor r) {
        Execution execution = Execution.of(engine);
        List<Tensor> inputs = xs.stream().map(x -> modifier.apply(engine, x).tensor()).toList();
        Tensor y = layer instanceof Merge merge ? merge.forward(engine, inputs) : layer.forward(engine, inputs.get(0));
        Tensor s = Tensor.zeros(r.shape());
        AbsorbedRelevance absorbed = inBlocks(execution, s.data().length,
                (from, count, sums) -> execution.stabilisedRatio(r.data(), from, y.data(), null, 1,
                        (float) stabiliser.epsilon(), s.data(), from, 1, count, sums));
        List<Tensor> gradients = layer instanceof Merge merge ? merge.gradient(engine, inputs, y, s)
                : List.of(layer.gradient(engine, inputs.get(0), y, s));
        List<Tensor> relevances = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            relevances.add(TensorOps.of(engine).product(gradients.get(i), inputs.get(i)));
        }
        return new Propagated(relevances, absorbed);
    }

    private interface Block {
        /** Computes elements {@code from .. from + count - 1} and adds what they absorb to the three sums. */
        void compute(int from, int count, double[] sums);
    }

    private static AbsorbedRelevance inBlocks(Execution execution, int length, Block block) {
        AbsorbedRelevance[] absorbed = new AbsorbedRelevance[(length + BLOCK - 1) / BLOCK];
        execution.workers().run(absorbed.length, task -> {
            double[] sums = new double[3];
            int from = task * BLOCK;
            block.compute(from, Math.min(BLOCK, length - from), sums);
            absorbed[task] = new AbsorbedRelevance(sums[0], sums[1], sums[2], 0);
        });
        return List.of(absorbed).stream().reduce(AbsorbedRelevance.NONE, AbsorbedRelevance::plus);
    }
}
