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

import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.laws.Absorption;
import dev.sectional.laws.Case;
import dev.sectional.laws.Cases;
import dev.sectional.laws.ConvolutionReference;
import dev.sectional.laws.Reference;
import dev.sectional.laws.RuleProperties;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Group;
import net.jqwik.api.Property;

/** The properties of every rule on convolutions, and agreement with {@link ConvolutionReference}. */
class ConvolutionRulePropertiesTest {
    /** The rules on convolutions, compared with their formulas in float64. */
    abstract static class OnConvolutions extends RuleProperties {
        abstract double[] oracle(ConvolutionReference oracle, double[] x, double[] w, double[] bias, double[] r);

        @Override
        protected Arbitrary<Case> cases() {
            return Cases.convolutions(SIGNED, POSITIVE, SPARSE, ZERO);
        }

        @Override
        protected Optional<Reference> reference() {
            return Optional.of((engine, sample) -> {
                Conv2d conv = (Conv2d) sample.layer();
                Tensor weights = conv.weights();
                return oracle(ConvolutionReference.of(sample), doubles(sample.x().data()), doubles(weights.data()),
                        doubles(bias(conv)), doubles(sample.r().data()));
            });
        }
    }

    private static double[] doubles(float[] values) {
        return ConvolutionReference.doubles(values);
    }

    private static float[] bias(Conv2d conv) {
        return conv.bias() == null ? new float[conv.weightShape().dim(0)] : conv.bias();
    }

    @Group
    class RspOnConvolutions extends OnConvolutions {
        /** The sign of a sum over positions decides what a filter's relevance counts for, so none may cancel to 0. */
        @Override
        protected Case comparable(Case sample) {
            return unequal(sample);
        }

        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rsp.rule();
        }

        @Override
        double[] oracle(ConvolutionReference oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.rsp(x, r);
        }

        @Property(tries = 100)
        void deadPositionsAbsorbTwiceTheirRelevanceAndOnceFor1x1(@ForAll("cases") Case sample) {
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
        protected Case comparable(Case sample) {
            return unequal(sample);
        }

        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rsp.rule();
        }

        @Override
        protected Arbitrary<Case> cases() {
            return Cases.groupedConvolutions();
        }
    }

    @Group
    class Purging extends RuleProperties {
        @Override
        protected Case comparable(Case sample) {
            return unequal(sample);
        }

        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(DEAD_POSITIONS, WITHHELD);
        }

        @Override
        protected Rule rule() {
            return Rules.purging(Rsp.rule());
        }

        @Override
        protected Arbitrary<Case> cases() {
            return Cases.convolutions(POSITIVE, SPARSE);
        }
    }

    @Group
    class Box extends OnConvolutions {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.zBox();
        }

        @Override
        double[] oracle(ConvolutionReference oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.zBox(x, w, r);
        }
    }

    @Group
    class ZPlus extends OnConvolutions {
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
        double[] oracle(ConvolutionReference oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.alphaBeta(x, w, bias, r, 1);
        }
    }

    @Group
    class AlphaBeta extends OnConvolutions {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.alphaBeta(2);
        }

        @Override
        double[] oracle(ConvolutionReference oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.alphaBeta(x, w, bias, r, 2);
        }
    }

    abstract static class WithSignedOutputs extends OnConvolutions {
        /** Removes relevance at outputs close to 0, but not 0, whose rounding the division would amplify. */
        @Override
        protected Case comparable(Case sample) {
            Conv2d conv = (Conv2d) sample.layer();
            double[] y = ConvolutionReference.of(sample).apply(doubles(sample.x().data()),
                    doubles(conv.weights().data()));
            float[] bias = bias(conv);
            Tensor r = sample.r().copy();
            for (int i = 0; i < y.length; i++) {
                double output = Math.abs(y[i] + bias[i % bias.length]);
                r.data()[i] = output > 0 && output < 0.05 ? 0 : r.data()[i];
            }
            return sample.with(r);
        }
    }

    @Group
    class Epsilon extends WithSignedOutputs {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.epsilon(1e-6);
        }

        @Override
        protected double agreement() {
            // an output may be a small remainder of greater products; the division amplifies its rounding: 1e-3 seen
            return 1e-2;
        }

        @Override
        double[] oracle(ConvolutionReference oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.epsilon(x, w, bias, r, 1e-6);
        }
    }

    @Group
    class Gamma extends WithSignedOutputs {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, STABILISER, DEAD_POSITIONS);
        }

        @Override
        protected Rule rule() {
            return Rules.gamma(0.25);
        }

        @Override
        protected double agreement() {
            return 1e-5;   // as for epsilon, but the remainders are greater
        }

        @Override
        double[] oracle(ConvolutionReference oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.gamma(x, w, bias, r, 0.25);
        }
    }

    @Group
    class Apart extends OnConvolutions {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(DEAD_POSITIONS, WITHHELD);
        }

        @Override
        protected Rule rule() {
            return Rules.alphaBetaApart(2);
        }

        @Override
        double[] oracle(ConvolutionReference oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.apart(x, w, r, 2);
        }
    }

    @Group
    class Contrast extends OnConvolutions {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(BIAS, STABILISER, DEAD_POSITIONS, WITHHELD);
        }

        @Override
        protected Rule rule() {
            return Rules.contrast();
        }

        @Override
        double[] oracle(ConvolutionReference oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.alphaBeta(x, w, bias, r, 1, 1);
        }
    }

    @Group
    class Flat extends OnConvolutions {
        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(STABILISER);
        }

        @Override
        protected boolean keepsSign() {
            return true;
        }

        @Override
        protected Rule rule() {
            return Rules.flat();
        }

        @Override
        double[] oracle(ConvolutionReference oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.byWeightsAlone(w, r, v -> 1);
        }
    }

    @Group
    class Square extends OnConvolutions {
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

        @Override
        double[] oracle(ConvolutionReference oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.byWeightsAlone(w, r, v -> v * v);
        }
    }

    /**
     * Makes equal relevance differ: whether sums cancel to exactly 0, which rounding decides, says which units the
     * uniform shift of RAP reaches, and which sign RSP gives to an element of a filter.
     */
    static Case unequal(Case sample) {
        Tensor r = sample.r().copy();
        for (int i = 0; i < r.data().length; i++) {
            r.data()[i] *= 1 + 0.0137f * (i % 71);
        }
        return sample.with(r);
    }

    @Group
    class Rap extends OnConvolutions {
        @Override
        protected Case comparable(Case sample) {
            return unequal(sample);
        }

        @Override
        protected Set<Absorption> absorbs() {
            return Set.of(DEAD_POSITIONS, WITHHELD);
        }

        @Override
        protected Rule rule() {
            return Rules.rap();
        }

        @Override
        double[] oracle(ConvolutionReference oracle, double[] x, double[] w, double[] bias, double[] r) {
            return oracle.rap(x, w, r);
        }
    }
}
