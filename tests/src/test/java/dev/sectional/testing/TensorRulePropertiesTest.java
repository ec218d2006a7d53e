package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Group;
import net.jqwik.api.Property;

/** The properties of the rules for values of any rank. */
class TensorRulePropertiesTest {
    @Group
    class Pass extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.pass();
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return TensorSamples.passing();
        }
    }

    @Group
    class Signal extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.signal(1);
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return TensorSamples.products();
        }

        @Property(tries = 50)
        void theGateReceivesNothing(@ForAll("cases") Samples.Case sample) {
            Propagated propagated = rule().propagate(engine(), sample.layer(), sample.xs(), sample.r());
            assertEquals(0, propagated.relevances().get(0).sumOfAbsolutes());
        }
    }

    @Group
    class Uniform extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.uniform();
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return TensorSamples.products();
        }

        @Property(tries = 50)
        void bothReceiveHalf(@ForAll("cases") Samples.Case sample) {
            Propagated propagated = rule().propagate(engine(), sample.layer(), sample.xs(), sample.r());
            assertEquals(propagated.relevances().get(0).sum(), propagated.relevances().get(1).sum(),
                    1e-5 * propagated.sumOfAbsolutes());
        }
    }

    @Group
    class Proportional extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.proportional(1e-6);
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return TensorSamples.sums();
        }
    }

    @Group
    class PositiveShares extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.positiveShares();
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return TensorSamples.sums();
        }
    }

    @Group
    class Winner extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.winner();
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return TensorSamples.choices();
        }
    }

    @Group
    class ConstantDivisor extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.constantDivisor(1e-6);
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return TensorSamples.normalizations();
        }
    }

    @Group
    class ExpandedSoftmax extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.expandedSoftmax();
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return TensorSamples.softmaxes();
        }
    }

    @Group
    class ConstantSoftmax extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.constantSoftmax();
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return TensorSamples.softmaxes();
        }
    }

    @Group
    class EpsilonOfTokens extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.epsilon(1e-6);
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return TensorSamples.maps();
        }
    }

    @Group
    class PositiveOfTokens extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.zPlus();
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return TensorSamples.maps();
        }
    }
}
