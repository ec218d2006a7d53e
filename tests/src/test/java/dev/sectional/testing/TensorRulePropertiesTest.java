package dev.sectional.testing;

import static dev.sectional.laws.Absorption.BIAS;
import static dev.sectional.laws.Absorption.DEAD_POSITIONS;
import static dev.sectional.laws.Absorption.STABILISER;
import static dev.sectional.laws.Absorption.WITHHELD;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.laws.Absorption;
import dev.sectional.laws.Case;
import dev.sectional.laws.RuleProperties;
import dev.sectional.laws.RuleProperty;
import dev.sectional.laws.TensorCases;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Group;
import net.jqwik.api.Property;

/** The properties of the rules for values of any rank. */
class TensorRulePropertiesTest {
    /** Axes of these values are no rows, columns and channels: nothing moves, and weights belong to positions. */
    abstract static class OnValuesOfAnyRank extends RuleProperties {
        @Override
        protected Set<RuleProperty> exceptions() {
            return Set.of(RuleProperty.TRANSLATION, RuleProperty.CHANNEL_PERMUTATION);
        }
    }

    @Group
    class Pass extends OnValuesOfAnyRank {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, DEAD_POSITIONS);
        }

        @Override
        protected boolean keepsSign() {
            return true;
        }

        @Override
        protected Rule rule() {
            return Rules.pass();
        }

        @Override
        protected Arbitrary<Case> cases() {
            return TensorCases.passing();
        }
    }

    @Group
    class Signal extends OnValuesOfAnyRank {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.signal(1);
        }

        @Override
        protected Arbitrary<Case> cases() {
            return TensorCases.products();
        }

        @Property(tries = 50)
        void theGateReceivesNothing(@ForAll("cases") Case sample) {
            Propagated propagated = rule().propagate(engine(), sample.layer(), sample.xs(), sample.r());
            assertEquals(0, propagated.relevances().get(0).sumOfAbsolutes());
        }
    }

    @Group
    class Dividend extends OnValuesOfAnyRank {
        @Override
        protected Rule rule() {
            return Rules.signal(0);
        }

        @Override
        protected Arbitrary<Case> cases() {
            return TensorCases.quotients();
        }

        @Property(tries = 50)
        void theDivisorReceivesNothing(@ForAll("cases") Case sample) {
            Propagated propagated = rule().propagate(engine(), sample.layer(), sample.xs(), sample.r());
            assertEquals(0, propagated.relevances().get(1).sumOfAbsolutes());
        }
    }

    @Group
    class Uniform extends OnValuesOfAnyRank {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.uniform();
        }

        @Override
        protected Arbitrary<Case> cases() {
            return TensorCases.products();
        }

        @Property(tries = 50)
        void bothReceiveHalf(@ForAll("cases") Case sample) {
            Propagated propagated = rule().propagate(engine(), sample.layer(), sample.xs(), sample.r());
            assertEquals(propagated.relevances().get(0).sum(), propagated.relevances().get(1).sum(),
                    1e-5 * propagated.sumOfAbsolutes());
        }
    }

    @Group
    class Proportional extends OnValuesOfAnyRank {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.proportional(1e-6);
        }

        @Override
        protected Arbitrary<Case> cases() {
            return TensorCases.sums();
        }
    }

    @Group
    class PositiveShares extends OnValuesOfAnyRank {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, DEAD_POSITIONS);
        }

        @Override
        protected boolean keepsSign() {
            return true;
        }

        @Override
        protected Rule rule() {
            return Rules.positiveShares();
        }

        @Override
        protected Arbitrary<Case> cases() {
            return TensorCases.sums();
        }
    }

    @Group
    class Winner extends OnValuesOfAnyRank {
        @Override
        protected boolean keepsSign() {
            return true;
        }

        @Override
        protected Rule rule() {
            return Rules.winner();
        }

        @Override
        protected Arbitrary<Case> cases() {
            return TensorCases.choices();
        }
    }

    @Group
    class ConstantDivisor extends OnValuesOfAnyRank {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.constantDivisor(1e-6);
        }

        @Override
        protected Arbitrary<Case> cases() {
            return TensorCases.normalizations();
        }
    }

    @Group
    class ExpandedSoftmax extends OnValuesOfAnyRank {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(WITHHELD);
        }

        @Override
        protected Rule rule() {
            return Rules.expandedSoftmax();
        }

        @Override
        protected Arbitrary<Case> cases() {
            return TensorCases.softmaxes();
        }
    }

    @Group
    class ConstantSoftmax extends OnValuesOfAnyRank {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(WITHHELD);
        }

        @Override
        protected Rule rule() {
            return Rules.constantSoftmax();
        }

        @Override
        protected Arbitrary<Case> cases() {
            return TensorCases.softmaxes();
        }
    }

    @Group
    class EpsilonOfTokens extends OnValuesOfAnyRank {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.epsilon(1e-6);
        }

        @Override
        protected Arbitrary<Case> cases() {
            return TensorCases.weightedLayers();
        }
    }

    @Group
    class PositiveOfTokens extends OnValuesOfAnyRank {
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

        @Override
        protected Arbitrary<Case> cases() {
            return TensorCases.weightedLayers();
        }
    }
}
