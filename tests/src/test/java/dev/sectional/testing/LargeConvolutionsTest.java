package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.laws.ConvolutionReference;
import dev.sectional.laws.Values;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.ConvolutionAlgorithm;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rules on a convolution large enough for Winograd's algorithm, with inputs that are sparse, faint or absent. */
class LargeConvolutionsTest {
    private static final int SIDE = 28;
    private static final int CHANNELS = 64;
    /** Relative error of Winograd's algorithm where few inputs are not 0. */
    private static final double LIMIT = 3e-5;

    private enum Inputs { DENSE, SPARSE, BLANK_HALF, FADING, FEW_CHANNELS }

    private static Tensor input(Inputs kind, Random random) {
        Tensor x = (kind == Inputs.SPARSE ? Values.SPARSE
                : Values.POSITIVE)
                .tensor(Shape.of(SIDE, SIDE, CHANNELS), random);
        for (int i = 0; i < x.data().length; i++) {
            int column = i / CHANNELS % SIDE;
            x.data()[i] *= switch (kind) {
                case BLANK_HALF -> column < SIDE / 2 ? 0 : 1;
                case FADING -> (float) Math.pow(10, -column / 2.0);
                case FEW_CHANNELS -> i % CHANNELS < 2 ? 1 : 0;
                default -> 1;
            };
        }
        return x;
    }

    @ParameterizedTest
    @EnumSource
    void agreeWithTheOracleAndConserve(Inputs kind) {
        Random random = new Random(kind.ordinal());
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Tensor weight = Values.SIGNED.tensor(Shape.of(CHANNELS, CHANNELS, 3, 3), random);
            for (int i = 0; i < 9 * CHANNELS; i++) {
                weight.data()[i] = -Math.abs(weight.data()[i]);   // No input raises this filter's output.
            }
            Conv2d conv = Conv2d.of(weight).padding(1);
            Tensor x = input(kind, random);
            assertEquals(ConvolutionAlgorithm.WINOGRAD, AlgorithmPlanner.of(engine).forward(conv.shapeAt(x.shape())));
            Tensor r = Values.SIGNED.tensor(x.shape(), random);
            ConvolutionReference oracle = new ConvolutionReference(x.shape(), conv.weights().shape(), 1, 1);
            double[] xs = ConvolutionReference.doubles(x.data());
            double[] w = ConvolutionReference.doubles(conv.weights().data());
            double[] rs = ConvolutionReference.doubles(r.data());
            compare(engine, conv, x, r, Rules.zPlus(), oracle.alphaBeta(xs, w, new double[CHANNELS], rs, 1));
            // One kind is enough: the oracle takes seconds, and all kinds run the same algorithm.
            if (kind == Inputs.BLANK_HALF) {
                compare(engine, conv, x, r, Rules.alphaBeta(3), oracle.alphaBeta(xs, w, new double[CHANNELS], rs, 3));
                compare(engine, conv, x, r, Rules.alphaBetaApart(2), oracle.apart(xs, w, rs, 2));
            }
        }
    }

    private static void compare(Engine engine, Conv2d conv, Tensor x, Tensor r, Rule rule, double[] wanted) {
        Propagated propagated = rule.propagate(engine, conv, x, r);
        Golden.requireClose(rule.name(), wanted, propagated.relevance(), LIMIT);
        assertEquals(r.sum() - propagated.absorbed().total(), propagated.sum(),
                1e-5 * Math.max(r.sumOfAbsolutes(), propagated.sumOfAbsolutes()), rule.name());
    }
}
