package dev.sectional.laws;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.rule.AbsorbedRelevance;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;

/**
 * LRP-epsilon by plain loops over the layer's own products, with a fault in the formula: each declares what it absorbs
 * as if it were right.
 */
record WrongFormula(boolean signOfZeroIsMinus, boolean biasTwice) implements Rule {
    private static final double EPSILON = 1e-6;

    @Override
    public String name() {
        return signOfZeroIsMinus ? "epsilon with the wrong sign at 0" : "epsilon with the bias twice";
    }

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof Conv2d;
    }

    @Override
    public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
        Conv2d conv = (Conv2d) layer;
        float[] z = conv.forward(engine, x, conv.weights()).data();
        Tensor s = Tensor.zeros(r.shape());
        double byBias = 0;
        double byStabiliser = 0;
        for (int i = 0; i < z.length; i++) {
            double bias = conv.bias() == null ? 0 : conv.bias()[i % conv.bias().length];
            double output = z[i] + (biasTwice ? 2 : 1) * bias;
            double signed = output < 0 || signOfZeroIsMinus && output == 0 ? -EPSILON : EPSILON;
            s.data()[i] = (float) (r.data()[i] / (output + signed));
            byBias += s.data()[i] * bias;
            byStabiliser += s.data()[i] * signed;
        }
        Tensor c = conv.inputGradient(engine, s, conv.weights(), x.shape());
        for (int i = 0; i < c.data().length; i++) {
            c.data()[i] *= x.data()[i];
        }
        return new Propagated(c, new AbsorbedRelevance(byBias, byStabiliser, 0, 0));
    }
}
