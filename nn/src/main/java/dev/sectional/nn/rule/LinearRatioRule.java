package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.conv.PreparedFilters;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Layer;
import dev.sectional.nn.PureLayer;
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
    /** Outputs whose absorbed relevance is added up in float32, before float64. */
    private static final int BLOCK = 1 << 11;

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
        /** Whether no input is negative, as behind a ReLU: then negative parts need not be computed. */
        private final boolean nonnegative;
        /** The layer's output without bias, if a pass depends on its sign. */
        private final Optional<Tensor> output;
        private final Map<Modifier, TensorSource> weights = new HashMap<>();
        private final Map<Modifier, Optional<Tensor>> inputs = new HashMap<>();
        /** Relevance at the input so far; null before the first share. */
        private Tensor sum;
        private final Set<RelevanceAlgorithm> algorithms = EnumSet.noneOf(RelevanceAlgorithm.class);

        Call(Engine engine, WeightedLayer map, Tensor x, Tensor r) {
            this.engine = engine;
            this.map = map;
            this.x = x;
            this.r = r;
            nonnegative = isNonnegative(Execution.of(engine), x);
            boolean anySign = passes.stream().allMatch(pass -> pass.outputs() == OutputSign.ANY);
            output = anySign ? Optional.empty() : Optional.of(map.forward(engine, x, weight(Modifier.IDENTITY)));
        }

        Propagated run() {
            List<Pass> contributing = passes.stream().filter(this::contributes).toList();
            AbsorbedRelevance absorbed = AbsorbedRelevance.NONE;
            for (Pass pass : contributing) {
                absorbed = absorbed.plus(propagate(pass));
            }
            absorbed = absorbed.plus(unserved(contributing));
            release(output.orElse(null));
            return new Propagated(List.of(sum == null ? Tensor.zeros(x.shape()) : sum), absorbed, algorithms);
        }

        /** Returns a tensor that no layer holds to the pool. */
        private void release(Tensor temporary) {
            boolean shared = temporary == null || temporary.data() == x.data() || temporary.data() == r.data()
                    || sum != null && temporary.data() == sum.data();
            if (!shared && map instanceof PureLayer) {
                Execution.of(engine).release(temporary);
            }
        }

        /** Returns whether the pass has a nonzero input, or a bias. */
        private boolean contributes(Pass pass) {
            return usesBias(pass) || pass.terms().stream().anyMatch(term -> input(term.input()).isPresent());
        }

        private boolean usesBias(Pass pass) {
            return map.bias() != null && !pass.bias().equals(Modifier.ZERO);
        }

        /** Adds the relevance of one pass to the sum. */
        private AbsorbedRelevance propagate(Pass pass) {
            List<Term> terms = pass.terms().stream().filter(term -> input(term.input()).isPresent()).toList();
            if (terms.size() == 2 && sum == null && StackedTerms.fits(map)) {
                return propagateStacked(pass, terms);
            }
            Optional<WinogradRatio> winograd = terms.size() == 1 ? winograd(terms.get(0)) : Optional.empty();
            if (map instanceof Conv2d) {
                algorithms.add(winograd.isPresent() ? RelevanceAlgorithm.WINOGRAD : RelevanceAlgorithm.DIRECT);
            }
            Tensor z = winograd.map(WinogradRatio::z).orElseGet(() -> contributions(terms));
            Tensor s = Execution.of(engine).tensor(r.shape());
            AbsorbedRelevance absorbed = ratios(pass, z.data(), s.data());
            release(z);
            for (Term term : terms) {
                Tensor share = winograd.map(products -> products.inputGradient(s))
                        .orElseGet(() -> map.inputGradient(engine, s, weight(term.weight()), x.shape()));
                addProduct(input(term.input()).orElseThrow().data(), share);
            }
            release(s);
            return absorbed;
        }

        /** Propagates two terms as one convolution, whose shares become the sum. */
        private AbsorbedRelevance propagateStacked(Pass pass, List<Term> terms) {
            algorithms.add(RelevanceAlgorithm.DIRECT);
            StackedTerms stacked = new StackedTerms(engine, (Conv2d) map, input(terms.get(0).input()).orElseThrow(),
                    input(terms.get(1).input()).orElseThrow(), terms.get(0).weight(), terms.get(1).weight());
            Tensor z = stacked.forward();
            Tensor s = Execution.of(engine).tensor(r.shape());
            AbsorbedRelevance absorbed = ratios(pass, z.data(), s.data());
            release(z);
            sum = stacked.shares(s);
            release(s);
            stacked.release();
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
                    (PreparedFilters) weight(term.weight()), r);
        }

        private Tensor contributions(List<Term> terms) {
            if (terms.isEmpty()) {
                return Tensor.zeros(r.shape());
            }
            Tensor z = contribution(terms.get(0));
            Execution execution = Execution.of(engine);
            for (Term term : terms.subList(1, terms.size())) {
                Tensor more = contribution(term);
                execution.workers().parallelChunks(z.data().length, (from, to) ->
                        execution.add(more.data(), from, z.data(), from, to - from));
                release(more);
            }
            return z;
        }

        private Tensor contribution(Term term) {
            return map.forward(engine, input(term.input()).orElseThrow(), weight(term.weight()));
        }

        /** Computes {@code s = scale r / stabilised(z + b)}. Each task keeps an account of its own. */
        private AbsorbedRelevance ratios(Pass pass, float[] z, float[] s) {
            float[] bias = usesBias(pass) ? modified(map.bias(), pass.bias()) : null;
            int width = bias == null ? Math.min(BLOCK, s.length) : bias.length;
            int rows = (s.length + width - 1) / width;
            int rowsOfTask = Math.max(1, BLOCK / Math.max(1, width));
            AbsorbedRelevance[] absorbed = new AbsorbedRelevance[(rows + rowsOfTask - 1) / rowsOfTask];
            Execution.of(engine).workers().run(absorbed.length, task -> {
                int from = task * rowsOfTask * width;
                int to = Math.min(s.length, from + rowsOfTask * width);
                absorbed[task] = output.isEmpty() ? ratiosOfAll(pass, z, bias, s, from, to, Math.min(width, to - from))
                        : ratiosOfOneSign(pass, z, bias, s, from, to);
            });
            return List.of(absorbed).stream().reduce(AbsorbedRelevance.NONE, AbsorbedRelevance::plus);
        }

        private AbsorbedRelevance ratiosOfAll(Pass pass, float[] z, float[] bias, float[] s, int from, int to,
                                              int width) {
            double[] absorbed = new double[3];
            Execution.of(engine).stabilisedRatio(r.data(), z, bias, (float) pass.scale(), (float) stabiliser.epsilon(),
                    s, from, (to - from) / width, width, absorbed);
            return new AbsorbedRelevance(absorbed[0], absorbed[1], absorbed[2], 0);
        }

        /** Serves the outputs of one sign only. */
        private AbsorbedRelevance ratiosOfOneSign(Pass pass, float[] z, float[] bias, float[] s, int from, int to) {
            double byBias = 0;
            double byStabiliser = 0;
            double dead = 0;
            for (int i = from; i < to; i++) {
                double b = bias == null ? 0 : bias[i % bias.length];
                s[i] = 0;
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
            return new AbsorbedRelevance(byBias, byStabiliser, dead, 0);
        }

        /**
         * Returns relevance that no pass serves: r at outputs of 0 when passes depend on the sign, or what the scales
         * leave over.
         */
        private AbsorbedRelevance unserved(List<Pass> contributing) {
            if (output.isEmpty()) {
                double share = 1 - contributing.stream().mapToDouble(Pass::scale).sum();
                double rest = share == 0 ? 0 : share * ChunkedReduction.sums(Execution.of(engine), r.data())[0];
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

        /** Multiplies a share by the inputs and adds it to the sum; the first one becomes the sum. */
        private void addProduct(float[] input, Tensor share) {
            Execution execution = Execution.of(engine);
            Tensor before = sum;
            boolean first = before == null && map instanceof PureLayer;
            if (before == null) {
                sum = first ? share : Tensor.zeros(x.shape());
            }
            float[] total = sum.data();
            execution.workers().parallelChunks(share.data().length, (from, to) -> {
                if (first) {
                    execution.multiply(input, from, total, from, to - from);
                    return;
                }
                float[] shares = share.data();
                for (int i = from; i < to; i++) {
                    total[i] += input[i] * shares[i];
                }
            });
            if (!first) {
                release(share);
            }
        }

        private TensorSource weight(Modifier modifier) {
            return weights.computeIfAbsent(modifier, key -> map.weights(key, own -> key.apply(engine, own)));
        }

        /** Returns the modified inputs; empty if all of them are 0. */
        private Optional<Tensor> input(Modifier modifier) {
            return inputs.computeIfAbsent(modifier, this::modifiedInput);
        }

        private Optional<Tensor> modifiedInput(Modifier modifier) {
            if (!nonnegative || !modifier.isScaleBySign()) {
                return Optional.of(modifier.apply(engine, x).tensor()).filter(this::hasNonzero);
            }
            if (modifier.positiveFactor() == 0) {
                return Optional.empty();
            }
            return Optional.of(modifier.positiveFactor() == 1 ? x : modifier.apply(engine, x).tensor());
        }

        private boolean hasNonzero(Tensor values) {
            int length = values.data().length;
            for (int from = 0; from < length; from += BLOCK) {
                if (Execution.of(engine).countNonzeros(values.data(), from, Math.min(length, from + BLOCK)) > 0) {
                    return true;
                }
            }
            return false;
        }
    }

    private static boolean isNonnegative(Execution execution, Tensor values) {
        return ChunkedReduction.sumOfChunks(execution, values.data().length, (from, to) ->
                execution.anyNegative(values.data(), from, to) ? 1 : 0) == 0;
    }

    private static float[] modified(float[] bias, Modifier modifier) {
        float[] values = new float[bias.length];
        for (int i = 0; i < bias.length; i++) {
            values[i] = modifier.apply(bias[i]);
        }
        return values;
    }
}
