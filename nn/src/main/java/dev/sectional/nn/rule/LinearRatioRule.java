package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Layer;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The family of layer-wise relevance propagation as data: relevance is shared out in proportion to contributions. Fits every
 * {@link WeightedLayer}: convolutions, linear layers, batch norm.
 *
 * <p>Each pass forms {@code z = sum over terms of map(input(x), weight(w))} and
 * {@code s = scale r / stabilised(z + bias(b))}, and hands {@code input(x) map^T(s, weight(w))} of every term to the input.
 *
 * <p>Law: each ratio splits {@code scale r} into {@code s z}, which arrives, {@code s bias(b)}, which is lost to the bias, and
 * {@code s e}, lost to the stabiliser; where z and bias are 0 all of it is lost to a dead place, as is r at places on a side
 * that no pass serves. A pass that finds neither inputs nor bias takes no part; scales that do not add up to 1 withhold the rest.
 *
 * @param name the field's name
 * @param passes are added up
 * @param stabiliser of every ratio
 */
public record LinearRatioRule(String name, List<Pass> passes, Stabiliser stabiliser) implements Rule {
    /** Outputs of one task. */
    private static final int BLOCK = 1 << 13;

    /** Which outputs a pass serves, by the sign of the layer's own output there. */
    public enum Side {
        /** Every output. */
        ALL,
        /** Outputs above 0. */
        POSITIVE,
        /** Outputs below 0. */
        NEGATIVE;

        boolean serves(double y) {
            return this == ALL || (this == POSITIVE ? y > 0 : y < 0);
        }
    }

    /** Contributions of one part of the inputs through one part of the weights. */
    public record Term(Modifier input, Modifier weight) {
    }

    /** One ratio. */
    public record Pass(double scale, Side side, List<Term> terms, Modifier bias) {
        /** Copies the list. */
        public Pass {
            terms = List.copyOf(terms);
        }
    }

    /** Copies the list. */
    public LinearRatioRule {
        passes = List.copyOf(passes);
    }

    /** The same rule with biases left out of every ratio, so that they take no share. */
    public LinearRatioRule withoutBias() {
        return new LinearRatioRule(name + " without bias",
                passes.stream().map(pass -> new Pass(pass.scale(), pass.side(), pass.terms(), Modifier.NONE)).toList(), stabiliser);
    }

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof WeightedLayer;
    }

    @Override
    public Propagated apply(Engine engine, Layer layer, Tensor x, Tensor r) {
        return new Call(engine, Rules.require(this, layer, WeightedLayer.class), x, r).run();
    }

    /** One application: the parts of inputs and weights are made once, and those without a value are left out. */
    private final class Call {
        private final Engine engine;
        private final WeightedLayer map;
        private final Tensor x;
        private final Tensor r;
        private final TensorSource w;
        private final Map<Modifier, TensorSource> weights = new HashMap<>();
        private final Map<Modifier, Tensor> inputs = new HashMap<>();
        private final Tensor output;
        private Boolean positive;

        Call(Engine engine, WeightedLayer map, Tensor x, Tensor r) {
            this.engine = engine;
            this.map = map;
            this.x = x;
            this.r = r;
            this.w = map.weights();
            output = passes.stream().allMatch(pass -> pass.side() == Side.ALL) ? null : map.forward(engine, x, w);
        }

        Propagated run() {
            Tensor handed = Tensor.zeros(x.shape());
            List<Pass> met = passes.stream().filter(this::meetsSomething).toList();
            AbsorbedRelevance lost = AbsorbedRelevance.NOTHING;
            for (Pass pass : met) {
                lost = lost.plus(hand(pass, handed));
            }
            return new Propagated(handed, lost.plus(unserved(met)));
        }

        /** Whether the pass has an input, or a bias, at all. */
        private boolean meetsSomething(Pass pass) {
            return map.bias() != null && !pass.bias().equals(Modifier.NONE) || pass.terms().stream().anyMatch(term -> input(term.input()) != null);
        }

        /** Adds one pass to {@code handed}. */
        private AbsorbedRelevance hand(Pass pass, Tensor handed) {
            List<Term> terms = pass.terms().stream().filter(term -> input(term.input()) != null).toList();
            WinogradRatio products = terms.size() == 1 ? oneSigned(terms.get(0)) : null;
            Tensor z = products != null ? products.z() : contributions(terms);
            Tensor s = Tensor.zeros(r.shape());
            AbsorbedRelevance lost = ratios(pass, z.data(), s.data());
            for (Term term : terms) {
                Tensor share = products != null ? products.transposed(s) : map.inputGradient(engine, s, weight(term.weight()), x.shape());
                gather(input(term.input()).data(), share.data(), handed.data());
            }
            return lost;
        }

        /** The faster products, or null where they do not serve. */
        private WinogradRatio oneSigned(Term term) {
            boolean oneSign = nothingBelowZero() && (term.weight().equals(Modifier.POSITIVE) || term.weight().equals(Modifier.NEGATIVE));
            return oneSign && map instanceof Conv2d conv
                    && AlgorithmPlanner.of(engine).layerWeights(conv.shapeAt(x.shape()), true) == RelevanceAlgorithm.WINOGRAD
                    ? WinogradRatio.of(engine, conv.geometry(), input(term.input()), weight(term.weight()).tensor(), r) : null;
        }

        private Tensor contributions(List<Term> terms) {
            Tensor z = null;
            for (Term term : terms) {
                Tensor part = map.forward(engine, input(term.input()), weight(term.weight()));
                if (z == null) {
                    z = part;
                } else {
                    Execution.of(engine).add(part.data(), 0, z.data(), 0, z.data().length);
                }
            }
            return z == null ? Tensor.zeros(r.shape()) : z;
        }

        /** {@code s = scale r / stabilised(z + b)}, each task keeping its own account. */
        private AbsorbedRelevance ratios(Pass pass, float[] z, float[] s) {
            int tasks = (s.length + BLOCK - 1) / BLOCK;
            AbsorbedRelevance[] lost = new AbsorbedRelevance[tasks];
            float[] bias = map.bias() == null || pass.bias().equals(Modifier.NONE) ? new float[1] : part(map.bias(), pass.bias());
            Execution.of(engine).workers().run(tasks, task -> {
                double toBias = 0;
                double toStabiliser = 0;
                double dead = 0;
                for (int i = task * BLOCK; i < Math.min(s.length, (task + 1) * BLOCK); i++) {
                    double b = bias[i % bias.length];
                    if (r.data()[i] == 0 || !pass.side().serves(output == null ? 0 : output(i))) {
                        continue;
                    }
                    double given = pass.scale() * r.data()[i];
                    s[i] = (float) stabiliser.divide(given, z[i] + b);
                    if (s[i] == 0 || z[i] == 0 && b == 0) {
                        dead += given;
                    } else {
                        toBias += s[i] * b;
                        toStabiliser += s[i] * stabiliser.added(z[i] + b);
                    }
                }
                lost[task] = new AbsorbedRelevance(toBias, toStabiliser, dead, 0);
            });
            return List.of(lost).stream().reduce(AbsorbedRelevance.NOTHING, AbsorbedRelevance::plus);
        }

        /** What no pass takes: r at outputs of 0 when passes look at the sign, or what the scales leave over. */
        private AbsorbedRelevance unserved(List<Pass> met) {
            if (output == null) {
                double left = (1 - met.stream().mapToDouble(Pass::scale).sum()) * r.sum();
                return met.isEmpty() ? AbsorbedRelevance.dead(left) : AbsorbedRelevance.withheld(left);
            }
            double dead = 0;
            for (int i = 0; i < r.data().length; i++) {
                double y = output(i);
                double served = 0;
                for (Pass pass : met) {
                    served += pass.side().serves(y) ? pass.scale() : 0;
                }
                dead += (1 - served) * r.data()[i];
            }
            return AbsorbedRelevance.dead(dead);
        }

        private double output(int i) {
            float[] bias = map.bias();
            return output.data()[i] + (bias == null ? 0.0 : bias[i % bias.length]);
        }

        private void gather(float[] input, float[] share, float[] handed) {
            Execution.of(engine).workers().parallelChunks(share.length, (from, to) -> {
                for (int i = from; i < to; i++) {
                    handed[i] += input[i] * share[i];
                }
            });
        }

        private TensorSource weight(Modifier part) {
            return weights.computeIfAbsent(part, key -> key.of(engine, w));
        }

        /** The part of the inputs, or null when it holds nothing but 0. */
        private Tensor input(Modifier part) {
            if (!inputs.containsKey(part)) {
                inputs.put(part, nothingBelowZero() && part.square() == 0 && part.constant() == 0
                        ? part.up() == 1 ? x : part.up() == 0 ? null : part.of(x)
                        : nonZero(part.of(x)));
            }
            return inputs.get(part);
        }

        private static Tensor nonZero(Tensor values) {
            for (float value : values.data()) {
                if (value != 0) {
                    return values;
                }
            }
            return null;
        }

        /** As behind a ReLU, where negative parts need not be looked at. */
        private boolean nothingBelowZero() {
            if (positive == null) {
                float least = 0;
                for (float value : x.data()) {
                    least = Math.min(least, value);
                }
                positive = least >= 0;
            }
            return positive;
        }
    }

    private static float[] part(float[] bias, Modifier part) {
        float[] values = new float[bias.length];
        for (int i = 0; i < bias.length; i++) {
            values[i] = part.of(bias[i]);
        }
        return values;
    }
}
