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
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The family of layer-wise relevance propagation as data: relevance is propagated in proportion to contributions. Fits
 * every {@link WeightedLayer}: convolutions, linear layers, batch norm.
 *
 * <p>Each pass computes {@code z = sum over terms of map(input(x), weight(w))} and
 * {@code s = scale r / stabilised(z + bias(b))}, and adds {@code input(x) map^T(s, weight(w))} of every term to the
 * relevance at the input; {@code input}, {@code weight} and {@code bias} are {@link Modifier}s.
 *
 * <p>Property: each ratio splits {@code scale r} into {@code s z}, which is propagated, {@code s bias(b)}, absorbed by
 * the bias, and {@code s e}, absorbed by the stabiliser. Where z and bias are 0, dead positions absorb all of it, as
 * they absorb r at outputs of a sign that no pass serves. A pass without inputs and bias takes no part; if the scales
 * do not add up to 1, the rest is withheld.
 *
 * @param name the field's name
 * @param passes are added up
 * @param stabiliser of every ratio
 */
public record LinearRatioRule(String name, List<Pass> passes, Stabiliser stabiliser) implements Rule {
    /** Outputs of one task. */
    private static final int BLOCK = 1 << 13;

    /** The outputs that a pass serves, by the sign of the layer's own output. */
    public enum OutputSign {
        /** Every output. */
        ANY,
        /** Outputs above 0. */
        POSITIVE,
        /** Outputs below 0. */
        NEGATIVE;

        boolean includes(double y) {
            return this == ANY || (this == POSITIVE ? y > 0 : y < 0);
        }
    }

    /**
     * Contributions of modified inputs through modified weights.
     *
     * @param input modifier of the inputs
     * @param weight modifier of the weights
     */
    public record Term(Modifier input, Modifier weight) {
    }

    /**
     * One ratio.
     *
     * @param scale factor of the relevance
     * @param outputs the outputs that the pass serves
     * @param terms their sum is the denominator
     * @param bias modifier of the biases, which join the denominator
     */
    public record Pass(double scale, OutputSign outputs, List<Term> terms, Modifier bias) {
        /** Copies the list. */
        public Pass {
            terms = List.copyOf(terms);
        }
    }

    /** Copies the list. */
    public LinearRatioRule {
        passes = List.copyOf(passes);
    }

    /** Returns the same rule without biases in any ratio, so that they absorb nothing. */
    public LinearRatioRule withoutBias() {
        List<Pass> unbiased = passes.stream()
                .map(pass -> new Pass(pass.scale(), pass.outputs(), pass.terms(), Modifier.ZERO)).toList();
        return new LinearRatioRule(name + " without bias", unbiased, stabiliser);
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
        return new Call(engine, Rules.require(this, layer, WeightedLayer.class), x, r).run();
    }

    /**
     * One application of the rule. Modified inputs and weights are computed once; inputs without a nonzero are skipped.
     */
    private final class Call {
        private final Engine engine;
        private final WeightedLayer map;
        private final Tensor x;
        private final Tensor r;
        private final TensorSource w;
        /** Whether no input is negative, as behind a ReLU: then negative parts need not be computed. */
        private final boolean nonnegative;
        /** The layer's output without bias, if a pass depends on its sign. */
        private final Optional<Tensor> output;
        private final Map<Modifier, TensorSource> weights = new HashMap<>();
        private final Map<Modifier, Optional<Tensor>> inputs = new HashMap<>();
        private final Set<RelevanceAlgorithm> algorithms = EnumSet.noneOf(RelevanceAlgorithm.class);

        Call(Engine engine, WeightedLayer map, Tensor x, Tensor r) {
            this.engine = engine;
            this.map = map;
            this.x = x;
            this.r = r;
            w = map.weights();
            nonnegative = isNonnegative(x);
            boolean anySign = passes.stream().allMatch(pass -> pass.outputs() == OutputSign.ANY);
            output = anySign ? Optional.empty() : Optional.of(map.forward(engine, x, w));
        }

        Propagated run() {
            Tensor c = Tensor.zeros(x.shape());
            List<Pass> contributing = passes.stream().filter(this::contributes).toList();
            AbsorbedRelevance absorbed = AbsorbedRelevance.NONE;
            for (Pass pass : contributing) {
                absorbed = absorbed.plus(propagate(pass, c));
            }
            return new Propagated(List.of(c), absorbed.plus(unserved(contributing)), algorithms);
        }

        /** Returns whether the pass has a nonzero input, or a bias. */
        private boolean contributes(Pass pass) {
            return usesBias(pass) || pass.terms().stream().anyMatch(term -> input(term.input()).isPresent());
        }

        private boolean usesBias(Pass pass) {
            return map.bias() != null && !pass.bias().equals(Modifier.ZERO);
        }

        /** Adds the relevance of one pass to c. */
        private AbsorbedRelevance propagate(Pass pass, Tensor c) {
            List<Term> terms = pass.terms().stream().filter(term -> input(term.input()).isPresent()).toList();
            Optional<WinogradRatio> winograd = terms.size() == 1 ? winograd(terms.get(0)) : Optional.empty();
            if (map instanceof Conv2d) {
                algorithms.add(winograd.isPresent() ? RelevanceAlgorithm.WINOGRAD : RelevanceAlgorithm.DIRECT);
            }
            Tensor z = winograd.map(WinogradRatio::z).orElseGet(() -> contributions(terms));
            Tensor s = Tensor.zeros(r.shape());
            AbsorbedRelevance absorbed = ratios(pass, z.data(), s.data());
            for (Term term : terms) {
                Tensor share = winograd.map(products -> products.inputGradient(s))
                        .orElseGet(() -> map.inputGradient(engine, s, weight(term.weight()), x.shape()));
                addProduct(input(term.input()).orElseThrow().data(), share.data(), c.data());
            }
            return absorbed;
        }

        /** Returns the products by Winograd's filtering; empty if the planner prefers direct ones. */
        private Optional<WinogradRatio> winograd(Term term) {
            boolean oneSigned = nonnegative
                    && (term.weight().equals(Modifier.POSITIVE) || term.weight().equals(Modifier.NEGATIVE));
            if (!(map instanceof Conv2d conv)) {
                return Optional.empty();
            }
            RelevanceAlgorithm chosen = AlgorithmPlanner.of(engine).layerWeights(conv.shapeAt(x.shape()), oneSigned);
            return chosen != RelevanceAlgorithm.WINOGRAD ? Optional.empty() : WinogradRatio.of(engine,
                    conv.at(x.shape()).geometry(), input(term.input()).orElseThrow(),
                    weight(term.weight()).tensor(), r);
        }

        private Tensor contributions(List<Term> terms) {
            if (terms.isEmpty()) {
                return Tensor.zeros(r.shape());
            }
            Tensor z = contribution(terms.get(0));
            for (Term term : terms.subList(1, terms.size())) {
                Execution.of(engine).add(contribution(term).data(), 0, z.data(), 0, z.data().length);
            }
            return z;
        }

        private Tensor contribution(Term term) {
            return map.forward(engine, input(term.input()).orElseThrow(), weight(term.weight()));
        }

        /** Computes {@code s = scale r / stabilised(z + b)}. Each task keeps an account of its own. */
        private AbsorbedRelevance ratios(Pass pass, float[] z, float[] s) {
            int tasks = (s.length + BLOCK - 1) / BLOCK;
            AbsorbedRelevance[] absorbed = new AbsorbedRelevance[tasks];
            float[] bias = usesBias(pass) ? modified(map.bias(), pass.bias()) : new float[1];
            Execution.of(engine).workers().run(tasks, task -> {
                double byBias = 0;
                double byStabiliser = 0;
                double dead = 0;
                for (int i = task * BLOCK; i < Math.min(s.length, (task + 1) * BLOCK); i++) {
                    double b = bias[i % bias.length];
                    if (r.data()[i] == 0 || !pass.outputs().includes(outputAt(i))) {
                        continue;
                    }
                    double given = pass.scale() * r.data()[i];
                    s[i] = (float) stabiliser.divide(given, z[i] + b);
                    if (s[i] == 0 || z[i] == 0 && b == 0) {
                        dead += given;
                    } else {
                        byBias += s[i] * b;
                        byStabiliser += s[i] * stabiliser.signedEpsilon(z[i] + b);
                    }
                }
                absorbed[task] = new AbsorbedRelevance(byBias, byStabiliser, dead, 0);
            });
            return List.of(absorbed).stream().reduce(AbsorbedRelevance.NONE, AbsorbedRelevance::plus);
        }

        /**
         * Returns relevance that no pass serves: r at outputs of 0 when passes depend on the sign, or what the scales
         * leave over.
         */
        private AbsorbedRelevance unserved(List<Pass> contributing) {
            if (output.isEmpty()) {
                double rest = (1 - contributing.stream().mapToDouble(Pass::scale).sum()) * r.sum();
                return contributing.isEmpty() ? AbsorbedRelevance.deadPositions(rest)
                        : AbsorbedRelevance.withheld(rest);
            }
            double dead = 0;
            for (int i = 0; i < r.data().length; i++) {
                double y = outputAt(i);
                double served = 0;
                for (Pass pass : contributing) {
                    served += pass.outputs().includes(y) ? pass.scale() : 0;
                }
                dead += (1 - served) * r.data()[i];
            }
            return AbsorbedRelevance.deadPositions(dead);
        }

        /** Returns the layer's output with bias; 0 if no pass depends on its sign. */
        private double outputAt(int i) {
            if (output.isEmpty()) {
                return 0;
            }
            float[] bias = map.bias();
            return output.get().data()[i] + (bias == null ? 0.0 : bias[i % bias.length]);
        }

        private void addProduct(float[] input, float[] share, float[] c) {
            Execution.of(engine).workers().parallelChunks(share.length, (from, to) -> {
                for (int i = from; i < to; i++) {
                    c[i] += input[i] * share[i];
                }
            });
        }

        private TensorSource weight(Modifier modifier) {
            return weights.computeIfAbsent(modifier, key -> key.apply(engine, w));
        }

        /** Returns the modified inputs; empty if all of them are 0. */
        private Optional<Tensor> input(Modifier modifier) {
            return inputs.computeIfAbsent(modifier, this::modifiedInput);
        }

        private Optional<Tensor> modifiedInput(Modifier modifier) {
            if (!nonnegative || !modifier.isScaleBySign()) {
                return Optional.of(modifier.apply(x)).filter(LinearRatioRule::hasNonzero);
            }
            if (modifier.positiveFactor() == 0) {
                return Optional.empty();
            }
            return Optional.of(modifier.positiveFactor() == 1 ? x : modifier.apply(x));
        }
    }

    private static boolean hasNonzero(Tensor values) {
        for (float value : values.data()) {
            if (value != 0) {
                return true;
            }
        }
        return false;
    }

    private static boolean isNonnegative(Tensor values) {
        float least = 0;
        for (float value : values.data()) {
            least = Math.min(least, value);
        }
        return least >= 0;
    }

    private static float[] modified(float[] bias, Modifier modifier) {
        float[] values = new float[bias.length];
        for (int i = 0; i < bias.length; i++) {
            values[i] = modifier.apply(bias[i]);
        }
        return values;
    }
}
