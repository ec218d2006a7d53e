package dev.sectional.testing;

import static dev.sectional.testing.Samples.Values.POSITIVE;
import static dev.sectional.testing.Samples.Values.SIGNED;
import static dev.sectional.testing.Samples.Values.SPARSE;
import static dev.sectional.testing.Samples.Values.ZERO;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Pad2d;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Group;
import net.jqwik.api.Property;

/** The laws of every rule, and agreement with the oracle. */
class RulePropertiesTest {
    abstract static class OnConvolutions extends RuleProperties {
        abstract double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r);

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return Samples.convolutions(SIGNED, POSITIVE, SPARSE, ZERO);
        }

        /** Where a rule divides by a sum that cancels, float32 cannot follow float64: such samples are left out. */
        boolean wellConditioned(Oracle oracle, Samples.Case sample, double[] w, double[] bias) {
            return true;
        }

        /**
         * How far all values together may be from the oracle's, of the relevance that is shared out or of what is handed on, whichever is
         * more. Not of the latter alone: shares of both signs may cancel to next to nothing, their rounding does not.
         */
        double agreement() {
            return 2e-6;
        }

        @Property(tries = 100)
        void agreesWithTheOracle(@ForAll("cases") Samples.Case sample) {
            Conv2d conv = (Conv2d) sample.layer();
            Tensor weights = conv.weights();
            Oracle oracle = new Oracle(sample.x().shape(), weights.shape(), conv.geometry().rows().stride(), conv.geometry().rows().before());
            float[] b = conv.bias() == null ? new float[weights.shape().dim(3)] : conv.bias();
            Assume.that(wellConditioned(oracle, sample, doubles(weights.data()), doubles(b)));
            double[] wanted = oracle(oracle, doubles(sample.x().data()), doubles(weights.data()), doubles(b), doubles(sample.r().data()));
            float[] got = rule().propagate(engine(), conv, sample.x(), sample.r()).relevance().data();
            double[] differences = IntStream.range(0, wanted.length).mapToDouble(i -> got[i] - wanted[i]).toArray();
            double scale = Math.max(sample.r().sumOfAbsolutes(), sumOfAbsolutes(wanted));
            assertEquals(0, sumOfAbsolutes(differences), agreement() * scale, () -> rule().name() + " on " + sample);
        }
    }

    static double sumOfAbsolutes(double[] values) {
        return Arrays.stream(values).map(Math::abs).sum();
    }

    static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    @Group
    class RspLaws extends OnConvolutions {
        @Override
        protected Rule rule() {
            return Rsp.rule();
        }

        @Override
        double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.rsp(x, r);
        }

        @Property(tries = 100)
        void losesTwiceTheRelevanceOfDeadPlacesOrOnceFor1x1(@ForAll("cases") Samples.Case sample) {
            Conv2d conv = (Conv2d) sample.layer();
            int side = conv.weightShape().dim(2);
            Tensor ones = Tensor.zeros(Shape.of(1, sample.x().shape().dim(2), side, side));
            Arrays.fill(ones.data(), 1);
            Tensor active = Tensor.zeros(sample.x().shape());
            IntStream.range(0, active.data().length).forEach(i -> active.data()[i] = Math.max(0, sample.x().data()[i]));
            float[] live = Conv2d.of(ones).stride(conv.geometry().rows().stride())
                    .padding(conv.geometry().rows().before()).forward(engine(), active).data();
            double dead = 0;
            int outputs = sample.r().shape().dim(2);
            for (int i = 0; i < sample.r().data().length; i++) {
                dead += live[i / outputs] > 0 ? 0 : sample.r().data()[i];
            }
            Propagated handed = Rsp.rule().propagate(engine(), conv, sample.x(), sample.r());
            boolean touched = handed.relevance().sumOfAbsolutes() > 0;
            double wanted = touched || side == 1 ? (side == 1 ? dead : 2 * dead) : sample.r().sum();
            assertEquals(wanted, handed.absorbed().total(), 1e-5 * sample.r().sumOfAbsolutes(), sample::toString);
        }
    }

    @Group
    class BoxLaws extends OnConvolutions {
        @Override
        protected Rule rule() {
            return Rules.zBox();
        }

        @Override
        double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.zBox(x, w, r);
        }
    }

    @Group
    class ZPlusLaws extends OnConvolutions {
        @Override
        protected Rule rule() {
            return Rules.zPlus();
        }

        @Override
        double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.alphaBeta(x, w, bias, r, 1);
        }
    }

    @Group
    class AlphaBetaLaws extends OnConvolutions {
        @Override
        protected Rule rule() {
            return Rules.alphaBeta(2);
        }

        @Override
        double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.alphaBeta(x, w, bias, r, 2);
        }
    }

    abstract static class WithSignedOutputs extends OnConvolutions {
        @Override
        boolean wellConditioned(Oracle oracle, Samples.Case sample, double[] w, double[] bias) {
            double[] y = oracle.apply(doubles(sample.x().data()), w);
            return IntStream.range(0, y.length).allMatch(i -> Math.abs(y[i] + bias[i % bias.length]) > 0.05);
        }
    }

    @Group
    class EpsilonLaws extends WithSignedOutputs {
        @Override
        protected Rule rule() {
            return Rules.epsilon(1e-6);
        }

        @Override
        double agreement() {
            return 1e-4;   // outputs may be what is left of many greater products, and their rounding grows by the division
        }

        @Override
        double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.epsilon(x, w, bias, r, 1e-6);
        }
    }

    @Group
    class GammaLaws extends WithSignedOutputs {
        @Override
        protected Rule rule() {
            return Rules.gamma(0.25);
        }

        @Override
        double agreement() {
            return 1e-5;   // as for epsilon, but what is left is greater
        }

        @Override
        double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.gamma(x, w, bias, r, 0.25);
        }
    }

    @Group
    class ApartLaws extends OnConvolutions {
        @Override
        protected Rule rule() {
            return Rules.alphaBetaApart(2);
        }

        @Override
        double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.apart(x, w, r, 2);
        }
    }

    @Group
    class ContrastLaws extends OnConvolutions {
        @Override
        protected Rule rule() {
            return Rules.contrast();
        }

        @Override
        double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.alphaBeta(x, w, bias, r, 1, 1);
        }
    }

    @Group
    class FlatLaws extends OnConvolutions {
        @Override
        protected Rule rule() {
            return Rules.flat();
        }

        @Override
        double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.byWeightsAlone(w, r, v -> 1);
        }
    }

    @Group
    class SquareLaws extends OnConvolutions {
        @Override
        protected Rule rule() {
            return Rules.wSquare();
        }

        @Override
        double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.byWeightsAlone(w, r, v -> v * v);
        }
    }

    @Group
    class RapLaws extends OnConvolutions {
        @Override
        protected Rule rule() {
            return Rules.rap();
        }

        @Override
        double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.rap(x, w, r);
        }
    }

    /** The laws of a rule on every layer with weights. */
    abstract static class OnMaps extends RuleProperties {
        @Override
        protected Arbitrary<Samples.Case> cases() {
            return Samples.maps();
        }
    }

    @Group
    class ZeroOnMaps extends OnMaps {
        @Override
        protected Rule rule() {
            return Rules.zero();
        }
    }

    @Group
    class EpsilonOnMaps extends OnMaps {
        @Override
        protected Rule rule() {
            return Rules.epsilon(0.01);
        }
    }

    @Group
    class EpsilonWithoutBiasOnMaps extends OnMaps {
        @Override
        protected Rule rule() {
            return Rules.epsilon(1e-6).withoutBias();
        }
    }

    @Group
    class ZPlusOnMaps extends OnMaps {
        @Override
        protected Rule rule() {
            return Rules.zPlus();
        }
    }

    @Group
    class ZPlusWithoutBiasOnMaps extends OnMaps {
        @Override
        protected Rule rule() {
            return Rules.zPlus().withoutBias();
        }
    }

    @Group
    class AlphaBetaOnMaps extends OnMaps {
        @Override
        protected Rule rule() {
            return Rules.alphaBeta(3);
        }
    }

    @Group
    class ApartOnMaps extends OnMaps {
        @Override
        protected Rule rule() {
            return Rules.alphaBetaApart(2);
        }
    }

    @Group
    class GammaOnMaps extends OnMaps {
        @Override
        protected Rule rule() {
            return Rules.gamma(0.5);
        }
    }

    @Group
    class ContrastOnMaps extends OnMaps {
        @Override
        protected Rule rule() {
            return Rules.contrast();
        }
    }

    @Group
    class FlatOnMaps extends OnMaps {
        @Override
        protected Rule rule() {
            return Rules.flat();
        }
    }

    @Group
    class SquareOnMaps extends OnMaps {
        @Override
        protected Rule rule() {
            return Rules.wSquare();
        }
    }

    @Group
    class BoxOnMaps extends OnMaps {
        @Override
        protected Rule rule() {
            return Rules.zBox();
        }
    }

    @Group
    class RapOnMaps extends OnMaps {
        @Override
        protected Rule rule() {
            return Rules.rap();
        }
    }

    @Group
    class RapStartOnMaps extends OnMaps {
        @Override
        protected Rule rule() {
            return Rules.rapStart();
        }
    }

    @Group
    class RspOnGroupedConvolutions extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rsp.rule();
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return Samples.groupedConvolutions();
        }
    }

    @Group
    class PassLaws extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.pass();
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return Arbitraries.oneOf(Samples.passing(), Samples.concatenations(), Samples.batchNorms());
        }

        @Property(tries = 100)
        void addsNothing(@ForAll("cases") Samples.Case sample) {
            Propagated handed = Rules.pass().propagate(engine(), sample.layer(), sample.xs(), sample.r());
            assertTrue(handed.sumOfAbsolutes() <= sample.r().sumOfAbsolutes() * (1 + 1e-9));
            assertTrue(sample.layer() instanceof Pad2d || handed.sumOfAbsolutes() == sample.r().sumOfAbsolutes()
                    || Math.abs(handed.sumOfAbsolutes() - sample.r().sumOfAbsolutes()) < 1e-9);
        }
    }

    @Group
    class ProportionalLaws extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.proportional(1e-6);
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return Arbitraries.oneOf(Samples.averages(), Samples.sums());
        }
    }

    @Group
    class PositiveSharesLaws extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.positiveShares();
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return Arbitraries.oneOf(Samples.averages(), Samples.sums());
        }

        /** A branch's share is its positive part's share of all positive parts, so relevance is never amplified. */
        @Property(tries = 100)
        void splitsByPositiveParts(@ForAll("cases") Samples.Case sample) {
            Propagated handed = Rules.positiveShares().propagate(engine(), sample.layer(), sample.xs(), sample.r());
            assertTrue(handed.sumOfAbsolutes() <= sample.r().sumOfAbsolutes() * (1 + 1e-5));
            for (int i = 0; sample.layer() instanceof Add && i < sample.r().data().length; i++) {
                double sum = 0;
                for (Tensor x : sample.xs()) {
                    sum += Math.max(0, x.data()[i]);
                }
                for (int branch = 0; branch < sample.xs().size(); branch++) {
                    double share = sum == 0 ? 0 : Math.max(0, sample.xs().get(branch).data()[i]) / sum;
                    assertEquals(share * sample.r().data()[i], handed.relevances().get(branch).data()[i], 1e-6);
                }
            }
        }
    }

    @Group
    class PoolingLaws extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.winner();
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return Samples.maxPoolings();
        }

        @Property(tries = 100)
        void losesNothingAndAddsNothing(@ForAll("cases") Samples.Case sample) {
            Propagated handed = Rules.winner().propagate(engine(), sample.layer(), sample.x(), sample.r());
            assertEquals(0, handed.absorbed().total());
            assertTrue(handed.relevance().sumOfAbsolutes() <= sample.r().sumOfAbsolutes() * (1 + 1e-6));
        }
    }

    @Group
    class PurgingLaws extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.purging(Rsp.rule());
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return Samples.convolutions(POSITIVE, SPARSE);
        }
    }
}
