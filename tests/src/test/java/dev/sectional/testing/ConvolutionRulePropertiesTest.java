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
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Group;
import net.jqwik.api.Property;

/** The properties of every rule on convolutions, and agreement with {@link Oracle}. */
class ConvolutionRulePropertiesTest {
    abstract static class OnConvolutions extends RuleProperties {
        abstract double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r);

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return Samples.convolutions(SIGNED, POSITIVE, SPARSE, ZERO);
        }

        /** Returns whether float32 can follow float64: not where a rule divides by a sum that cancels. */
        boolean wellConditioned(Oracle oracle, Samples.Case sample, double[] w, double[] bias) {
            return true;
        }

        /**
         * Returns the tolerance of the sum of all differences from the oracle, relative to the sum of absolute
         * relevance at the output or at the input, whichever is greater: shares of both signs may cancel at the input,
         * their rounding errors do not.
         */
        double agreement() {
            return 2e-6;
        }

        @Property(tries = 100)
        void agreesWithTheOracle(@ForAll("cases") Samples.Case sample) {
            Conv2d conv = (Conv2d) sample.layer();
            Tensor weights = conv.weights();
            Oracle oracle = new Oracle(sample.x().shape(), weights.shape(), conv.geometry().rows().stride(),
                    conv.geometry().rows().before());
            float[] b = conv.bias() == null ? new float[weights.shape().dim(3)] : conv.bias();
            Assume.that(wellConditioned(oracle, sample, Oracle.doubles(weights.data()), Oracle.doubles(b)));
            double[] wanted = oracle(oracle, Oracle.doubles(sample.x().data()), Oracle.doubles(weights.data()),
                    Oracle.doubles(b), Oracle.doubles(sample.r().data()));
            float[] got = rule().propagate(engine(), conv, sample.x(), sample.r()).relevance().data();
            double[] differences = IntStream.range(0, wanted.length).mapToDouble(i -> got[i] - wanted[i]).toArray();
            double scale = Math.max(sample.r().sumOfAbsolutes(), sumOfAbsolutes(wanted));
            assertEquals(0, sumOfAbsolutes(differences), agreement() * scale, () -> rule().name() + " on " + sample);
        }
    }

    static double sumOfAbsolutes(double[] values) {
        return Arrays.stream(values).map(Math::abs).sum();
    }

    @Group
    class RspOnConvolutions extends OnConvolutions {
        @Override
        protected Rule rule() {
            return Rsp.rule();
        }

        @Override
        double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.rsp(x, r);
        }

        @Property(tries = 100)
        void deadPositionsAbsorbTwiceTheirRelevanceAndOnceFor1x1(@ForAll("cases") Samples.Case sample) {
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
            Propagated propagated = Rsp.rule().propagate(engine(), conv, sample.x(), sample.r());
            double wanted = side == 1 ? dead : 2 * dead;
            if (side > 1 && propagated.relevance().sumOfAbsolutes() == 0) {
                wanted = sample.r().sum();
            }
            assertEquals(wanted, propagated.absorbed().total(), 1e-5 * sample.r().sumOfAbsolutes(), sample::toString);
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
    class Purging extends RuleProperties {
        @Override
        protected Rule rule() {
            return Rules.purging(Rsp.rule());
        }

        @Override
        protected Arbitrary<Samples.Case> cases() {
            return Samples.convolutions(POSITIVE, SPARSE);
        }
    }

    @Group
    class Box extends OnConvolutions {
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
    class ZPlus extends OnConvolutions {
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
    class AlphaBeta extends OnConvolutions {
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
            double[] y = oracle.apply(Oracle.doubles(sample.x().data()), w);
            return IntStream.range(0, y.length).allMatch(i -> Math.abs(y[i] + bias[i % bias.length]) > 0.05);
        }
    }

    @Group
    class Epsilon extends WithSignedOutputs {
        @Override
        protected Rule rule() {
            return Rules.epsilon(1e-6);
        }

        @Override
        double agreement() {
            // an output may be a small remainder of greater products; the division amplifies its rounding
            return 1e-4;
        }

        @Override
        double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.epsilon(x, w, bias, r, 1e-6);
        }
    }

    @Group
    class Gamma extends WithSignedOutputs {
        @Override
        protected Rule rule() {
            return Rules.gamma(0.25);
        }

        @Override
        double agreement() {
            return 1e-5;   // as for epsilon, but the remainders are greater
        }

        @Override
        double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.gamma(x, w, bias, r, 0.25);
        }
    }

    @Group
    class Apart extends OnConvolutions {
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
    class Contrast extends OnConvolutions {
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
    class Flat extends OnConvolutions {
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
    class Square extends OnConvolutions {
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
    class Rap extends OnConvolutions {
        @Override
        protected Rule rule() {
            return Rules.rap();
        }

        @Override
        double[] oracle(Oracle oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.rap(x, w, r);
        }
    }
}
