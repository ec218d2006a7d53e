package dev.sectional.testing;

import static dev.sectional.laws.Absorption.DEAD_POSITIONS;
import static dev.sectional.laws.Absorption.STABILISER;
import static dev.sectional.laws.Values.POSITIVE;
import static dev.sectional.laws.Values.SIGNED;
import static dev.sectional.laws.Values.SPARSE;
import static dev.sectional.laws.Values.ZERO;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Tensor;
import dev.sectional.laws.Absorption;
import dev.sectional.laws.Case;
import dev.sectional.laws.Cases;
import dev.sectional.laws.RuleProperties;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.Pad2d;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Group;
import net.jqwik.api.Property;

/** The properties of the rules for layers without weights. */
class UnweightedRulePropertiesTest {
    @Group
    class Pass extends RuleProperties {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(DEAD_POSITIONS);
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
            return Arbitraries.oneOf(Cases.passing(), Cases.concatenations(), Cases.batchNorms());
        }

        @Property(tries = 100)
        void amplifiesNothing(@ForAll("cases") Case sample) {
            Propagated propagated = Rules.pass().propagate(engine(), sample.layer(), sample.xs(), sample.r());
            assertTrue(propagated.sumOfAbsolutes() <= sample.r().sumOfAbsolutes() * (1 + 1e-9));
            assertTrue(sample.layer() instanceof Pad2d || propagated.sumOfAbsolutes() == sample.r().sumOfAbsolutes()
                    || Math.abs(propagated.sumOfAbsolutes() - sample.r().sumOfAbsolutes()) < 1e-9);
        }
    }

    @Group
    class Proportional extends RuleProperties {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.proportional(1e-6);
        }

        @Override
        protected Arbitrary<Case> cases() {
            return Arbitraries.oneOf(Cases.averages(), Cases.sums());
        }
    }

    @Group
    class PositiveShares extends RuleProperties {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(DEAD_POSITIONS);
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
            return Arbitraries.oneOf(Cases.averages(), Cases.sums());
        }

        /** A branch's share is its positive part's share of all positive parts, so relevance is never amplified. */
        @Property(tries = 100)
        void splitsByPositiveParts(@ForAll("cases") Case sample) {
            Propagated propagated = Rules.positiveShares().propagate(engine(), sample.layer(), sample.xs(), sample.r());
            assertTrue(propagated.sumOfAbsolutes() <= sample.r().sumOfAbsolutes() * (1 + 1e-5));
            for (int i = 0; sample.layer() instanceof Add && i < sample.r().data().length; i++) {
                double sum = 0;
                for (Tensor x : sample.xs()) {
                    sum += Math.max(0, x.data()[i]);
                }
                for (int branch = 0; branch < sample.xs().size(); branch++) {
                    double share = sum == 0 ? 0 : Math.max(0, sample.xs().get(branch).data()[i]) / sum;
                    assertEquals(share * sample.r().data()[i], propagated.relevances().get(branch).data()[i], 1e-6);
                }
            }
        }
    }

    @Group
    class Pooling extends RuleProperties {
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
            return Cases.maxPoolings();
        }

        @Property(tries = 100)
        void absorbsNothingAndAmplifiesNothing(@ForAll("cases") Case sample) {
            Propagated propagated = Rules.winner().propagate(engine(), sample.layer(), sample.x(), sample.r());
            assertEquals(0, propagated.absorbed().total());
            assertTrue(propagated.relevance().sumOfAbsolutes() <= sample.r().sumOfAbsolutes() * (1 + 1e-6));
        }
    }
}
