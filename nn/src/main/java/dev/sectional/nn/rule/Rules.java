package dev.sectional.nn.rule;

import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import dev.sectional.nn.rule.LinearRatioRule.OutputSign;
import dev.sectional.nn.rule.LinearRatioRule.Pass;
import dev.sectional.nn.rule.LinearRatioRule.Term;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The published relevance rules by name. In the formulas x is the layer's input, w its weights, b its bias, r relevance
 * at its output and c relevance at its input; {@code map} is the layer without its bias, {@code +} and {@code -} are
 * positive and negative parts, and {@code s = r / (z + e)} with e of the sign of z. A {@link LinearRatioRule} has a
 * variant without biases, {@link LinearRatioRule#withoutBias()}.
 */
public final class Rules {
    /** Greatest relative difference of a given beta from {@code alpha - 1}. */
    private static final double BETA_TOLERANCE = 1e-6;

    private static final Rule RAP = new RapRule();
    private static final Rule RAP_START = new RapStartRule();
    private static final Rule BOX = new BoxRule(Optional.empty());
    private static final Rule PASS = new PassRule();
    private static final Rule FIRST_SIGNAL = new ProductRule("signal first", true, false, Stabiliser.DEFAULT);
    private static final Rule SECOND_SIGNAL = new ProductRule("signal second", false, true, Stabiliser.DEFAULT);
    private static final Rule UNIFORM = new ProductRule("uniform", true, true, Stabiliser.DEFAULT);
    private static final Rule CONSTANT_SOFTMAX = new SoftmaxRule("constant softmax", false);
    private static final Rule EXPANDED_SOFTMAX = new SoftmaxRule("expanded softmax", true);
    private static final Rule WINNER = new FirstMaxRule();
    private static final Rule POSITIVE_SHARES = new SumRatioRule("positive shares", Modifier.POSITIVE,
            Stabiliser.EXACT);

    private Rules() {
    }

    /** {@return the rule of Relative Attributing Propagation} Formula and property: {@code RapRule}. */
    public static Rule rap() {
        return RAP;
    }

    /**
     * Returns RAP's first step, for the layer that computes the logits. Formula and property: {@code RapStartRule}.
     *
     * @return the rule
     */
    public static Rule rapStart() {
        return RAP_START;
    }

    /**
     * {@return LRP-0 (Bach et al. 2015): {@code z = map(x, w) + b}, {@code c = x map^T(r / z, w)}, exact}
     *
     * <p>Property: {@code sum(c) = sum(r)} less the biases' shares {@code r b / z}, and r where z is 0.
     */
    public static LinearRatioRule zero() {
        return proportionalTo("lrp-0", Stabiliser.EXACT);
    }

    /**
     * {@return LRP-epsilon (Bach et al. 2015): LRP-0 with {@code s = r / (z + e)}}
     *
     * <p>Property: {@code sum(c) = sum(r)} less {@code s b} of the biases and {@code s e} of the stabiliser.
     *
     * @param epsilon at least 0; 0 is LRP-0
     * @throws IllegalArgumentException if epsilon is negative
     */
    public static LinearRatioRule epsilon(double epsilon) {
        return proportionalTo("epsilon", new Stabiliser(epsilon));
    }

    private static LinearRatioRule proportionalTo(String name, Stabiliser stabiliser) {
        Term term = new Term(Modifier.IDENTITY, Modifier.IDENTITY);
        return new LinearRatioRule(name, List.of(new Pass(1, OutputSign.ANY, List.of(term), Modifier.IDENTITY)),
                stabiliser);
    }

    /**
     * {@return z+ (Montavon et al. 2017): in proportion to what raises the output,
     * {@code z = map(x+, w+) + map(x-, w-) + b+}, {@code c = x+ map^T(s, w+) + x- map^T(s, w-)}}
     *
     * <p>Property: {@code sum(c) = sum(r)} less {@code s b+}, {@code s e}, and r where z is 0.
     */
    public static LinearRatioRule zPlus() {
        return new LinearRatioRule("z+", List.of(signed(1, Modifier.POSITIVE, Modifier.NEGATIVE)), Stabiliser.DEFAULT);
    }

    /**
     * {@return alpha-beta (Bach et al. 2015) with {@code beta = alpha - 1}: alpha times z+, minus beta times the same
     * for what lowers the output, {@code z = map(x+, w-) + map(x-, w+) + b-}}
     *
     * <p>Property: that of z+ for both halves. {@code sum(c) = sum(r)} less what biases and stabiliser absorb of
     * {@code alpha r} and {@code -beta r}, and these themselves where their z is 0.
     *
     * @param alpha weight of the positive part
     * @throws IllegalArgumentException if alpha is below 1
     */
    public static LinearRatioRule alphaBeta(double alpha) {
        requireAlpha(alpha);
        return new LinearRatioRule("alpha-beta", List.of(signed(alpha, Modifier.POSITIVE, Modifier.NEGATIVE),
                signed(1 - alpha, Modifier.NEGATIVE, Modifier.POSITIVE)), Stabiliser.DEFAULT);
    }

    /**
     * {@return alpha-beta with both numbers given}
     *
     * @param alpha weight of the positive part
     * @param beta weight of the negative part
     * @throws IllegalArgumentException if alpha is below 1, or beta is not {@code alpha - 1}: relevance would not be
     *     conserved
     */
    public static LinearRatioRule alphaBeta(double alpha, double beta) {
        requireAlpha(alpha);
        if (!(Math.abs(alpha - 1 - beta) <= BETA_TOLERANCE * alpha)) {
            throw new IllegalArgumentException("beta is alpha - 1, so that relevance is conserved: for alpha " + alpha
                    + " wanted "
                    + (alpha - 1) + ", got " + beta);
        }
        return alphaBeta(alpha);
    }

    /**
     * {@return alpha-beta as the programs of RSP and RAP compute it for comparison: without bias, exact, and each sign
     * of the input with a ratio of its own: {@code alpha (x+ map^T(r / map(x+, w+), w+) + x- map^T(r / map(x-, w-),
     * w-))}, minus beta times the same with {@code w-} and {@code w+} exchanged}
     *
     * <p>Property: for inputs of one sign, as behind a ReLU, that of alpha-beta; for inputs of both signs r is
     * propagated twice, and {@code -sum(r)} counts as withheld.
     *
     * @param alpha weight of the positive part
     * @throws IllegalArgumentException if alpha is below 1
     */
    public static LinearRatioRule alphaBetaApart(double alpha) {
        requireAlpha(alpha);
        return new LinearRatioRule("alpha-beta apart", List.of(
                single(alpha, Modifier.POSITIVE, Modifier.POSITIVE),
                single(alpha, Modifier.NEGATIVE, Modifier.NEGATIVE),
                single(1 - alpha, Modifier.POSITIVE, Modifier.NEGATIVE),
                single(1 - alpha, Modifier.NEGATIVE, Modifier.POSITIVE)),
                Stabiliser.EXACT);
    }

    private static void requireAlpha(double alpha) {
        if (!(alpha >= 1) || Double.isInfinite(alpha)) {
            throw new IllegalArgumentException("alpha is a number of at least 1, got " + alpha);
        }
    }

    /**
     * {@return the contrast of excitation backpropagation (Zhang et al. 2016), for the layer that computes the logits:
     * z+ for the class minus z+ for its opposite, whose weights are {@code -w} and bias {@code -b}; that is alpha-beta
     * with alpha = beta = 1}
     *
     * <p>Property: both halves propagate r less what their biases and the stabiliser absorb, so without these
     * {@code sum(c) = 0}: all of r is withheld.
     */
    public static LinearRatioRule contrast() {
        return new LinearRatioRule("contrast", List.of(signed(1, Modifier.POSITIVE, Modifier.NEGATIVE),
                signed(-1, Modifier.NEGATIVE, Modifier.POSITIVE)), Stabiliser.DEFAULT);
    }

    /**
     * {@return gamma (Montavon et al. 2019) for inputs and outputs of both signs: what raises an output above 0 (lowers
     * one below 0) counts {@code 1 + gamma} times} For outputs above 0, {@code z = map(x+, w + gamma w+) + map(x-, w +
     * gamma w-) + b + gamma b+} and {@code c = x+ map^T(s, w + gamma w+) + x- map^T(s, w + gamma w-)}.
     *
     * <p>Property: {@code sum(c) = sum(r)} less the biases' shares, {@code s e}, and r at outputs of exactly 0.
     *
     * @param gamma share of the positive weights that is added, at least 0
     * @throws IllegalArgumentException if gamma is negative
     */
    public static LinearRatioRule gamma(double gamma) {
        if (!(gamma >= 0) || Double.isInfinite(gamma)) {
            throw new IllegalArgumentException("gamma is a number of at least 0, got " + gamma);
        }
        float g = (float) gamma;
        Modifier raised = Modifier.bySign(1 + g, 1);
        Modifier lowered = Modifier.bySign(1, 1 + g);
        return new LinearRatioRule("gamma", List.of(
                new Pass(1, OutputSign.POSITIVE,
                List.of(new Term(Modifier.POSITIVE, raised), new Term(Modifier.NEGATIVE, lowered)), raised),
                new Pass(1, OutputSign.NEGATIVE,
                List.of(new Term(Modifier.POSITIVE, lowered), new Term(Modifier.NEGATIVE, raised)), lowered)),
                Stabiliser.DEFAULT);
    }

    /**
     * {@return flat (Lapuschkin et al. 2017): every input of a window receives the same,
     * {@code c = map^T(r / map(1, 1), 1)}}
     *
     * <p>Property: {@code sum(c) = sum(r)} less {@code s e} of the stabiliser.
     */
    public static LinearRatioRule flat() {
        return new LinearRatioRule("flat", List.of(single(1, Modifier.ONE, Modifier.ONE)), Stabiliser.DEFAULT);
    }

    /**
     * {@return w^2 (Montavon et al. 2017): in proportion to the squared weights,
     * {@code c = map^T(r / map(1, w^2), w^2)}}
     *
     * <p>Property: {@code sum(c) = sum(r)} less {@code s e} of the stabiliser; outputs without weights are dead.
     */
    public static LinearRatioRule wSquare() {
        return new LinearRatioRule("w^2", List.of(single(1, Modifier.ONE, Modifier.SQUARE)), Stabiliser.DEFAULT);
    }

    /**
     * Returns z^B with the least and the greatest value of each input as bounds. Formula and property: {@code BoxRule}.
     * It has one variant: a bias would be added to z and, with the terms of the bounds, subtracted again.
     *
     * @return the rule
     */
    public static Rule zBox() {
        return BOX;
    }

    /**
     * {@return z^B with given bounds} The rule refuses an input outside them with an {@link IllegalArgumentException}.
     *
     * @param low least value of an input
     * @param high greatest value of an input
     * @throws IllegalArgumentException if {@code low <= 0 <= high} does not hold: a padded position is 0
     */
    public static Rule zBox(float low, float high) {
        if (!(low <= 0 && high >= 0)) {
            throw new IllegalArgumentException("the bounds of z^B hold 0 between them, got " + low + " and " + high);
        }
        return new BoxRule(Optional.of(new BoxRule.Bounds(low, high)));
    }

    /**
     * {@return the rule that passes relevance on unchanged, unit by unit: activations, dropout, batch norm, constant
     * factors; to where values came from: flatten, permute, slice, resize, concatenation}
     *
     * <p>Property: {@code sum(c) = sum(r)}; padding absorbs r at the positions that it adds.
     */
    public static Rule pass() {
        return PASS;
    }

    /**
     * {@return the rule for max pooling and other choices of a greatest or least value: the whole relevance goes to the
     * first unit that was chosen}
     *
     * <p>Property: {@code sum(c) = sum(r)}.
     */
    public static Rule winner() {
        return WINNER;
    }

    /**
     * {@return the rule for averages, sums and differences of branches, in proportion to their inputs:
     * {@code c_i = x_i r / (z + e)}, z being the average or sum}
     *
     * <p>Property: {@code sum(c) = sum(r)} less {@code s e} of the stabiliser, and r where z is 0.
     *
     * @param epsilon of the stabiliser, at least 0
     */
    public static Rule proportional(double epsilon) {
        return new SumRatioRule("proportional", Modifier.IDENTITY, new Stabiliser(epsilon));
    }

    /**
     * {@return the rule for averages and sums of branches by each input's share of the positive activations:
     * {@code c_i = x_i+ r / sum over j of x_j+}} No share exceeds r.
     *
     * <p>Property: {@code sum(c) = sum(r)} over outputs to which some input above 0 contributes; elsewhere dead
     * positions absorb r.
     */
    public static Rule positiveShares() {
        return POSITIVE_SHARES;
    }

    /**
     * {@return the rule for products of two values in which one input, the signal, takes all and the other is held
     * constant} Formula and property: {@code ProductRule}.
     *
     * @param signal position of the signal among the inputs, 0 or 1
     * @throws IllegalArgumentException if it is another number
     */
    public static Rule signal(int signal) {
        if (signal != 0 && signal != 1) {
            throw new IllegalArgumentException("the signal of a product is input 0 or 1, got " + signal);
        }
        return signal == 0 ? FIRST_SIGNAL : SECOND_SIGNAL;
    }

    /** {@return the rule for products of two values in which both take half: {@code ProductRule} states it} */
    public static Rule uniform() {
        return UNIFORM;
    }

    /**
     * {@return the rule for layer norms and the like, whose divisors it holds constant} Formula and property:
     * {@code NormalizationRule}.
     *
     * @param epsilon of the stabiliser, at least 0
     */
    public static Rule constantDivisor(double epsilon) {
        return new NormalizationRule(new Stabiliser(epsilon));
    }

    /** {@return the rule that holds a softmax inside a network constant: {@code c = 0}, all of r is withheld} */
    public static Rule constantSoftmax() {
        return CONSTANT_SOFTMAX;
    }

    /**
     * {@return the rule of Achtibat et al. 2024 for a softmax inside a network} Formula and property:
     * {@code SoftmaxRule}.
     */
    public static Rule expandedSoftmax() {
        return EXPANDED_SOFTMAX;
    }

    /**
     * {@return a rule that keeps r where its sign agrees with its position, and then applies the given rule: r above 0
     * where the sum of r over the channels is above 0, r below 0 elsewhere} This is our reading of the purging that
     * RSP's paper describes; the released program computes the sign and keeps everything. Purged relevance counts as
     * withheld.
     *
     * @param rule the rule that it wraps
     */
    public static Rule purging(Rule rule) {
        return new PurgingRule(rule);
    }

    /** The two terms by which inputs of both signs move the output to one side. */
    private static Pass signed(double scale, Modifier forPositive, Modifier forNegative) {
        return new Pass(scale, OutputSign.ANY,
                List.of(new Term(Modifier.POSITIVE, forPositive), new Term(Modifier.NEGATIVE, forNegative)),
                forPositive);
    }

    /** One term, without bias. */
    private static Pass single(double scale, Modifier input, Modifier weight) {
        return new Pass(scale, OutputSign.ANY, List.of(new Term(input, weight)), Modifier.ZERO);
    }

    /** The algorithms of a rule whose products at a layer are always direct ones; empty for layers without a choice. */
    static Set<RelevanceAlgorithm> exactAlgorithms(Layer layer) {
        return layer instanceof Conv2d ? Set.of(RelevanceAlgorithm.DIRECT) : Set.of();
    }

    static void requireFit(Rule rule, Layer layer) {
        if (!rule.fits(layer)) {
            throw new IllegalArgumentException("rule " + rule.name() + " does not fit a "
                    + layer.kind());
        }
    }

    /**
     * {@return a layer as the kind that a rule needs} For authors of rules.
     *
     * @param <T> the kind of rule
     * @param rule the rule
     * @param layer the layer
     * @param kind of rule that the layer needs
     * @throws IllegalArgumentException if the rule does not fit the layer
     */
    public static <T> T require(Rule rule, Layer layer, Class<T> kind) {
        requireFit(rule, layer);
        return kind.cast(layer);
    }
}
