package dev.sectional.nn.rule;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.layer.Linear;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each rule against its formula in double precision, at a linear layer with values of both signs everywhere. */
class RulesTest {
    private static final double EPSILON = 1e-6;
    private static final double[] X = {1.5, -2, 0.25, 3};
    /** The first output is above 0, the second below. */
    private static final double[][] W = {{0.5, -1, 0.75, -0.25}, {-1, 0.5, 0.125, -0.5}};
    private static final double[] BIAS = {0.5, -0.75};
    private static final double[] R = {2, -1.25};

    private final Engine engine = Engine.open();

    @AfterEach
    void close() {
        engine.close();
    }

    /** The part of an output that input i contributes, for its value and weight. */
    private interface Part {
        double of(double x, double w, boolean positive);
    }

    private static double plus(double value) {
        return Math.max(0, value);
    }

    private static double minus(double value) {
        return Math.min(0, value);
    }

    /** Returns {@code factor * part * r / (z + epsilon sign(z))}, z the sum of the parts and of the bias's part. */
    private static double[] shares(double factor, Part part, Part biasPart, double epsilon) {
        double[] shares = new double[X.length];
        for (int o = 0; o < W.length; o++) {
            boolean positive = output(o) > 0;
            double z = biasPart.of(1, BIAS[o], positive);
            for (int i = 0; i < X.length; i++) {
                z += part.of(X[i], W[o][i], positive);
            }
            for (int i = 0; i < X.length; i++) {
                double share = part.of(X[i], W[o][i], positive) * R[o] / (z + (z < 0 ? -epsilon : epsilon));
                shares[i] += z == 0 ? 0 : factor * share;
            }
        }
        return shares;
    }

    private static double output(int o) {
        double sum = BIAS[o];
        for (int i = 0; i < X.length; i++) {
            sum += X[i] * W[o][i];
        }
        return sum;
    }

    private static double[] sum(double[]... terms) {
        double[] sum = new double[X.length];
        for (double[] term : terms) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += term[i];
            }
        }
        return sum;
    }

    private void assertRule(double[] expected, Rule rule) {
        float[] actual = propagated(rule).data();
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], 1e-5, rule.name() + ", input " + i);
        }
    }

    private Tensor propagated(Rule rule) {
        Linear layer = Linear.of(tensor(Shape.of(2, 4), W[0], W[1])).bias(tensor(Shape.of(2), BIAS));
        return rule.propagate(engine, layer, tensor(Shape.of(4), X), tensor(Shape.of(2), R)).relevances().get(0);
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
        assertTrue(output(0) > 0 && output(1) < 0, "both signs");
        assertRule(shares(1, PRODUCT, PRODUCT, 0), Rules.zero());
        assertRule(shares(1, PRODUCT, PRODUCT, 0.25), Rules.epsilon(0.25));
        assertRule(shares(1, RAISES, RAISES, EPSILON), Rules.zPlus());
    }

    @Test
    void alphaBetaAndContrast() {
        double[] raised = shares(1, RAISES, RAISES, EPSILON);
        assertRule(raised, Rules.alphaBeta(1));
        double[] expected = sum(shares(2.5, RAISES, RAISES, EPSILON), shares(-1.5, LOWERS, LOWERS, EPSILON));
        assertRule(expected, Rules.alphaBeta(2.5));
        assertRule(expected, Rules.alphaBeta(2.5, 1.5));
        assertRule(sum(raised, shares(-1, LOWERS, LOWERS, EPSILON)), Rules.contrast());
        assertRule(sum(shares(2, (x, w, p) -> plus(x) * plus(w), NOTHING, 0),
                shares(2, (x, w, p) -> minus(x) * minus(w), NOTHING, 0),
                shares(-1, (x, w, p) -> plus(x) * minus(w), NOTHING, 0),
                shares(-1, (x, w, p) -> minus(x) * plus(w), NOTHING, 0)), Rules.alphaBetaApart(2));
    }

    @Test
    void gamma() {
        double g = 0.5;
        Part part = (x, w, positive) -> x * w + g * (positive ? RAISES : LOWERS).of(x, w, positive);
        assertRule(shares(1, part, part, EPSILON), Rules.gamma(g));
        assertRule(shares(1, PRODUCT, PRODUCT, EPSILON), Rules.gamma(0));
    }

    @Test
    void rulesThatIgnoreTheInput() {
        assertRule(shares(1, (x, w, p) -> 1, NOTHING, EPSILON), Rules.flat());
        assertRule(shares(1, (x, w, p) -> w * w, NOTHING, EPSILON), Rules.wSquare());
    }

    @Test
    void theBoxIsTheRangeOrGiven() {
        assertRule(shares(1, (x, w, p) -> x * w + 2 * plus(w) - 3 * minus(w), NOTHING, 0), Rules.zBox());
        assertRule(shares(1, (x, w, p) -> x * w + 4 * plus(w) - 5 * minus(w), NOTHING, 0), Rules.zBox(-4, 5));
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
