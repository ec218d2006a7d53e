package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
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
        List<Tensor> inputs = xs.stream().map(modifier::apply).toList();
        Tensor y = layer instanceof Merge merge ? merge.forward(engine, inputs) : layer.forward(engine, inputs.get(0));
        Tensor s = Tensor.zeros(r.shape());
        double stabilised = 0;
        double dead = 0;
        for (int i = 0; i < s.data().length; i++) {
            s.data()[i] = (float) stabiliser.divide(r.data()[i], y.data()[i]);
            if (y.data()[i] == 0) {
                dead += r.data()[i];
            } else {
                stabilised += s.data()[i] * stabiliser.signedEpsilon(y.data()[i]);
            }
        }
        List<Tensor> gradients = layer instanceof Merge merge ? merge.gradient(engine, inputs, y, s)
                : List.of(layer.gradient(engine, inputs.get(0), y, s));
        List<Tensor> relevances = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            relevances.add(TensorOps.of(engine).product(gradients.get(i), inputs.get(i)));
        }
        return new Propagated(relevances, new AbsorbedRelevance(0, stabilised, dead, 0));
    }
}
