package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.ops.TensorOps;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.Normalization;

/**
 * Propagates relevance through a {@link Normalization} whose divisors are held constant (Achtibat et al. 2024,
 * proposition 3.4): it is then a linear map L, less its mean, times a factor, with a bias. With its output y,
 * {@code s = r / (y + e)} and {@code c = x L^T(s)}.
 *
 * <p>Property: {@code sum(c) = sum(r)} less {@code s b} of the biases, {@code s e} of the stabiliser, and r where y
 * is 0.
 */
record NormalizationRule(Stabiliser stabiliser) implements Rule {
    @Override
    public String name() {
        return "constant divisor";
    }

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof Normalization;
    }

    @Override
    public boolean returnsFreshTensors() {
        return true;
    }

    @Override
    public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
        Normalization norm = Rules.require(this, layer, Normalization.class);
        Tensor y = norm.forward(engine, x);
        Tensor s = Tensor.zeros(r.shape());
        double biased = 0;
        double stabilised = 0;
        double dead = 0;
        for (int i = 0; i < s.data().length; i++) {
            double z = y.data()[i];
            s.data()[i] = (float) stabiliser.divide(r.data()[i], z);
            double bias = norm.biasAt(i);
            if (z == 0 && (stabiliser.epsilon() == 0 || bias == 0)) {
                dead += r.data()[i];
            } else {
                biased += s.data()[i] * bias;
                stabilised += s.data()[i] * stabiliser.signedEpsilon(z);
            }
        }
        Tensor gradient = norm.gradientAtConstantDivisor(engine, x, s);
        return new Propagated(TensorOps.of(engine).product(gradient, x),
                new AbsorbedRelevance(biased, stabilised, dead, 0));
    }
}
