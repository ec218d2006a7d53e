package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.AvgPool2d;
import java.util.ArrayList;
import java.util.List;

/**
 * In proportion to the inputs of an average or of a sum of branches. With p the part of the inputs that counts and m the
 * layer's map, {@code s = r / stabilised(m(p))} and {@code c = p m^T(s)}; for a sum, branch i receives {@code p_i r / sum over j of p_j}.
 * Overlapping windows add up.
 *
 * <p>Law: {@code sum(c) = sum(r)} over outputs where m(p) is not 0, less {@code s e} of the stabiliser; elsewhere r is lost to
 * dead places. With the positive part and exact division every share lies between 0 and r.
 */
record SumRatioRule(String name, Modifier part, Stabiliser stabiliser) implements MergeRule {
    @Override
    public boolean fits(Layer layer) {
        return layer instanceof Add || layer instanceof AvgPool2d || layer instanceof AdaptiveAvgPool2d;
    }

    @Override
    public Propagated apply(Engine engine, Layer layer, List<Tensor> xs, Tensor r) {
        Rules.requireFit(this, layer);
        List<Tensor> inputs = xs.stream().map(part::of).toList();
        Tensor y = layer instanceof Merge merge ? merge.forward(engine, inputs) : layer.forward(engine, inputs.get(0));
        Tensor s = Tensor.zeros(r.shape());
        double taken = 0;
        double dead = 0;
        for (int i = 0; i < s.data().length; i++) {
            s.data()[i] = (float) stabiliser.divide(r.data()[i], y.data()[i]);
            if (y.data()[i] == 0) {
                dead += r.data()[i];
            } else {
                taken += s.data()[i] * stabiliser.added(y.data()[i]);
            }
        }
        List<Tensor> gradients = layer instanceof Merge merge ? merge.gradient(engine, inputs, y, s)
                : List.of(layer.gradient(engine, inputs.get(0), y, s));
        List<Tensor> handed = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Tensor share = gradients.get(i).copy();
            Execution.of(engine).multiply(inputs.get(i).data(), 0, share.data(), 0, share.data().length);
            handed.add(share);
        }
        return new Propagated(handed, new AbsorbedRelevance(0, taken, dead, 0));
    }
}
