package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Layer;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.layer.Conv2d;

/**
 * The rule of Relative Attributing Propagation (Nam et al., AAAI 2020, arXiv 1904.00605): weights of both signs count as
 * influence, then what is too much is taken off every touched unit alike (uniform shift).
 *
 * <p>For inputs x of one sign, with {@code wa} the weights that raise the output through them and {@code wb} those that lower
 * it, turned round, so that {@code za = map(x, wa)} and {@code zb = map(x, wb)} are at least 0, and {@code zab = za + zb}:
 * {@code c = x map^T(r+ / za, wa) + x map^T(r+ / zab, wb) + x map^T(r- / zab, wb) + x map^T(r- / z, w)}, the last with
 * {@code wb} in convolutions and {@code wa} in linear layers, as the released program has it. Then
 * {@code (sum(c) - sum(r)) / #{c != 0}} is taken off wherever c is not 0. Biases take no part; divisions are exact.
 *
 * <p>Law: inputs of each sign hand down {@code sum(r)}, or nothing when they touch nothing. So after a ReLU
 * {@code sum(c) = sum(r)}, and a layer whose inputs have both signs gives {@code 2 sum(r)}: -sum(r) is withheld.
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
    public Propagated apply(Engine engine, Layer layer, Tensor x, Tensor r) {
        WeightedLayer map = Rules.require(this, layer, WeightedLayer.class);
        boolean convolution = layer instanceof Conv2d;
        Tensor handed = Tensor.zeros(x.shape());
        double total = r.sum();
        int served = 0;
        for (Modifier sign : new Modifier[] {Modifier.POSITIVE, Modifier.NEGATIVE}) {
            Tensor input = sign.of(x);
            if (input.sumOfAbsolutes() != 0) {
                boolean up = sign == Modifier.POSITIVE;
                TensorSource raising = (up ? Modifier.POSITIVE : Modifier.NEGATIVE).of(engine, map.weights());
                TensorSource lowering = new Modifier(up ? 0 : -1, up ? -1 : 0, 0, 0).of(engine, map.weights());
                Tensor c = contributions(engine, map, input, raising, lowering, r, convolution);
                served += shift(c.data(), total, handed.data());
            }
        }
        return new Propagated(handed, served == 0 ? AbsorbedRelevance.dead(total) : AbsorbedRelevance.withheld((1 - served) * total));
    }

    private static Tensor contributions(Engine engine, WeightedLayer map, Tensor x, TensorSource raising, TensorSource lowering,
                                        Tensor r, boolean convolution) {
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
        Tensor c = map.inputGradient(engine, sa, raising, x.shape());
        Execution.of(engine).add(map.inputGradient(engine, sb, lowering, x.shape()).data(), 0, c.data(), 0, c.data().length);
        Execution.of(engine).multiply(x.data(), 0, c.data(), 0, c.data().length);
        return c;
    }

    /** Adds c, shifted so that it sums to the total, to {@code handed}; returns 1, or 0 when c is all 0. */
    private static int shift(float[] c, double total, float[] handed) {
        double sum = 0;
        int touched = 0;
        for (float value : c) {
            sum += value;
            touched += value != 0 ? 1 : 0;
        }
        double excess = touched == 0 ? 0 : (sum - total) / touched;
        for (int i = 0; i < c.length; i++) {
            handed[i] += c[i] != 0 ? (float) (c[i] - excess) : 0f;
        }
        return Math.min(1, touched);
    }
}
