package dev.sectional.testing;

import static dev.sectional.laws.Absorption.BIAS;
import static dev.sectional.laws.Absorption.DEAD_POSITIONS;
import static dev.sectional.laws.Absorption.STABILISER;
import static dev.sectional.laws.Absorption.WITHHELD;
import static dev.sectional.laws.Values.POSITIVE;
import static dev.sectional.laws.Values.SIGNED;
import static dev.sectional.laws.Values.SPARSE;
import static dev.sectional.laws.Values.ZERO;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.laws.Absorption;
import dev.sectional.laws.Case;
import dev.sectional.laws.Cases;
import dev.sectional.laws.RuleProperties;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Group;

/** The properties of every rule on every layer with weights: convolutions, linear layers, batch norm. */
class WeightedLayerRulePropertiesTest {
    abstract static class OnWeightedLayers extends RuleProperties {
        @Override
        protected Arbitrary<Case> cases() {
            return Cases.weightedLayers();
        }
    }

    @Group
    class Zero extends OnWeightedLayers {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.zero();
        }
    }

    abstract static class DividingByEpsilon extends OnWeightedLayers {
        /** Removes relevance at outputs close to 0: shares of a millionfold size cancel, their rounding does not. */
        @Override
        protected Case comparable(Case sample) {
            WeightedLayer layer = (WeightedLayer) sample.layer();
            Tensor r = sample.r().copy();
            try (Engine engine = Engine.open(Provider.SCALAR, 1)) {
                float[] biased = layer.forward(engine, sample.x()).data();
                float[] y = layer.forward(engine, sample.x(), layer.weights()).data();
                for (int i = 0; i < y.length; i++) {
                    r.data()[i] = Math.min(Math.abs(y[i]), Math.abs(biased[i])) < 0.05 ? 0 : r.data()[i];
                }
            }
            return sample.with(r);
        }
    }

    @Group
    class Epsilon extends DividingByEpsilon {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.epsilon(0.01);
        }
    }

    @Group
    class EpsilonWithoutBias extends DividingByEpsilon {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.epsilon(1e-6).withoutBias();
        }
    }

    @Group
    class ZPlus extends OnWeightedLayers {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected boolean keepsSign() {
            return true;
        }

        @Override
        protected Rule rule() {
            return Rules.zPlus();
        }
    }

    @Group
    class ZPlusWithoutBias extends OnWeightedLayers {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected boolean keepsSign() {
            return true;
        }

        @Override
        protected Rule rule() {
            return Rules.zPlus().withoutBias();
        }
    }

    @Group
    class AlphaBeta extends OnWeightedLayers {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.alphaBeta(3);
        }
    }

    @Group
    class Apart extends OnWeightedLayers {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(DEAD_POSITIONS, WITHHELD);
        }

        @Override
        protected Rule rule() {
            return Rules.alphaBetaApart(2);
        }
    }

    @Group
    class Gamma extends OnWeightedLayers {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.gamma(0.5);
        }
    }

    @Group
    class Contrast extends OnWeightedLayers {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, STABILISER, DEAD_POSITIONS, WITHHELD);
        }

        @Override
        protected Rule rule() {
            return Rules.contrast();
        }
    }

    @Group
    class Flat extends OnWeightedLayers {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected boolean keepsSign() {
            return true;
        }

        @Override
        protected Rule rule() {
            return Rules.flat();
        }
    }

    @Group
    class Square extends OnWeightedLayers {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected boolean keepsSign() {
            return true;
        }

        @Override
        protected Rule rule() {
            return Rules.wSquare();
        }
    }

    @Group
    class Box extends OnWeightedLayers {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.zBox();
        }
    }

    @Group
    class Rap extends OnWeightedLayers {
        @Override
        protected Case comparable(Case sample) {
            return ConvolutionRulePropertiesTest.unequal(sample);
        }

        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(DEAD_POSITIONS, WITHHELD);
        }

        @Override
        protected Rule rule() {
            return Rules.rap();
        }
    }

    @Group
    class RapStart extends OnWeightedLayers {
        /**
         * Keeps relevance, all of one sign, at outputs y that do not cancel. The rule multiplies n contributions, whose
         * absolute sum is t, by {@code r / y}, and splits the bias b in proportion to parts of {@code y - b}. Float32
         * knows both only within {@code n u t}, so that another order of the sums changes shares by
         * {@code n u t / |y|} and {@code n u t / |y - b|} of themselves, without a bound where these sums are 0. The
         * same holds for the sum of shares, to which the rule scales them, where outputs of both signs cancel.
         */
        @Override
        protected Case comparable(Case sample) {
            WeightedLayer layer = (WeightedLayer) sample.layer();
            Tensor r = sample.r().copy();
            try (Engine engine = Engine.open(Provider.SCALAR, 1)) {
                float[] y = layer.forward(engine, sample.x()).data();
                float[] unbiased = layer.forward(engine, sample.x(), layer.weights()).data();
                float[] t = layer.forward(engine, absolute(sample.x()), absolute(layer.weights().tensor())).data();
                for (int i = 0; i < y.length; i++) {
                    boolean steady = Math.min(Math.abs(unbiased[i]), Math.abs(y[i])) >= 0.1 * t[i]
                            && unbiased[i] / y[i] > 0.1;
                    r.data()[i] = steady ? Math.abs(r.data()[i]) : 0;
                }
            }
            return sample.with(r);
        }

        private Tensor absolute(Tensor values) {
            Tensor absolute = values.copy();
            for (int i = 0; i < absolute.data().length; i++) {
                absolute.data()[i] = Math.abs(absolute.data()[i]);
            }
            return absolute;
        }

        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, DEAD_POSITIONS, WITHHELD);
        }

        @Override
        protected Rule rule() {
            return Rules.rapStart();
        }
    }
}
