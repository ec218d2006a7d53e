package dev.sectional.testing;

import static dev.sectional.testing.Samples.Values.POSITIVE;
import static dev.sectional.testing.Samples.Values.SIGNED;
import static dev.sectional.testing.Samples.Values.SPARSE;
import static dev.sectional.testing.Samples.Values.ZERO;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Group;

/** The properties of every rule on every layer with weights: convolutions, linear layers, batch norm. */
class WeightedLayerRulePropertiesTest {
    abstract static class OnWeightedLayers extends RuleProperties {
        @Override
        protected Arbitrary<Samples.Case> cases() {
            return Samples.maps();
        }
    }

    @Group
    class Zero extends OnWeightedLayers {
        @Override
        protected Rule rule() {
            return Rules.zero();
        }
    }

    @Group
    class Epsilon extends OnWeightedLayers {
        @Override
        protected Rule rule() {
            return Rules.epsilon(0.01);
        }
    }

    @Group
    class EpsilonWithoutBias extends OnWeightedLayers {
        @Override
        protected Rule rule() {
            return Rules.epsilon(1e-6).withoutBias();
        }
    }

    @Group
    class ZPlus extends OnWeightedLayers {
        @Override
        protected Rule rule() {
            return Rules.zPlus();
        }
    }

    @Group
    class ZPlusWithoutBias extends OnWeightedLayers {
        @Override
        protected Rule rule() {
            return Rules.zPlus().withoutBias();
        }
    }

    @Group
    class AlphaBeta extends OnWeightedLayers {
        @Override
        protected Rule rule() {
            return Rules.alphaBeta(3);
        }
    }

    @Group
    class Apart extends OnWeightedLayers {
        @Override
        protected Rule rule() {
            return Rules.alphaBetaApart(2);
        }
    }

    @Group
    class Gamma extends OnWeightedLayers {
        @Override
        protected Rule rule() {
            return Rules.gamma(0.5);
        }
    }

    @Group
    class Contrast extends OnWeightedLayers {
        @Override
        protected Rule rule() {
            return Rules.contrast();
        }
    }

    @Group
    class Flat extends OnWeightedLayers {
        @Override
        protected Rule rule() {
            return Rules.flat();
        }
    }

    @Group
    class Square extends OnWeightedLayers {
        @Override
        protected Rule rule() {
            return Rules.wSquare();
        }
    }

    @Group
    class Box extends OnWeightedLayers {
        @Override
        protected Rule rule() {
            return Rules.zBox();
        }
    }

    @Group
    class Rap extends OnWeightedLayers {
        @Override
        protected Rule rule() {
            return Rules.rap();
        }
    }

    @Group
    class RapStart extends OnWeightedLayers {
        @Override
        protected Rule rule() {
            return Rules.rapStart();
        }
    }
}
