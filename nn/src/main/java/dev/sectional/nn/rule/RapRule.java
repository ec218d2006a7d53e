package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.ops.TensorOps;
import dev.sectional.nn.Layer;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.layer.Conv2d;
import java.util.List;

/**
 * The rule of Relative Attributing Propagation (Nam et al., AAAI 2020, arXiv 1904.00605): weights of both signs count
 * as influence, then the excess is subtracted from every unit that received relevance, the same amount from each
 * (uniform shift).
 *
 * <p>For inputs x of one sign, with {@code wa} the weights that raise the output through them and {@code wb} the
 * negated weights that lower it, so that {@code za = map(x, wa)} and {@code zb = map(x, wb)} are at least 0, and
 * {@code zab = za + zb}: {@code c = x map^T(r+ / za, wa) + x map^T(r+ / zab, wb) + x map^T(r- / zab, wb) + x map^T(r- /
 * z, w)}, the last with {@code wb} in convolutions and {@code wa} in linear layers, as in the released program. Then
 * {@code (sum(c) - sum(r)) / #{c != 0}} is subtracted wherever c is not 0. Biases take no part; divisions are exact.
 *
 * <p>Property: inputs of each sign receive {@code sum(r)} together, or 0 if none of them contributes. So behind a ReLU
 * {@code sum(c) = sum(r)}; a layer with inputs of both signs propagates {@code 2 sum(r)}, and {@code -sum(r)} counts as
 * withheld.
 */
final class RapRule implements Rule {
    @Override
    public String name() {
        return "rap";
    }

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof WeightedLayer;
    }

    @Override
    public boolean returnsFreshTensors() {
        return true;
    }

    @Override
    public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
        WeightedLayer map = Rules.require(this, layer, WeightedLayer.class);
        Tensor c = Tensor.zeros(x.shape());
        double total = r.sum();
        int contributing = 0;
        for (Modifier sign : new Modifier[] {Modifier.POSITIVE, Modifier.NEGATIVE}) {
            Tensor input = sign.apply(x);
            if (input.sumOfAbsolutes() != 0) {
                boolean positive = sign == Modifier.POSITIVE;
                TensorSource raising = (positive ? Modifier.POSITIVE : Modifier.NEGATIVE).apply(engine, map.weights());
                TensorSource lowering = (positive ? Modifier.bySign(0, -1) : Modifier.bySign(-1, 0)).apply(engine,
                        map.weights());
                Tensor contributions = contributions(engine, map, input, raising, lowering, r);
                contributing += addShifted(contributions.data(), total, c.data()) ? 1 : 0;
            }
        }
        AbsorbedRelevance absorbed = contributing == 0 ? AbsorbedRelevance.deadPositions(total)
                : AbsorbedRelevance.withheld((1 - contributing) * total);
        return new Propagated(List.of(c), absorbed, Rules.exactAlgorithms(layer));
    }

    private static Tensor contributions(Engine engine, WeightedLayer map, Tensor x, TensorSource raising,
            TensorSource lowering, Tensor r) {
        boolean convolution = map instanceof Conv2d;
        float[] za = map.forward(engine, x, raising).data();
        float[] zb = map.forward(engine, x, lowering).data();
        Tensor sa = Tensor.zeros(r.shape());
        Tensor sb = Tensor.zeros(r.shape());
        for (int i = 0; i < za.length; i++) {
            double value = r.data()[i];
            double both = (double) za[i] + zb[i];
            double a = value > 0 || !convolution ? Stabiliser.EXACT.divide(value, za[i]) : 0;
            double b = zb[i] == 0 ? 0 : Stabiliser.EXACT.divide(value, both);
            sa.data()[i] = (float) a;
            sb.data()[i] = (float) (value < 0 && convolution ? b + Stabiliser.EXACT.divide(value, zb[i]) : b);
        }
        TensorOps ops = TensorOps.of(engine);
        Tensor sum = ops.sum(map.inputGradient(engine, sa, raising, x.shape()),
                map.inputGradient(engine, sb, lowering, x.shape()));
        return ops.product(sum, x);
    }

    /**
     * Adds c to a sum, shifted so that it has the given total.
     *
     * @return whether some c is not 0; otherwise the sum stays
     */
    private static boolean addShifted(float[] c, double total, float[] sum) {
        double sumOfC = 0;
        int nonzeros = 0;
        for (float value : c) {
            sumOfC += value;
            nonzeros += value != 0 ? 1 : 0;
        }
        double excess = nonzeros == 0 ? 0 : (sumOfC - total) / nonzeros;
        for (int i = 0; i < c.length; i++) {
            sum[i] += c[i] != 0 ? (float) (c[i] - excess) : 0f;
        }
        return nonzeros > 0;
    }
}
