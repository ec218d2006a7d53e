package dev.sectional.nn.rules;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Activation;
import dev.sectional.nn.AdaptiveAvgPool2d;
import dev.sectional.nn.Add;
import dev.sectional.nn.AvgPool2d;
import dev.sectional.nn.Concat;
import dev.sectional.nn.Dropout;
import dev.sectional.nn.Flatten;
import dev.sectional.nn.Layer;
import dev.sectional.nn.MaxPool2d;
import dev.sectional.nn.Merge;
import dev.sectional.nn.Pad2d;
import dev.sectional.nn.ReLU;
import dev.sectional.nn.Unflatten;
import dev.sectional.nn.rules.RatioRule.Part;
import dev.sectional.nn.rules.RatioRule.Pass;
import dev.sectional.nn.rules.RatioRule.Side;
import dev.sectional.nn.rules.RatioRule.Term;
import java.util.ArrayList;
import java.util.List;

/** The relevance rules, by name. */
public final class Rules {
    private static final Rule RSP = new RspRule();
    private static final Rule BOX = new BoxRule(null, null);
    private static final Rule PASS = new Pass1to1();
    private static final Rule WINNER = new Winner();
    private static final MergeRule BRANCHES = new Branches();
    private static final MergeRule SHARES = new Shares();

    private Rules() {
    }

    /** The convolution rule of Relative Sectional Propagation: the filter gradient of the relevance stands in for weights. */
    public static Rule rsp() {
        return RSP;
    }

    /** z^B with the least and the greatest value of each input as bounds. */
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

    /** LRP-epsilon (Bach et al. 2015): in proportion to {@code x w}; the bias takes its share. Epsilon 0 is LRP-0. */
    public static Rule epsilon(double epsilon) {
        return new RatioRule("epsilon", List.of(new Pass(1, Side.ALL, List.of(new Term(Part.ALL, Part.ALL)), Part.ALL)),
                new Stabiliser(epsilon));
    }

    /** z+: in proportion to the contributions that raise the output. */
    public static Rule zPlus() {
        return new RatioRule("z+", List.of(signed(1, Part.POSITIVE, Part.NEGATIVE)), Stabiliser.USUAL);
    }

    /**
     * alpha-beta: alpha times the share of what raises the output, minus {@code beta = alpha - 1} times the share of what
     * lowers it.
     *
     * @throws IllegalArgumentException if alpha is below 1
     */
    public static Rule alphaBeta(double alpha) {
        if (!(alpha >= 1) || Double.isInfinite(alpha)) {
            throw new IllegalArgumentException("alpha is a number of at least 1, got " + alpha);
        }
        return new RatioRule("alpha-beta", List.of(signed(alpha, Part.POSITIVE, Part.NEGATIVE),
                signed(1 - alpha, Part.NEGATIVE, Part.POSITIVE)), Stabiliser.USUAL);
    }

    /**
     * gamma (Montavon et al. 2019) for inputs and outputs of both signs: what raises an output above 0 (lowers one below
     * 0) counts {@code 1 + gamma} times.
     *
     * @throws IllegalArgumentException if gamma is negative
     */
    public static Rule gamma(double gamma) {
        if (!(gamma >= 0) || Double.isInfinite(gamma)) {
            throw new IllegalArgumentException("gamma is a number of at least 0, got " + gamma);
        }
        float g = (float) gamma;
        Part up = v -> v + g * Math.max(v, 0f);
        Part down = v -> v + g * Math.min(v, 0f);
        return new RatioRule("gamma", List.of(
                new Pass(1, Side.POSITIVE, List.of(new Term(Part.POSITIVE, up), new Term(Part.NEGATIVE, down)), up),
                new Pass(1, Side.NEGATIVE, List.of(new Term(Part.POSITIVE, down), new Term(Part.NEGATIVE, up)), down)),
                Stabiliser.USUAL);
    }

    /** flat: every input of a window receives the same. */
    public static Rule flat() {
        return new RatioRule("flat", List.of(new Pass(1, Side.ALL, List.of(new Term(Part.ONE, Part.ONE)), Part.NONE)),
                Stabiliser.USUAL);
    }

    /** w^2: in proportion to the squared weights, whatever the inputs. */
    public static Rule wSquare() {
        return new RatioRule("w^2", List.of(new Pass(1, Side.ALL, List.of(new Term(Part.ONE, Part.SQUARE)), Part.NONE)),
                Stabiliser.USUAL);
    }

    /** Relevance passes unchanged: activations, dropout, flatten, padding. Law: nothing is lost but what lies on padding. */
    public static Rule pass() {
        return PASS;
    }

    /** Concatenation: each branch receives the channels that came from it. Law: nothing is lost. */
    public static MergeRule branches() {
        return BRANCHES;
    }

    /**
     * Sum: each branch receives the share that its positive part has in the sum of the positive parts,
     * {@code c_i = r max(x_i, 0) / sum over j of max(x_j, 0)}. Law: what is lost is r where no branch is above 0.
     */
    public static MergeRule shares() {
        return SHARES;
    }

    /** Each window's relevance goes whole to its first greatest unit, as the released program does. Law: nothing is lost. */
    public static Rule winner() {
        return WINNER;
    }

    /** In proportion to the inputs of an average. Law: what is lost is taken by the stabiliser, and r where the average is 0. */
    public static Rule proportional(double epsilon) {
        return new Proportional(new Stabiliser(epsilon));
    }

    /**
     * Keeps r where its sign agrees with its place, then applies the rule: r above 0 where the sum of r over the channels
     * is above 0, r below 0 elsewhere. This is our reading of the paper's purging; its released program computes the
     * sign and keeps everything. What is dropped counts as lost.
     */
    public static Rule purging(Rule rule) {
        return new Purging(rule);
    }

    /** The two terms by which inputs of both signs push the output to one side. */
    private static Pass signed(double scale, Part forPositive, Part forNegative) {
        return new Pass(scale, Side.ALL,
                List.of(new Term(Part.POSITIVE, forPositive), new Term(Part.NEGATIVE, forNegative)), forPositive);
    }

    static <T> T require(Rule rule, Layer layer, Class<T> kind) {
        if (!kind.isInstance(layer)) {
            throw new IllegalArgumentException("rule " + rule.name() + " does not fit a " + layer.getClass().getSimpleName());
        }
        return kind.cast(layer);
    }

    private record Pass1to1() implements Rule {
        @Override
        public String name() {
            return "pass";
        }

        @Override
        public boolean fits(Layer layer) {
            return layer instanceof ReLU || layer instanceof Activation || layer instanceof Dropout || layer instanceof Flatten
                    || layer instanceof Unflatten || layer instanceof Pad2d;
        }

        @Override
        public Handed apply(Engine engine, Layer layer, Tensor x, Tensor r) {
            if (layer instanceof Flatten || layer instanceof Unflatten || layer instanceof Pad2d) {
                Tensor inner = layer.gradient(engine, x, null, r);
                return new Handed(inner, r.sum() - inner.sum());
            }
            return new Handed(r, 0);
        }
    }

    private record Winner() implements Rule {
        @Override
        public String name() {
            return "winner";
        }

        @Override
        public boolean fits(Layer layer) {
            return layer instanceof MaxPool2d;
        }

        @Override
        public Handed apply(Engine engine, Layer layer, Tensor x, Tensor r) {
            return new Handed(require(this, layer, MaxPool2d.class).pooling().toWinners(engine, x, r), 0);
        }
    }

    private record Proportional(Stabiliser stabiliser) implements Rule {
        @Override
        public String name() {
            return "proportional";
        }

        @Override
        public boolean fits(Layer layer) {
            return layer instanceof AdaptiveAvgPool2d || layer instanceof AvgPool2d;
        }

        @Override
        public Handed apply(Engine engine, Layer layer, Tensor x, Tensor r) {
            if (!fits(layer)) {
                require(this, layer, AvgPool2d.class);
            }
            Tensor y = layer.forward(engine, x);
            Tensor s = Tensor.zeros(r.shape());
            double arrived = 0;
            for (int i = 0; i < s.data().length; i++) {
                s.data()[i] = stabiliser.divide(r.data()[i], y.data()[i]);
                arrived += (double) s.data()[i] * y.data()[i];
            }
            Tensor handed = layer.gradient(engine, x, y, s).copy();
            engine.kernels().multiply(x.data(), 0, handed.data(), 0, handed.data().length);
            return new Handed(handed, r.sum() - arrived);
        }
    }

    private record Branches() implements MergeRule {
        @Override
        public String name() {
            return "branches";
        }

        @Override
        public boolean fits(Layer layer) {
            return layer instanceof Concat;
        }

        @Override
        public Handed apply(Engine engine, Merge layer, List<Tensor> inputs, Tensor r) {
            return new Handed(require(this, layer, Concat.class).gradient(engine, inputs, r, r), 0);
        }
    }

    private record Shares() implements MergeRule {
        @Override
        public String name() {
            return "shares";
        }

        @Override
        public boolean fits(Layer layer) {
            return layer instanceof Add;
        }

        @Override
        public Handed apply(Engine engine, Merge layer, List<Tensor> inputs, Tensor r) {
            require(this, layer, Add.class);
            double lost = 0;
            Tensor total = Tensor.zeros(r.shape());
            for (Tensor input : inputs) {
                Tensor positive = Part.POSITIVE.of(input);
                engine.kernels().add(positive.data(), 0, total.data(), 0, total.data().length);
            }
            Tensor ratio = Tensor.zeros(r.shape());
            for (int i = 0; i < ratio.data().length; i++) {
                lost += total.data()[i] == 0 ? r.data()[i] : 0;
                ratio.data()[i] = Stabiliser.EXACT.divide(r.data()[i], total.data()[i]);
            }
            List<Tensor> handed = new ArrayList<>();
            for (Tensor input : inputs) {
                Tensor share = Part.POSITIVE.of(input).copy();
                engine.kernels().multiply(ratio.data(), 0, share.data(), 0, share.data().length);
                handed.add(share);
            }
            return new Handed(handed, lost);
        }
    }

    private record Purging(Rule rule) implements Rule {
        @Override
        public String name() {
            return rule.name() + " after purging";
        }

        @Override
        public boolean fits(Layer layer) {
            return rule.fits(layer);
        }

        @Override
        public Handed apply(Engine engine, Layer layer, Tensor x, Tensor r) {
            int channels = r.shape().dim(r.shape().rank() - 1);
            Tensor kept = r.copy();
            for (int place = 0; place < r.data().length; place += channels) {
                double sum = 0;
                for (int c = 0; c < channels; c++) {
                    sum += r.data()[place + c];
                }
                for (int c = 0; c < channels; c++) {
                    float value = r.data()[place + c];
                    kept.data()[place + c] = sum > 0 ? Math.max(value, 0f) : Math.min(value, 0f);
                }
            }
            Handed handed = rule.apply(engine, layer, x, kept);
            return new Handed(handed.relevance(), handed.lost() + r.sum() - kept.sum());
        }
    }
}
