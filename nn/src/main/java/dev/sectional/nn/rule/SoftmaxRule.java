package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.ops.TensorOps;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.Softmax;

/**
 * Propagates relevance through a softmax y of x inside a network: held constant, or with the Taylor expansion of
 * Achtibat et al. 2024 (proposition 3.1), {@code c_i = x_i (r_i - y_i sum_j r_j)}, where the sum runs over the values
 * that the softmax normalises together.
 *
 * <p>Property: held constant, {@code c = 0} and all of r is withheld. Expanded, the constant term of the expansion
 * takes the rest: {@code sum(r) - sum(c)} is withheld.
 */
record SoftmaxRule(String name, boolean expanded) implements Rule {
    @Override
    public boolean fits(Layer layer) {
        return layer instanceof Softmax softmax && !softmax.isLogarithm();
    }

    @Override
    public boolean returnsFreshTensors() {
        return true;
    }

    @Override
    public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
        Softmax softmax = Rules.require(this, layer, Softmax.class);
        if (!expanded) {
            return new Propagated(Tensor.zeros(x.shape()), AbsorbedRelevance.withheld(r.sum()));
        }
        // The gradient of the logarithm is g - y sum(g)
        Tensor gradient = softmax.logarithm().gradient(engine, x, softmax.logarithm().forward(engine, x), r);
        Tensor c = TensorOps.of(engine).product(gradient, x);
        return new Propagated(c, AbsorbedRelevance.withheld(r.sum() - c.sum()));
    }
}
