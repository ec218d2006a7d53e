package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Layer;
import dev.sectional.nn.WeightedLayer;

/**
 * RAP's first step, at the layer that gives the logits (Nam et al., AAAI 2020): the contributions to what is explained,
 * their magnitudes rescaled. With {@code q = r / y} at each output, y being the layer's own output, every contribution
 * {@code x w q} of the four pairings of signs arrives; the bias's is shared by the positive inputs, between raising
 * and lowering weights as these share the total. Then {@code c = |c| sum(c) / sum|c|}.
 *
 * <p>The released program starts at 1 for the target and lets the step bring in the logit; here r is the logit, so that q is 1
 * and the step keeps the sum.
 *
 * <p>Law: {@code sum(c) = sum(r)}, except r at outputs of 0 and the bias's share where no positive input meets its weights.
 */
final class RapStartRule implements Rule {
    private static final Modifier[] SIGNS = {Modifier.POSITIVE, Modifier.NEGATIVE};

    @Override
    public String name() {
        return "rap start";
    }

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof WeightedLayer;
    }

    @Override
    public Propagated apply(Engine engine, Layer layer, Tensor x, Tensor r) {
        WeightedLayer map = Rules.require(this, layer, WeightedLayer.class);
        Tensor y = map.forward(engine, x, map.weights());
        float[] bias = map.bias() == null ? new float[1] : map.bias();
        Tensor q = Tensor.zeros(r.shape());
        double dead = 0;
        for (int i = 0; i < q.data().length; i++) {
            q.data()[i] = (float) Stabiliser.EXACT.divide(r.data()[i], (double) y.data()[i] + bias[i % bias.length]);
            dead += q.data()[i] == 0 ? r.data()[i] : 0;
        }
        return step(engine, map, x, q, bias, r.sum() - dead, dead);
    }

    private static Propagated step(Engine engine, WeightedLayer map, Tensor x, Tensor q, float[] bias, double given, double dead) {
        TensorSource[] weights = {Modifier.POSITIVE.of(engine, map.weights()), Modifier.NEGATIVE.of(engine, map.weights())};
        Tensor[][] z = new Tensor[2][2];
        double[] side = new double[2];                               // what raises, what lowers
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 2; j++) {
                z[i][j] = map.forward(engine, SIGNS[i].of(x), weights[j]);
                for (int o = 0; o < q.data().length; o++) {
                    side[(i + j) % 2] += (double) z[i][j].data()[o] * q.data()[o];
                }
            }
        }
        Tensor handed = Tensor.zeros(x.shape());
        double arrived = 0;
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 2; j++) {
                double share = i == 0 ? Stabiliser.EXACT.divide(side[j], side[0] + side[1]) : 0;
                Tensor s = Tensor.zeros(q.shape());
                for (int o = 0; o < s.data().length; o++) {
                    double biased = share * bias[o % bias.length] * q.data()[o];
                    boolean met = z[i][j].data()[o] != 0;
                    s.data()[o] = met ? (float) (q.data()[o] + biased / z[i][j].data()[o]) : 0f;
                    arrived += (double) s.data()[o] * z[i][j].data()[o];
                }
                Tensor c = map.inputGradient(engine, s, weights[j], x.shape());
                Execution.of(engine).multiply(SIGNS[i].of(x).data(), 0, c.data(), 0, c.data().length);
                Execution.of(engine).add(c.data(), 0, handed.data(), 0, c.data().length);
            }
        }
        // The sum is known from the output side, where fewer terms cancel than in the contributions themselves.
        double scale = Stabiliser.EXACT.divide(arrived, handed.sumOfAbsolutes());
        for (int i = 0; i < handed.data().length; i++) {
            handed.data()[i] = (float) (Math.abs(handed.data()[i]) * scale);
        }
        return new Propagated(handed, new AbsorbedRelevance(scale == 0 ? given : given - arrived, 0, dead, 0));
    }
}
