package dev.sectional.nn.rule;

import dev.sectional.nn.Layer;
import dev.sectional.nn.rule.LinearRatioRule.Pass;
import dev.sectional.nn.rule.LinearRatioRule.Side;
import dev.sectional.nn.rule.LinearRatioRule.Term;
import java.util.List;

/**
 * The relevance rules, by name. In the formulas x is the layer's input, w its weights, b its bias, r relevance at its output
 * and c relevance at its input; {@code map} is the layer without its bias, {@code +} and {@code -} are positive and negative parts, and
 * {@code s = r / (z + e)} with e of the sign of z. Rules that are a {@link LinearRatioRule} have a form without biases,
 * {@link LinearRatioRule#withoutBias()}.
 */
public final class Rules {
    /** How far a beta that is given may be from {@code alpha - 1}. */
    private static final double BETA_TOLERANCE = 1e-6;

    private static final Rule RAP = new RapRule();
    private static final Rule RAP_START = new RapStartRule();
    private static final Rule BOX = new BoxRule(null, null);
    private static final Rule PASS = new PassRule();
    private static final Rule WINNER = new FirstMaxRule();
    private static final Rule POSITIVE_SHARES = new SumRatioRule("positive shares", Modifier.POSITIVE, Stabiliser.EXACT);

    private Rules() {
    }

    /** The rule of Relative Attributing Propagation; formula and law: {@code RapRule}. */
    public static Rule rap() {
        return RAP;
    }

    /** RAP's first step, at the layer that gives the logits. */
    public static Rule rapStart() {
        return RAP_START;
    }

    /**
     * LRP-0 (Bach et al. 2015): {@code z = map(x, w) + b}, {@code c = x map^T(r / z, w)}, exact. Law: {@code sum(c) = sum(r)}
     * less the biases' shares {@code r b / z}, and r where z is 0.
     */
    public static LinearRatioRule zero() {
        return proportionalTo("lrp-0", Stabiliser.EXACT);
    }

    /**
     * LRP-epsilon (Bach et al. 2015): as LRP-0 with {@code s = r / (z + e)}. Law: {@code sum(c) = sum(r)} less {@code s b} of
     * the biases and {@code s e} of the stabiliser.
     *
     * @param epsilon at least 0; 0 is LRP-0
     * @throws IllegalArgumentException if epsilon is negative
     */
    public static LinearRatioRule epsilon(double epsilon) {
        return proportionalTo("epsilon", new Stabiliser(epsilon));
    }

    private static LinearRatioRule proportionalTo(String name, Stabiliser stabiliser) {
        return new LinearRatioRule(name, List.of(new Pass(1, Side.ALL, List.of(new Term(Modifier.ALL, Modifier.ALL)), Modifier.ALL)), stabiliser);
    }

    /**
     * z+ (Montavon et al. 2017): in proportion to what raises the output, {@code z = map(x+, w+) + map(x-, w-) + b+},
     * {@code c = x+ map^T(s, w+) + x- map^T(s, w-)}. Law: {@code sum(c) = sum(r)} less {@code s b+}, {@code s e}, and r where z is 0.
     */
    public static LinearRatioRule zPlus() {
        return new LinearRatioRule("z+", List.of(signed(1, Modifier.POSITIVE, Modifier.NEGATIVE)), Stabiliser.USUAL);
    }

    /**
     * alpha-beta (Bach et al. 2015) with {@code beta = alpha - 1}: alpha times z+, minus beta times the same for what lowers
     * the output, {@code z = map(x+, w-) + map(x-, w+) + b-}. Law: z+'s law for both halves: {@code sum(c) = sum(r)} less what
     * biases and stabiliser take of {@code alpha r} and {@code -beta r}, and these themselves where their z is 0.
     *
     * @throws IllegalArgumentException if alpha is below 1
     */
    public static LinearRatioRule alphaBeta(double alpha) {
        requireAlpha(alpha);
        return new LinearRatioRule("alpha-beta", List.of(signed(alpha, Modifier.POSITIVE, Modifier.NEGATIVE),
                signed(1 - alpha, Modifier.NEGATIVE, Modifier.POSITIVE)), Stabiliser.USUAL);
    }

    /**
     * alpha-beta with both numbers given.
     *
     * @throws IllegalArgumentException if alpha is below 1, or beta is not {@code alpha - 1}: relevance would not be conserved
     */
    public static LinearRatioRule alphaBeta(double alpha, double beta) {
        requireAlpha(alpha);
        if (!(Math.abs(alpha - 1 - beta) <= BETA_TOLERANCE * alpha)) {
            throw new IllegalArgumentException("beta is alpha - 1, so that relevance is conserved: for alpha " + alpha + " wanted "
                    + (alpha - 1) + ", got " + beta);
        }
        return alphaBeta(alpha);
    }

    /**
     * alpha-beta as the programs of RSP and RAP compare themselves with it: without bias, exact, and each sign of the
     * input with a ratio of its own: {@code alpha (x+ map^T(r / map(x+, w+), w+) + x- map^T(r / map(x-, w-), w-))}, minus beta
     * times the same with {@code w-} and {@code w+} exchanged. Law: for inputs of one sign, as after a ReLU, alpha-beta's; for inputs of both
     * signs r arrives twice, and {@code -sum(r)} is withheld.
     *
     * @throws IllegalArgumentException if alpha is below 1
     */
    public static LinearRatioRule alphaBetaApart(double alpha) {
        requireAlpha(alpha);
        return new LinearRatioRule("alpha-beta apart", List.of(alone(alpha, Modifier.POSITIVE, Modifier.POSITIVE), alone(alpha, Modifier.NEGATIVE, Modifier.NEGATIVE),
                alone(1 - alpha, Modifier.POSITIVE, Modifier.NEGATIVE), alone(1 - alpha, Modifier.NEGATIVE, Modifier.POSITIVE)), Stabiliser.EXACT);
    }

    private static void requireAlpha(double alpha) {
        if (!(alpha >= 1) || Double.isInfinite(alpha)) {
            throw new IllegalArgumentException("alpha is a number of at least 1, got " + alpha);
        }
    }

    /**
     * The contrast of excitation backpropagation (Zhang et al. 2016), for the layer that gives the logits: z+ for the class
     * minus z+ for its opposite, whose weights are {@code -w} and bias {@code -b}; that is alpha-beta with alpha = beta = 1.
     * Law: both halves hand down r less what their biases and the stabiliser take, so without these {@code sum(c) = 0}: all of r
     * is withheld.
     */
    public static LinearRatioRule contrast() {
        return new LinearRatioRule("contrast", List.of(signed(1, Modifier.POSITIVE, Modifier.NEGATIVE),
                signed(-1, Modifier.NEGATIVE, Modifier.POSITIVE)), Stabiliser.USUAL);
    }

    /**
     * gamma (Montavon et al. 2019) for inputs and outputs of both signs: what raises an output above 0 (lowers one below
     * 0) counts {@code 1 + gamma} times. For outputs above 0, {@code z = map(x+, w + gamma w+) + map(x-, w + gamma w-) + b + gamma b+}
     * and {@code c = x+ map^T(s, w + gamma w+) + x- map^T(s, w + gamma w-)}. Law: {@code sum(c) = sum(r)} less the biases' shares, {@code s e},
     * and r at outputs of exactly 0.
     *
     * @throws IllegalArgumentException if gamma is negative
     */
    public static LinearRatioRule gamma(double gamma) {
        if (!(gamma >= 0) || Double.isInfinite(gamma)) {
            throw new IllegalArgumentException("gamma is a number of at least 0, got " + gamma);
        }
        float g = (float) gamma;
        Modifier up = new Modifier(1 + g, 1, 0, 0);
        Modifier down = new Modifier(1, 1 + g, 0, 0);
        return new LinearRatioRule("gamma", List.of(
                new Pass(1, Side.POSITIVE, List.of(new Term(Modifier.POSITIVE, up), new Term(Modifier.NEGATIVE, down)), up),
                new Pass(1, Side.NEGATIVE, List.of(new Term(Modifier.POSITIVE, down), new Term(Modifier.NEGATIVE, up)), down)),
                Stabiliser.USUAL);
    }

    /** flat: every input of a window receives the same, {@code c = map^T(r / map(1, 1), 1)}. Law: only the stabiliser takes. */
    public static LinearRatioRule flat() {
        return new LinearRatioRule("flat", List.of(alone(1, Modifier.ONE, Modifier.ONE)), Stabiliser.USUAL);
    }

    /**
     * w^2 (Montavon et al. 2017): in proportion to the squared weights, {@code c = map^T(r / map(1, w^2), w^2)}. Law: only the
     * stabiliser takes, and outputs without weights are dead.
     */
    public static LinearRatioRule wSquare() {
        return new LinearRatioRule("w^2", List.of(alone(1, Modifier.ONE, Modifier.SQUARE)), Stabiliser.USUAL);
    }

    /**
     * z^B with the least and the greatest value of each input as bounds. Formula and law: {@code BoxRule}. A bias would be added
     * and, with the bounds' terms, taken away again, so there is one form.
     */
    public static Rule zBox() {
        return BOX;
    }

    /**
     * z^B with given bounds; an input outside them is refused.
     *
     * @throws IllegalArgumentException if {@code low <= 0 <= high} does not hold: a padded place is 0
     */
    public static Rule zBox(float low, float high) {
        if (!(low <= 0 && high >= 0)) {
            throw new IllegalArgumentException("the bounds of z^B hold 0 between them, got " + low + " and " + high);
        }
        return new BoxRule(low, high);
    }

    /** Relevance stays with its unit: activations, dropout, flatten, concatenation, batch norm. Law: nothing is lost. */
    public static Rule pass() {
        return PASS;
    }

    /** Max pooling: each window's relevance goes whole to its first greatest unit. Law: nothing is lost. */
    public static Rule winner() {
        return WINNER;
    }

    /**
     * Averages and sums of branches, in proportion to their inputs: {@code c_i = x_i r / (z + e)}, z being the average or sum.
     * Law: what is lost is taken by the stabiliser, and r where z is 0.
     */
    public static Rule proportional(double epsilon) {
        return new SumRatioRule("proportional", Modifier.ALL, new Stabiliser(epsilon));
    }

    /**
     * Averages and sums of branches, by each input's share of the positive activations: {@code c_i = x_i+ r / sum over j of x_j+}.
     * Law: {@code sum(c) = sum(r)} over outputs that some input above 0 takes part in; r elsewhere is lost. No share exceeds r.
     */
    public static Rule positiveShares() {
        return POSITIVE_SHARES;
    }

    /**
     * Keeps r where its sign agrees with its place, then applies the rule: r above 0 where the sum of r over the channels
     * is above 0, r below 0 elsewhere. This is our reading of the paper's purging; its released program computes the
     * sign and keeps everything. What is dropped counts as lost.
     */
    public static Rule purging(Rule rule) {
        return new PurgingRule(rule);
    }

    /** The two terms by which inputs of both signs push the output to one side. */
    private static Pass signed(double scale, Modifier forPositive, Modifier forNegative) {
        return new Pass(scale, Side.ALL,
                List.of(new Term(Modifier.POSITIVE, forPositive), new Term(Modifier.NEGATIVE, forNegative)), forPositive);
    }

    /** One term, without bias. */
    private static Pass alone(double scale, Modifier input, Modifier weight) {
        return new Pass(scale, Side.ALL, List.of(new Term(input, weight)), Modifier.NONE);
    }

    static void requireFit(Rule rule, Layer layer) {
        if (!rule.fits(layer)) {
            throw new IllegalArgumentException("rule " + rule.name() + " does not fit a " + layer.getClass().getSimpleName());
        }
    }

    public static <T> T require(Rule rule, Layer layer, Class<T> kind) {
        requireFit(rule, layer);
        return kind.cast(layer);
    }
}
