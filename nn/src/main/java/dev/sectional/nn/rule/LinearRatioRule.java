package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.WeightedLayer;
import java.util.ArrayList;
import java.util.List;

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
        /** Compared by the modifiers: see {@link Modifier#equals}. */
        @Override
        public boolean equals(Object other) {
            return other instanceof Term term && input.equals(term.input) && weight.equals(term.weight);
        }

        @Override
        public int hashCode() {
            return 31 * input.hashCode() + weight.hashCode();
        }
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
        /**
         * Copies the list.
         *
         * @param scale the component {@code scale}
         * @param outputs the component {@code outputs}
         * @param terms the component {@code terms}
         * @param bias the component {@code bias}
         */
        public Pass {
            terms = List.copyOf(terms);
        }
    }

    /**
     * Copies the list.
     *
     * @param name the component {@code name}
     * @param passes the component {@code passes}
     * @param stabiliser the component {@code stabiliser}
     */
    public LinearRatioRule {
        passes = List.copyOf(passes);
    }

    /** {@return the same rule without biases in any ratio, so that they absorb nothing} */
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
        return propagateAll(engine, layer, x, List.of(r)).get(0);
    }

    @Override
    public List<Propagated> propagateAll(Engine engine, Layer layer, Tensor x, List<Tensor> rs) {
        LinearRatioCall call = new LinearRatioCall(this, engine, Rules.require(this, layer, WeightedLayer.class), x);
        List<Propagated> all = new ArrayList<>();
        for (int i = 0; i < rs.size(); i++) {
            all.add(call.run(rs.get(i), i == rs.size() - 1));
        }
        call.close();
        return all;
    }
}
