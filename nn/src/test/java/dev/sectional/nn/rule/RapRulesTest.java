package dev.sectional.nn.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The rules of RAP against their formulas in double precision. */
class RapRulesTest {
    private static final double[][] W = {{0.5, -1, 0.75, -0.25}, {-1, 0.5, 0.125, -0.5}, {0.25, 1, -0.5, 2}};
    private static final int INPUTS = 4;
    private static final double[][] MIXED = {{1.5, -2, 0.25, 3}, {-1, 0, -0.5, 2}, {0, 0, 0, 0}};
    private static final double[][] POSITIVE = {{1.5, 2, 0.25, 0}, {0, 0, 0.5, 2}, {0, 0, 0, 0}};
    private static final double[][] R = {{2, -1.25, 0}, {0.5, 1, -3}, {1, 1, 1}};

    /** Contributions of the inputs of one sign, before the shift. */
    private static double[][] contributions(double[][] x, double[][] r, boolean positive, boolean convolution) {
        double[][] c = new double[x.length][INPUTS];
        for (int p = 0; p < x.length; p++) {
            for (int o = 0; o < W.length; o++) {
                double[] raising = new double[INPUTS];
                double[] lowering = new double[INPUTS];
                double za = 0;
                double zb = 0;
                for (int i = 0; i < INPUTS; i++) {
                    boolean counts = positive ? x[p][i] > 0 : x[p][i] < 0;
                    double product = counts ? x[p][i] * W[o][i] : 0;
                    raising[i] = Math.max(0, product);
                    lowering[i] = Math.max(0, -product);
                    za += raising[i];
                    zb += lowering[i];
                }
                double value = r[p][o];
                for (int i = 0; i < INPUTS; i++) {
                    c[p][i] += zb == 0 ? 0 : value * lowering[i] / (za + zb);
                    if (value > 0 || !convolution) {
                        c[p][i] += za == 0 ? 0 : value * raising[i] / za;
                    } else {
                        c[p][i] += zb == 0 ? 0 : value * lowering[i] / zb;
                    }
                }
            }
        }
        return c;
    }

    private static double sum(double[][] values) {
        double sum = 0;
        for (double[] row : values) {
            for (double value : row) {
                sum += value;
            }
        }
        return sum;
    }

    private static double[][] expected(double[][] x, double[][] r, boolean convolution) {
        double[][] all = new double[x.length][INPUTS];
        for (boolean positive : new boolean[] {true, false}) {
            double[][] c = contributions(x, r, positive, convolution);
            double nonzeros = 0;
            for (double[] row : c) {
                for (double value : row) {
                    nonzeros += value != 0 ? 1 : 0;
                }
            }
            double excess = nonzeros == 0 ? 0 : (sum(c) - sum(r)) / nonzeros;
            for (int p = 0; p < x.length; p++) {
                for (int i = 0; i < INPUTS; i++) {
                    all[p][i] += c[p][i] == 0 ? 0 : c[p][i] - excess;
                }
            }
        }
        return all;
    }

    private static Tensor tensor(Shape shape, double[][] rows) {
        float[] data = new float[shape.size()];
        for (int i = 0; i < data.length; i++) {
            data[i] = (float) rows[i / rows[0].length][i % rows[0].length];
        }
        return Tensor.of(shape, data);
    }

    private static void assertClose(double[][] expected, Propagated actual) {
        for (int i = 0; i < actual.relevance().data().length; i++) {
            assertEquals(expected[i / INPUTS][i % INPUTS], actual.relevance().data()[i], 1e-5, "input " + i);
        }
    }

    @Test
    void atConvolutions() {
        Conv2d layer = Conv2d.of(tensor(Shape.of(3, 4, 1, 1), W));
        try (Engine engine = Engine.open()) {
            for (double[][] x : new double[][][] {MIXED, POSITIVE}) {
                Propagated actual = Rules.rap().propagate(engine, layer, tensor(Shape.of(1, 3, 4), x),
                        tensor(Shape.of(1, 3, 3), R));
                assertClose(expected(x, R, true), actual);
                assertEquals(x == MIXED ? -sum(R) : 0, actual.absorbed().withheld(), 1e-6);
                assertEquals(sum(R), actual.sum() + actual.absorbed().total(), 1e-5);
                assertEquals(Set.of(RelevanceAlgorithm.DIRECT), actual.algorithms());
            }
        }
    }

    @Test
    void atLinearLayers() {
        Linear layer = Linear.of(tensor(Shape.of(3, 4), W)).bias(Tensor.of(Shape.of(3), 5, 5, 5));
        try (Engine engine = Engine.open()) {
            for (int p = 0; p < MIXED.length; p++) {
                double[][] x = {MIXED[p]};
                double[][] r = {R[p]};
                Propagated actual = Rules.rap().propagate(engine, layer, tensor(Shape.of(4), x),
                        tensor(Shape.of(3), r));
                assertClose(expected(x, r, false), actual);
                assertEquals(sum(r), actual.sum() + actual.absorbed().total(), 1e-5, "biases take no part");
                assertEquals(Set.of(), actual.algorithms());
            }
        }
    }

    /** The negative input meets a weight of 0: it takes no part, and nothing is withheld for its sign. */
    @Test
    void inputsWithoutContributionsDoNotCountAsASign() {
        Linear layer = Linear.of(Tensor.of(Shape.of(1, 2), 1, 0));
        try (Engine engine = Engine.open()) {
            Propagated actual = Rules.rap().propagate(engine, layer, Tensor.of(Shape.of(2), 2, -3),
                    Tensor.of(Shape.of(1), 4));
            assertEquals(4, actual.relevance().data()[0], 1e-6);
            assertEquals(0, actual.relevance().data()[1]);
            assertEquals(AbsorbedRelevance.NONE.total(), actual.absorbed().total(), 1e-6);
        }
    }

    /** The four pairings of signs, the bias shared among the positive inputs, and the scale of absolute values. */
    @Test
    void theStartSharesTheBiasAmongPositiveInputs() {
        double[] bias = {0.5, -0.75, 1};
        double[] x = MIXED[0];
        for (double[] r : new double[][] {{0, 1.25, 0}, {2, -1, 0.5}}) {
            Linear layer = Linear.of(tensor(Shape.of(3, 4), W)).bias(tensor(Shape.of(3), new double[][] {bias}));
            try (Engine engine = Engine.open()) {
                Propagated actual = Rules.rapStart().propagate(engine, layer, tensor(Shape.of(4), MIXED),
                        tensor(Shape.of(3), new double[][] {r}));
                assertClose(new double[][] {start(x, r, bias)}, actual);
                assertEquals(sum(new double[][] {r}), actual.sum() + actual.absorbed().total(), 1e-5);
                assertTrue(actual.relevance().sumOfAbsolutes() > 0.1);
            }
        }
    }

    private static double[] start(double[] x, double[] r, double[] bias) {
        double[] q = new double[r.length];
        double raise = 0;
        double lower = 0;
        for (int o = 0; o < q.length; o++) {
            double y = bias[o];
            for (int i = 0; i < INPUTS; i++) {
                y += x[i] * W[o][i];
            }
            q[o] = r[o] / y;
            for (int i = 0; i < INPUTS; i++) {
                raise += Math.max(0, x[i] * W[o][i]) * q[o];
                lower += Math.min(0, x[i] * W[o][i]) * q[o];
            }
        }
        double[] c = new double[INPUTS];
        for (int o = 0; o < q.length; o++) {
            double positive = 0;
            double negative = 0;
            for (int i = 0; i < INPUTS; i++) {
                positive += x[i] > 0 ? Math.max(0, x[i] * W[o][i]) : 0;
                negative += x[i] > 0 ? Math.min(0, x[i] * W[o][i]) : 0;
            }
            for (int i = 0; i < INPUTS; i++) {
                double product = x[i] * W[o][i];
                c[i] += product * q[o];
                if (x[i] > 0 && product > 0) {
                    c[i] += product / positive * bias[o] * q[o] * raise / (raise + lower);
                }
                if (x[i] > 0 && product < 0) {
                    c[i] += product / negative * bias[o] * q[o] * lower / (raise + lower);
                }
            }
        }
        double sum = 0;
        double absolutes = 0;
        for (double value : c) {
            sum += value;
            absolutes += Math.abs(value);
        }
        for (int i = 0; i < c.length; i++) {
            c[i] = Math.abs(c[i]) * sum / absolutes;
        }
        return c;
    }

    @Test
    void theStartAbsorbsRelevanceAtOutputsOfZero() {
        Linear layer = Linear.of(Tensor.of(Shape.of(2, 2), 1, 1, 1, -1));
        try (Engine engine = Engine.open()) {
            Propagated actual = Rules.rapStart().propagate(engine, layer, Tensor.of(Shape.of(2), 2, 2),
                    Tensor.of(Shape.of(2), 4, 3));
            assertEquals(3, actual.absorbed().deadPositions(), 1e-6);
            assertEquals(4, actual.sum(), 1e-6);
            assertEquals(0, actual.absorbed().bias(), 1e-6);
            Propagated biased = Rules.rapStart().propagate(engine, layer.bias(Tensor.of(Shape.of(2), 1, 0)),
                    Tensor.of(Shape.of(2), -2, -2), Tensor.of(Shape.of(2), 3, 0));
            assertEquals(4, biased.sum(), 1e-6, "no positive input shares the bias");
            assertEquals(-1, biased.absorbed().bias(), 1e-6);
        }
    }

    @Test
    void whatTheRulesPromise() {
        for (Rule rule : new Rule[] {Rules.rap(), Rules.rapStart()}) {
            assertTrue(rule.returnsFreshTensors() && rule.name().startsWith("rap"));
            assertTrue(rule.fits(Linear.of(Tensor.of(Shape.of(1, 1), 1))) && !rule.fits(new ReLU()));
        }
    }
}
