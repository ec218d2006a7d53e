package dev.sectional.nn.rule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Linear;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Each rule against its formula in double precision, with values of both signs: shares of the inputs, what the bias and
 * the stabiliser absorb, and conservation. At a linear layer, and at 1 x 1 convolutions of many positions.
 */
class RulesTest {
    private static final double EPSILON = 1e-6;
    /** The first output is above 0, the second below. */
    private static final double[][] W = {{0.5, -1, 0.75, -0.25}, {-1, 0.5, 0.125, -0.5}};
    private static final int INPUTS = 4;
    private static final int SIDE = 34;

    private final Engine engine = Engine.open();

    @AfterEach
    void close() {
        engine.close();
    }

    /** The part of an output that input i contributes, for its value and weight. */
    private interface Part {
        double of(double x, double w, boolean positive);
    }

    /** A layer's input and the relevance at its output, for each position. */
    private record Position(String name, double[][] x, double[][] r, double[] bias) {
        static Position linear() {
            return new Position("linear", new double[][] {{1.5, -2, 0.25, 3}}, new double[][] {{2, -1.25}},
                    new double[] {0.5, -0.75});
        }

        /** Multiples of 1/8, whose sums are exact in float32; every 7th position has no input. */
        static Position convolution(boolean biased, boolean negative) {
            double[][] x = new double[SIDE * SIDE][INPUTS];
            double[][] r = new double[SIDE * SIDE][W.length];
            for (int p = 0; p < x.length; p++) {
                for (int i = 0; i < INPUTS && p % 7 != 3; i++) {
                    x[p][i] = ((p * 5 + i * 11) % 23 - 9) / 8.0;
                    x[p][i] = negative ? x[p][i] : Math.max(0, x[p][i]);
                }
                for (int o = 0; o < W.length; o++) {
                    r[p][o] = p % 11 == 5 ? 0 : ((p * 3 + o * 7) % 13 - 6) / 4.0;
                }
            }
            return new Position("convolution, bias " + biased + ", negative inputs " + negative, x, r,
                    biased ? new double[] {0.5, -0.75} : null);
        }

        double bias(int o) {
            return bias == null ? 0 : bias[o];
        }

        double output(int p, int o) {
            double sum = bias(o);
            for (int i = 0; i < INPUTS; i++) {
                sum += x[p][i] * W[o][i];
            }
            return sum;
        }

        Layer layer() {
            Tensor biases = bias == null ? null : tensor(Shape.of(2), bias);
            if (x.length == 1) {
                return Linear.of(tensor(Shape.of(2, 4), W)).bias(biases);
            }
            Conv2d convolution = Conv2d.of(tensor(Shape.of(2, 4, 1, 1), W));
            return bias == null ? convolution : convolution.bias(biases);
        }

        Propagated propagated(Engine engine, Rule rule) {
            boolean linear = x.length == 1;
            return rule.propagate(engine, layer(), tensor(linear ? Shape.of(4) : Shape.of(SIDE, SIDE, 4), x),
                    tensor(linear ? Shape.of(2) : Shape.of(SIDE, SIDE, 2), r));
        }

        double relevance() {
            return Stream.of(r).flatMapToDouble(DoubleStream::of).sum();
        }
    }

    private static final List<Position> POSITIONS = List.of(Position.linear(), Position.convolution(true, true),
            Position.convolution(false, true), Position.convolution(true, false), Position.convolution(false, false));

    /** Shares of the inputs of each position, and what is absorbed. */
    private static final class Expected {
        private final double[][] shares;
        private double bias;
        private double stabiliser;

        Expected(Position position) {
            shares = new double[position.x.length][INPUTS];
        }
    }

    private static double plus(double value) {
        return Math.max(0, value);
    }

    private static double minus(double value) {
        return Math.min(0, value);
    }

    /** One ratio of a rule: {@code factor * part * r / (z + epsilon sign(z))}, z the sum of all parts. */
    private record Ratio(double factor, Part part, Part biasPart, double epsilon) {
        void addTo(Expected expected, Position position) {
            for (int p = 0; p < position.x.length; p++) {
                for (int o = 0; o < W.length; o++) {
                    boolean positive = position.output(p, o) > 0;
                    double absorbs = biasPart.of(1, position.bias(o), positive);
                    double z = absorbs;
                    for (int i = 0; i < INPUTS; i++) {
                        z += part.of(position.x[p][i], W[o][i], positive);
                    }
                    double signed = z < 0 ? -epsilon : epsilon;
                    double s = z == 0 ? 0 : factor * position.r[p][o] / (z + signed);
                    expected.bias += s * absorbs;
                    expected.stabiliser += s * signed;
                    for (int i = 0; i < INPUTS; i++) {
                        expected.shares[p][i] += part.of(position.x[p][i], W[o][i], positive) * s;
                    }
                }
            }
        }
    }

    private static Ratio ratio(double factor, Part part, Part biasPart, double epsilon) {
        return new Ratio(factor, part, biasPart, epsilon);
    }

    private void assertRule(Rule rule, Ratio... ratios) {
        for (Position position : POSITIONS) {
            Expected expected = new Expected(position);
            Stream.of(ratios).forEach(ratio -> ratio.addTo(expected, position));
            Propagated actual = position.propagated(engine, rule);
            String what = rule.name() + ", " + position.name;
            float[] shares = actual.relevance().data();
            double size = 1;
            for (int i = 0; i < shares.length; i++) {
                double share = expected.shares[i / INPUTS][i % INPUTS];
                assertEquals(share, shares[i], 1e-5 * Math.max(1, Math.abs(share)), what + ", input " + i);
                size += Math.abs(share);
            }
            assertEquals(expected.bias, actual.absorbed().bias(), 1e-5 * size, what);
            assertEquals(expected.stabiliser, actual.absorbed().stabiliser(), 2e-6 * size, what);
            assertEquals(position.relevance(), actual.sum() + actual.absorbed().total(), 1e-5 * size, what);
        }
    }

    private Tensor propagated(Rule rule) {
        return Position.linear().propagated(engine, rule).relevance();
    }

    private static Tensor tensor(Shape shape, double[]... rows) {
        float[] data = new float[(int) shape.size()];
        int at = 0;
        for (double[] row : rows) {
            for (double value : row) {
                data[at++] = (float) value;
            }
        }
        return Tensor.of(shape, data);
    }

    private static final Part RAISES = (x, w, positive) -> plus(x) * plus(w) + minus(x) * minus(w);
    private static final Part LOWERS = (x, w, positive) -> plus(x) * minus(w) + minus(x) * plus(w);
    private static final Part PRODUCT = (x, w, positive) -> x * w;
    private static final Part NOTHING = (x, w, positive) -> 0;

    @Test
    void proportionalRules() {
        assertTrue(Position.linear().output(0, 0) > 0 && Position.linear().output(0, 1) < 0, "both signs");
        assertRule(Rules.zero(), ratio(1, PRODUCT, PRODUCT, 0));
        assertRule(Rules.epsilon(0.25), ratio(1, PRODUCT, PRODUCT, 0.25));
        assertRule(Rules.epsilon(0.25).withoutBias(), ratio(1, PRODUCT, NOTHING, 0.25));
        assertRule(Rules.zPlus(), ratio(1, RAISES, RAISES, EPSILON));
    }

    @Test
    void alphaBetaAndContrast() {
        assertRule(Rules.alphaBeta(1), ratio(1, RAISES, RAISES, EPSILON));
        Ratio[] expected = {ratio(2.5, RAISES, RAISES, EPSILON), ratio(-1.5, LOWERS, LOWERS, EPSILON)};
        assertRule(Rules.alphaBeta(2.5), expected);
        assertRule(Rules.alphaBeta(2.5, 1.5), expected);
        assertRule(Rules.contrast(), ratio(1, RAISES, RAISES, EPSILON), ratio(-1, LOWERS, LOWERS, EPSILON));
        assertRule(Rules.alphaBetaApart(2), ratio(2, (x, w, p) -> plus(x) * plus(w), NOTHING, 0),
                ratio(2, (x, w, p) -> minus(x) * minus(w), NOTHING, 0),
                ratio(-1, (x, w, p) -> plus(x) * minus(w), NOTHING, 0),
                ratio(-1, (x, w, p) -> minus(x) * plus(w), NOTHING, 0));
    }

    @Test
    void gamma() {
        double g = 0.5;
        Part part = (x, w, positive) -> x * w + g * (positive ? RAISES : LOWERS).of(x, w, positive);
        assertRule(Rules.gamma(g), ratio(1, part, part, EPSILON));
        assertRule(Rules.gamma(0), ratio(1, PRODUCT, PRODUCT, EPSILON));
        LinearRatioRule stabilised = new LinearRatioRule("gamma", Rules.gamma(g).passes(), new Stabiliser(0.25));
        assertRule(stabilised, ratio(1, part, part, 0.25));
    }

    @Test
    void threeTermsOfARatioAreAdded() {
        Modifier plus = Modifier.POSITIVE;
        Modifier minus = Modifier.NEGATIVE;
        List<LinearRatioRule.Term> terms = List.of(new LinearRatioRule.Term(plus, plus),
                new LinearRatioRule.Term(minus, minus), new LinearRatioRule.Term(plus, minus));
        LinearRatioRule rule = new LinearRatioRule("three", List.of(new LinearRatioRule.Pass(1,
                LinearRatioRule.OutputSign.ANY, terms, Modifier.ZERO)), new Stabiliser(0.25));
        assertRule(rule, ratio(1, (x, w, p) -> plus(x) * w + minus(x) * minus(w), NOTHING, 0.25));
    }

    /** An output of exactly 0 has no sign, so that no pass of gamma serves it. */
    @Test
    void gammaLeavesOutputsOfZeroOut() {
        Tensor x = Tensor.of(Shape.of(2), 1, 2);
        Tensor r = Tensor.of(Shape.of(3), 3, 5, 7);
        Linear plain = Linear.of(Tensor.of(Shape.of(3, 2), 2, -1, 1, 1, -1, -1));
        Linear biased = Linear.of(Tensor.of(Shape.of(3, 2), 1, 1, 1, 1, -1, -1))
                .bias(Tensor.of(Shape.of(3), -3, 0, 0));
        for (Linear layer : List.of(plain, biased)) {
            Propagated actual = Rules.gamma(1).propagate(engine, layer, x, r);
            assertEquals(3, actual.absorbed().deadPositions(), 1e-6);
            assertEquals(12, actual.sum(), 1e-4);
        }
    }

    @Test
    void rulesThatIgnoreTheInput() {
        assertRule(Rules.flat(), ratio(1, (x, w, p) -> 1, NOTHING, EPSILON));
        assertRule(Rules.wSquare(), ratio(1, (x, w, p) -> w * w, NOTHING, EPSILON));
    }

    /** A layer without any contribution absorbs all relevance at dead positions, whatever the rule. */
    @Test
    void withoutInputsAllIsDead() {
        Tensor r = Tensor.of(Shape.of(2), 3, -1);
        Linear layer = Linear.of(tensor(Shape.of(2, 4), W));
        for (Rule rule : List.of(Rules.zero(), Rules.epsilon(0.1), Rules.zPlus(), Rules.alphaBeta(2), Rules.gamma(1),
                Rules.alphaBetaApart(2), Rules.zBox(), Rules.rap())) {
            Propagated dead = rule.propagate(engine, layer, Tensor.zeros(Shape.of(4)), r);
            assertEquals(2, dead.absorbed().deadPositions(), 1e-6, rule.name());
            assertEquals(2, dead.absorbed().total(), 1e-6, rule.name());
            assertEquals(0, dead.sumOfAbsolutes(), rule.name());
        }
    }

    @Test
    void theBoxIsTheRangeOrGiven() {
        assertRule(Rules.zBox(-4, 5), ratio(1, (x, w, p) -> x * w + 4 * plus(w) - 5 * minus(w), NOTHING, 0));
        assertArrayEquals(propagated(Rules.zBox(-2, 3)).data(), propagated(Rules.zBox()).data(), 1e-6f);
        assertDoesNotThrow(() -> propagated(Rules.zBox(-2, 3)), "at the bounds");
        assertThrows(IllegalArgumentException.class, () -> propagated(Rules.zBox(-1.9f, 3)));
        assertThrows(IllegalArgumentException.class, () -> propagated(Rules.zBox(-2, 2.9f)));
    }

    @Test
    void argumentsAreChecked() {
        for (double alpha : new double[] {0.999, 0, -2, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class, () -> Rules.alphaBeta(alpha), "alpha " + alpha);
            assertThrows(IllegalArgumentException.class, () -> Rules.alphaBeta(alpha, alpha - 1), "alpha " + alpha);
            assertThrows(IllegalArgumentException.class, () -> Rules.alphaBetaApart(alpha), "alpha " + alpha);
        }
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Rules.alphaBeta(2, 2));
        assertTrue(e.getMessage().contains("for alpha 2.0 wanted 1.0, got 2.0"), e.getMessage());
        for (double bad : new double[] {-1e-9, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class, () -> Rules.gamma(bad), "gamma " + bad);
            assertThrows(IllegalArgumentException.class, () -> Rules.epsilon(bad), "epsilon " + bad);
        }
        assertDoesNotThrow(() -> Rules.zBox(0, 0));
        assertThrows(IllegalArgumentException.class, () -> Rules.zBox(0.1f, 1));
        assertThrows(IllegalArgumentException.class, () -> Rules.zBox(-1, -0.1f));
    }
}
