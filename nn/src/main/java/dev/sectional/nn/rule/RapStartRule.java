package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.ops.TensorOps;
import dev.sectional.nn.Layer;
import dev.sectional.nn.WeightedLayer;
import java.util.List;

/**
 * RAP's first step, at the layer that computes the logits (Nam et al., AAAI 2020): the contributions to the explained
 * logit, with rescaled magnitudes. With {@code q = r / y} at each output, y being the layer's own output, the
 * contributions {@code x w q} of the four pairings of signs are added. The positive inputs share the bias, split
 * between raising and lowering weights as these share the total. Then {@code c = |c| sum(c) / sum|c|}.
 *
 * <p>The released program starts at 1 for the target, and its first step brings in the logit; here r is the logit, so
 * that q is 1 and the step keeps the sum.
 *
 * <p>Property: {@code sum(c) = sum(r)}, except r at outputs of 0, and the bias's share where no positive input meets
 * its weights.
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
    public boolean returnsFreshTensors() {
        return true;
    }

    @Override
    public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
        WeightedLayer map = Rules.require(this, layer, WeightedLayer.class);
        Tensor y = map.forward(engine, x, map.weights());
        float[] bias = map.bias() == null ? new float[1] : map.bias();
        Tensor q = Tensor.zeros(r.shape());
        double dead = 0;
        for (int i = 0; i < q.data().length; i++) {
            q.data()[i] = (float) Stabiliser.EXACT.divide(r.data()[i], (double) y.data()[i] + bias[i % bias.length]);
            dead += q.data()[i] == 0 ? r.data()[i] : 0;
        }
        return new Pairings(engine, map, x, q, bias).propagate(r.sum() - dead, dead);
    }

    /**
     * The contributions of inputs and weights of each sign: index i stands for the sign of the input, j for that of the
     * weight.
     */
    private static final class Pairings {
        private final Engine engine;
        private final WeightedLayer map;
        private final Tensor q;
        private final float[] bias;
        private final Tensor[] inputs = new Tensor[2];
        private final TensorSource[] weights = new TensorSource[2];
        private final Tensor[][] z = new Tensor[2][2];
        /** Sum of the contributions that raise the output, and of those that lower it. */
        private final double[] totals = new double[2];

        Pairings(Engine engine, WeightedLayer map, Tensor x, Tensor q, float[] bias) {
            this.engine = engine;
            this.map = map;
            this.q = q;
            this.bias = bias;
            for (int i = 0; i < 2; i++) {
                inputs[i] = SIGNS[i].apply(x);
                weights[i] = SIGNS[i].apply(engine, map.weights());
            }
            for (int i = 0; i < 2; i++) {
                for (int j = 0; j < 2; j++) {
                    z[i][j] = map.forward(engine, inputs[i], weights[j]);
                    for (int o = 0; o < q.data().length; o++) {
                        totals[(i + j) % 2] += (double) z[i][j].data()[o] * q.data()[o];
                    }
                }
            }
        }

        /**
         * @param given relevance at outputs other than 0
         * @param dead relevance at outputs of 0
         */
        Propagated propagate(double given, double dead) {
            TensorOps ops = TensorOps.of(engine);
            Tensor c = Tensor.zeros(inputs[0].shape());
            double arrived = 0;
            for (int i = 0; i < 2; i++) {
                for (int j = 0; j < 2; j++) {
                    Tensor s = Tensor.zeros(q.shape());
                    arrived = ratios(i, j, s, arrived);
                    c = ops.sum(c, ops.product(map.inputGradient(engine, s, weights[j], c.shape()), inputs[i]));
                }
            }
            // The sum is known from the output side, where fewer terms cancel than in the contributions themselves.
            double scale = Stabiliser.EXACT.divide(arrived, c.sumOfAbsolutes());
            for (int i = 0; i < c.data().length; i++) {
                c.data()[i] = (float) (Math.abs(c.data()[i]) * scale);
            }
            AbsorbedRelevance absorbed = new AbsorbedRelevance(scale == 0 ? given : given - arrived, 0, dead, 0);
            return new Propagated(List.of(c), absorbed, Rules.exactAlgorithms(map));
        }

        /**
         * Computes the ratio of each output for one pairing, the share of the bias included.
         *
         * @param s receives the ratios
         * @param arrived relevance that earlier pairings propagate
         * @return relevance that this pairing and earlier ones propagate
         */
        private double ratios(int i, int j, Tensor s, double arrived) {
            double share = i == 0 ? Stabiliser.EXACT.divide(totals[j], totals[0] + totals[1]) : 0;
            float[] contributions = z[i][j].data();
            double sum = arrived;
            for (int o = 0; o < s.data().length; o++) {
                double biased = share * bias[o % bias.length] * q.data()[o];
                s.data()[o] = contributions[o] != 0 ? (float) (q.data()[o] + biased / contributions[o]) : 0f;
                sum += (double) s.data()[o] * contributions[o];
            }
            return sum;
        }
    }
}
