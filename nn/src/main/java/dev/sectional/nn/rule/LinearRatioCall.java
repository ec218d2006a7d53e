package dev.sectional.nn.rule;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.conv.PointwiseInput;
import dev.sectional.core.internal.conv.PointwiseRatio;
import dev.sectional.core.internal.conv.PreparedFilters;
import dev.sectional.core.internal.exec.ChunkedReduction;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.linear.MatrixVectorProduct;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import dev.sectional.nn.rule.LinearRatioRule.Pass;
import dev.sectional.nn.rule.LinearRatioRule.Term;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A {@link LinearRatioRule} at one input of one layer. Modified inputs and weights and their products are computed once
 * for all relevances; inputs without a nonzero are skipped.
 */
final class LinearRatioCall {
    /** Outputs whose absorbed relevance is added up in float32, before float64. */
    private static final int BLOCK = 1 << 11;

    private final LinearRatioRule rule;
    private final Engine engine;
    private final WeightedLayer map;
    private final Tensor x;
    /** Whether no input is negative, as behind a ReLU: then negative parts need not be computed. */
    private final boolean nonnegative;
    /** The layer's output without bias, if a pass depends on its sign. */
    private final Optional<Tensor> output;
    private final Map<Modifier, TensorSource> weights = new HashMap<>();
    private final Map<Modifier, Optional<Tensor>> inputs = new HashMap<>();
    /** Sums of contributions by the terms that have a nonzero input. */
    private final Map<List<Term>, Tensor> products = new HashMap<>();
    /** The same by Winograd's filtering, where weak outputs are recomputed. */
    private final Map<Term, Tensor> winogradProducts = new HashMap<>();
    private final Map<List<Term>, StackedTerms> stacks = new HashMap<>();
    /** Relevance at the output. */
    private Tensor r;
    /** Whether no further relevance follows, so that products may be released. */
    private boolean last;
    /** Relevance at the input so far; null before the first share. */
    private Tensor sum;
    private Set<RelevanceAlgorithm> algorithms;

    LinearRatioCall(LinearRatioRule rule, Engine engine, WeightedLayer map, Tensor x) {
        this.rule = rule;
        this.engine = engine;
        this.map = map;
        this.x = x;
        nonnegative = !ChunkedReduction.anyNegative(Execution.of(engine), x.data());
        boolean anySign = rule.passes().stream().allMatch(pass -> pass.outputs() == LinearRatioRule.OutputSign.ANY);
        output = anySign ? Optional.empty() : Optional.of(map.forward(engine, x, weight(Modifier.IDENTITY)));
    }

    Propagated run(Tensor relevance, boolean isLast) {
        r = relevance;
        last = isLast;
        sum = null;
        algorithms = EnumSet.noneOf(RelevanceAlgorithm.class);
        List<Pass> contributing = rule.passes().stream().filter(this::contributes).toList();
        AbsorbedRelevance absorbed = AbsorbedRelevance.NONE;
        for (Pass pass : contributing) {
            absorbed = absorbed.plus(propagate(pass));
        }
        absorbed = absorbed.plus(unserved(contributing));
        return new Propagated(List.of(sum == null ? Tensor.zeros(x.shape()) : sum), absorbed, algorithms);
    }

    void close() {
        release(output.orElse(null));
        products.values().forEach(this::release);
        winogradProducts.values().forEach(Execution.of(engine)::release);
        stacks.values().forEach(StackedTerms::release);
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
        return usesBias(pass) || pass.terms().stream().anyMatch(this::hasInput);
    }

    private boolean usesBias(Pass pass) {
        return map.bias() != null && !pass.bias().equals(Modifier.ZERO);
    }

    private float[] bias(Pass pass) {
        return usesBias(pass) ? pass.bias().applyTo(map.bias()) : null;
    }

    /** Adds the relevance of one pass to the sum. */
    private AbsorbedRelevance propagate(Pass pass) {
        List<Term> terms = pass.terms().stream().filter(this::hasInput).toList();
        boolean pointwise = output.isEmpty() && sum == null && isPointwise();
        if (pointwise && terms.size() == 2 && isBySign(terms)) {
            return propagatePointwise(pass, x, StackedTerms.weights(engine, (Conv2d) map, terms.get(0).weight(),
                    terms.get(1).weight()));
        }
        if (terms.size() == 2 && sum == null && StackedTerms.fits(map)) {
            return propagateStacked(pass, terms);
        }
        if (pointwise && terms.size() == 1) {
            return propagatePointwise(pass, input(terms.get(0).input()).orElseThrow(), weight(terms.get(0).weight()));
        }
        boolean vector = map instanceof Linear && x.shape().rank() == 1;
        if (vector && last && terms.size() == 1 && output.isEmpty() && !products.containsKey(terms)) {
            return propagateVector(pass, terms.get(0));
        }
        Optional<WinogradRatio> winograd = terms.size() == 1 ? winograd(terms.get(0)) : Optional.empty();
        if (map instanceof Conv2d) {
            algorithms.add(winograd.isPresent() ? RelevanceAlgorithm.WINOGRAD : RelevanceAlgorithm.DIRECT);
        }
        Tensor z = winograd.map(WinogradRatio::z)
                .orElseGet(() -> products.computeIfAbsent(terms, this::contributions));
        Tensor s = Execution.of(engine).tensor(r.shape());
        AbsorbedRelevance absorbed = ratios(pass, z.data(), s.data());
        if (winograd.isPresent() || last && products.remove(terms, z)) {
            release(z);
        }
        for (Term term : terms) {
            Tensor share = winograd.map(each -> each.inputGradient(s))
                    .orElseGet(() -> map.inputGradient(engine, s, weight(term.weight()), x.shape()));
            addProduct(input(term.input()).orElseThrow().data(), share);
        }
        release(s);
        return absorbed;
    }

    /** Propagates two terms as one convolution, whose shares become the sum. */
    private AbsorbedRelevance propagateStacked(Pass pass, List<Term> terms) {
        algorithms.add(RelevanceAlgorithm.DIRECT);
        StackedTerms stacked = stacks.computeIfAbsent(terms, each -> new StackedTerms(engine, (Conv2d) map,
                input(terms.get(0).input()).orElseThrow(), input(terms.get(1).input()).orElseThrow(),
                terms.get(0).weight(), terms.get(1).weight()));
        Tensor s = Execution.of(engine).tensor(r.shape());
        AbsorbedRelevance absorbed = ratios(pass, stacked.forward().data(), s.data());
        sum = stacked.shares(s);
        release(s);
        return absorbed;
    }

    /** Propagates one term of a linear layer, whose weights are read from memory once. */
    private AbsorbedRelevance propagateVector(Pass pass, Term term) {
        Tensor values = input(term.input()).orElseThrow();
        float[] z = new float[r.data().length];
        addProduct(values.data(), new MatrixVectorProduct(Execution.of(engine), weight(term.weight()))
                .multiplyByRatios(values, r.data(), bias(pass), (float) pass.scale(),
                        (float) rule.stabiliser().epsilon(), z));
        return ratios(pass, z, new float[z.length]);   // the account, with the bits that several targets have
    }

    private boolean isPointwise() {
        return map instanceof Conv2d conv && conv.groups() == 1 && PointwiseInput.fits(conv.at(x.shape()).geometry())
                && PointwiseRatio.pays(r.shape().dim(0) * r.shape().dim(1));
    }

    private static boolean isBySign(List<Term> terms) {
        return terms.get(0).input().equals(Modifier.POSITIVE) && terms.get(1).input().equals(Modifier.NEGATIVE);
    }

    /**
     * Propagates one or two terms of a 1x1 convolution in blocks of positions, whose shares become the sum.
     *
     * @param values inputs of the only term; x if {@code weight} stacks those for its positive and its negative part
     */
    private AbsorbedRelevance propagatePointwise(Pass pass, Tensor values, TensorSource weight) {
        algorithms.add(RelevanceAlgorithm.DIRECT);
        Execution execution = Execution.of(engine);
        PreparedFilters filters = (PreparedFilters) weight;
        PointwiseInput read = new PointwiseInput(execution, ((Conv2d) map).at(x.shape()).geometry(), values);
        PointwiseRatio ratio = new PointwiseRatio(execution, read, filters.packed(execution),
                filters.rotated(execution), bias(pass), (float) pass.scale(), (float) rule.stabiliser().epsilon());
        sum = execution.tensor(x.shape());
        double[] absorbed = read.write(sum, shares -> ratio.shares(r.data(), shares));
        read.release();
        return new AbsorbedRelevance(absorbed[0], absorbed[1], absorbed[2], 0);
    }

    /** Returns the products by Winograd's filtering; empty if the planner prefers direct ones. */
    private Optional<WinogradRatio> winograd(Term term) {
        boolean oneSigned = nonnegative
                && (term.weight().equals(Modifier.POSITIVE) || term.weight().equals(Modifier.NEGATIVE));
        if (!(map instanceof Conv2d conv)) {
            return Optional.empty();
        }
        RelevanceAlgorithm chosen = AlgorithmPlanner.of(engine).layerWeights(conv.shapeAt(x.shape()), oneSigned);
        if (chosen != RelevanceAlgorithm.WINOGRAD) {
            return Optional.empty();
        }
        ConvolutionGeometry geometry = conv.at(x.shape()).geometry();
        Tensor values = input(term.input()).orElseThrow();
        PreparedFilters filters = (PreparedFilters) weight(term.weight());
        Execution execution = Execution.of(engine);
        Tensor z = last ? winogradProducts.remove(term) : winogradProducts.get(term);
        if (z == null) {
            z = WinogradRatio.forward(execution, geometry, values, filters);
        }
        if (!last) {   // weak outputs depend on the relevance and are recomputed in place
            winogradProducts.put(term, z);
            z = execution.copy(z);
        }
        Optional<WinogradRatio> ratio = WinogradRatio.of(engine, geometry, values, filters, z, r);
        if (ratio.isEmpty()) {
            release(z);
        }
        return ratio;
    }

    private Tensor contributions(List<Term> terms) {
        if (terms.isEmpty()) {
            return Tensor.zeros(r.shape());
        }
        Tensor first = contribution(terms.get(0));
        Tensor z = terms.size() == 1 || map instanceof PureLayer ? first : first.copy();   // the layer may hold it
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
        float[] bias = bias(pass);
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
        Execution.of(engine).stabilisedRatio(r.data(), from, z, bias, (float) pass.scale(),
                (float) rule.stabiliser().epsilon(), s, from, (to - from) / width, width, absorbed);
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
            s[i] = (float) rule.stabiliser().divide(given, z[i] + b);
            if (s[i] == 0 || z[i] == 0 && b == 0) {
                dead += given;
            } else {
                byBias += s[i] * b;
                byStabiliser += s[i] * rule.stabiliser().signedEpsilon(z[i] + b);
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
        Pass[] passes = contributing.toArray(Pass[]::new);   // no iterator for each output
        double dead = 0;
        for (int i = 0; i < r.data().length; i++) {
            double y = outputAt(i);
            double served = 0;
            for (Pass pass : passes) {
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

    /** Returns whether some modified input of a term is not 0. */
    private boolean hasInput(Term term) {
        if (term.input().equals(Modifier.POSITIVE)) {
            return nonnegative || positive();
        }
        return term.input().equals(Modifier.NEGATIVE) ? !nonnegative : input(term.input()).isPresent();
    }

    private boolean positive() {
        for (float value : x.data()) {   // ends at once, as a rule
            if (value > 0) {
                return true;
            }
        }
        return false;
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
