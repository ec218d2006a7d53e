package dev.sectional.nn.rules;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.LinearMap;
import java.util.List;

/**
 * The family of layer-wise relevance propagation as data: relevance is shared out in proportion to contributions.
 *
 * <p>Each pass forms {@code z = sum over terms of map(input(x), weight(w)) + bias(b)} and
 * {@code s = scale * r / stabilised(z)}, and hands {@code input(x) * map^T(s, weight(w))} of every term to the input.
 *
 * <p>Law: {@code sum(r) - sum(c)} is what went to biases, to the stabiliser, and to places that no pass serves.
 *
 * @param name the field's name
 * @param passes are added up
 * @param stabiliser of every ratio
 */
public record RatioRule(String name, List<Pass> passes, Stabiliser stabiliser) implements Rule {
    /** A function of single values: which part of inputs, weights or biases a term uses. */
    @FunctionalInterface
    public interface Part {
        /** The value as it is. */
        Part ALL = v -> v;
        /** The positive part. */
        Part POSITIVE = v -> Math.max(v, 0f);
        /** The negative part. */
        Part NEGATIVE = v -> Math.min(v, 0f);
        /** 1, whatever the value. */
        Part ONE = v -> 1f;
        /** 0, whatever the value. */
        Part NONE = v -> 0f;
        /** The square. */
        Part SQUARE = v -> v * v;

        /** The part of one value. */
        float of(float value);

        /** The part of each value. */
        default Tensor of(Tensor values) {
            if (this == ALL) {
                return values;
            }
            Tensor part = Tensor.zeros(values.shape());
            for (int i = 0; i < part.data().length; i++) {
                part.data()[i] = of(values.data()[i]);
            }
            return part;
        }
    }

    /** Which outputs a pass serves, by the sign of the layer's own output there. */
    public enum Side {
        /** Every output. */
        ALL,
        /** Outputs above 0. */
        POSITIVE,
        /** Outputs below 0. */
        NEGATIVE
    }

    /** Contributions of one part of the inputs through one part of the weights. */
    public record Term(Part input, Part weight) {
    }

    /** One ratio. */
    public record Pass(double scale, Side side, List<Term> terms, Part bias) {
        /** Copies the list. */
        public Pass {
            terms = List.copyOf(terms);
        }
    }

    /** Copies the list. */
    public RatioRule {
        passes = List.copyOf(passes);
    }

    @Override
    public boolean fits(Layer layer) {
        return layer instanceof LinearMap;
    }

    @Override
    public Handed apply(Engine engine, Layer layer, Tensor x, Tensor r) {
        LinearMap map = Rules.require(this, layer, LinearMap.class);
        Tensor w = map.weights();
        Tensor output = passes.stream().allMatch(pass -> pass.side() == Side.ALL) ? null : output(engine, map, x, w);
        Tensor handed = Tensor.zeros(x.shape());
        double arrived = 0;
        for (Pass pass : passes) {
            arrived += hand(engine, map, x, w, mask(r, output, pass.side()), pass, handed);
        }
        return new Handed(handed, r.sum() - arrived);
    }

    private static Tensor output(Engine engine, LinearMap map, Tensor x, Tensor w) {
        Tensor y = map.apply(engine, x, w);
        addBias(y, map.bias(), Part.ALL);
        return y;
    }

    /** Adds one pass to {@code handed} and returns its total, as the output side sees it. */
    private double hand(Engine engine, LinearMap map, Tensor x, Tensor w, Tensor r, Pass pass, Tensor handed) {
        Tensor z = null;
        for (Term term : pass.terms()) {
            Tensor part = map.apply(engine, term.input().of(x), term.weight().of(w));
            z = z == null ? part : sum(engine, z, part);
        }
        Tensor contributions = z.copy();
        addBias(z, map.bias(), pass.bias());
        double arrived = 0;
        Tensor s = Tensor.zeros(r.shape());
        for (int i = 0; i < s.data().length; i++) {
            s.data()[i] = stabiliser.divide((float) (pass.scale() * r.data()[i]), z.data()[i]);
            arrived += (double) s.data()[i] * contributions.data()[i];
        }
        for (Term term : pass.terms()) {
            Tensor share = map.transposed(engine, s, term.weight().of(w), x.shape());
            engine.kernels().multiply(term.input().of(x).data(), 0, share.data(), 0, share.data().length);
            sum(engine, handed, share);
        }
        return arrived;
    }

    private static Tensor sum(Engine engine, Tensor into, Tensor addend) {
        engine.kernels().add(addend.data(), 0, into.data(), 0, into.data().length);
        return into;
    }

    private static void addBias(Tensor y, float[] bias, Part part) {
        if (bias == null) {
            return;
        }
        for (int i = 0; i < y.data().length; i++) {
            y.data()[i] += part.of(bias[i % bias.length]);
        }
    }

    private static Tensor mask(Tensor r, Tensor output, Side side) {
        if (side == Side.ALL) {
            return r;
        }
        Tensor masked = r.copy();
        for (int i = 0; i < masked.data().length; i++) {
            float y = output.data()[i];
            if (side == Side.POSITIVE ? !(y > 0) : !(y < 0)) {
                masked.data()[i] = 0f;
            }
        }
        return masked;
    }
}
