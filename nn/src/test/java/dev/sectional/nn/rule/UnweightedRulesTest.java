package dev.sectional.nn.rule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.AddConstant;
import dev.sectional.nn.layer.Arithmetic;
import dev.sectional.nn.layer.AvgPool2d;
import dev.sectional.nn.layer.BatchNorm2d;
import dev.sectional.nn.layer.Concat;
import dev.sectional.nn.layer.Constant;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Dropout;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.MatMul;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.MultiplyConstant;
import dev.sectional.nn.layer.Normalization;
import dev.sectional.nn.layer.Pad2d;
import dev.sectional.nn.layer.Pad;
import dev.sectional.nn.layer.Permute;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.layer.Reduce;
import dev.sectional.nn.layer.Softmax;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Rules of layers without weights against their formulas, with what each absorbs. */
class UnweightedRulesTest {
    private static final double EPSILON = 0.25;
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open();
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static Tensor vector(double... values) {
        float[] data = new float[values.length];
        for (int i = 0; i < data.length; i++) {
            data[i] = (float) values[i];
        }
        return Tensor.of(Shape.of(data.length), data);
    }

    private static Propagated run(Rule rule, Layer layer, Tensor r, Tensor... xs) {
        assertTrue(rule.fits(layer) && rule.returnsFreshTensors(), rule.name());
        Propagated actual = rule.propagate(engine, layer, List.of(xs), r);
        assertEquals(r.sum(), actual.sum() + actual.absorbed().total(), 1e-5, rule.name() + ": conservation");
        return actual;
    }

    private static void assertRelevance(Tensor actual, double... expected) {
        assertEquals(expected.length, actual.data().length);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual.data()[i], 1e-5, "input " + i);
        }
    }

    @Test
    void relevancePassesUnchangedOrToWhereItCameFrom() {
        Tensor r = Tensor.of(Shape.of(1, 2, 2), 1, -2, 3, 4);
        Tensor x = Tensor.of(Shape.of(1, 2, 2), -1, 1, 0, 2);
        BatchNorm2d norm = BatchNorm2d.of(vector(0, 1), vector(1, 4)).bias(vector(3, 3));
        for (Layer layer : List.of(new ReLU(), new Dropout(), norm, new MultiplyConstant(vector(5, 6)),
                new AddConstant(vector(5, 6)))) {
            assertRelevance(run(Rules.pass(), layer, r, x).relevance(), 1, -2, 3, 4);
        }
        assertRelevance(run(Rules.pass(), new Permute(2, 0, 1), Tensor.of(Shape.of(2, 1, 2), 1, -2, 3, 4), x)
                .relevance(), 1, 3, -2, 4);
        Tensor wide = Tensor.of(Shape.of(2, 1, 2, 2), 1, -2, 3, 4, 10, 20, 30, 40);
        assertRelevance(run(Rules.pass(), new AddConstant(Tensor.zeros(Shape.of(2, 1, 1, 1))), wide, x).relevance(),
                11, 18, 33, 44);
        List<Tensor> parts = run(Rules.pass(), new Concat(), Tensor.of(Shape.of(1, 1, 3), 1, 2, 3),
                Tensor.zeros(Shape.of(1, 1, 1)), Tensor.zeros(Shape.of(1, 1, 2))).relevances();
        assertRelevance(parts.get(0), 1);
        assertRelevance(parts.get(1), 2, 3);
        assertFalse(Rules.pass().fits(new Add()) || Rules.pass().fits(new MatMul()));
        assertThrows(IllegalArgumentException.class, () -> Rules.pass().propagate(engine, new MatMul(), x, r));
    }

    @Test
    void addedPositionsAndConstantsAbsorb() {
        Tensor x = Tensor.of(Shape.of(1, 2, 1), 5, 6);
        Tensor r = Tensor.of(Shape.of(1, 3, 1), 1, -2, 4);
        for (Layer layer : List.of(new Pad2d(0, 1, 0, 0),
                new Pad(new int[] {0, 1, 0}, new int[] {0, 0, 0}, Pad.Mode.CONSTANT, 7))) {
            Propagated padded = run(Rules.pass(), layer, r, x);
            assertRelevance(padded.relevance(), -2, 4);
            assertEquals(AbsorbedRelevance.deadPositions(1), padded.absorbed());
        }
        Propagated constant = run(Rules.pass(), new Constant(vector(1, 2)), vector(3, -5), x);
        assertRelevance(constant.relevance(), 0, 0);
        assertEquals(new AbsorbedRelevance(-2, 0, 0, 0), constant.absorbed());
    }

    @Test
    void theWinnerTakesAll() {
        Tensor x = Tensor.of(Shape.of(2, 2, 1), 1, 3, 3, -2);
        assertRelevance(run(Rules.winner(), MaxPool2d.of(2), Tensor.of(Shape.of(1, 1, 1), 7), x).relevance(),
                0, 7, 0, 0);
        assertRelevance(run(Rules.winner(), new Reduce(Reduce.Operation.MAX, new int[] {0}, false),
                Tensor.of(Shape.of(2, 1), 1, 5), x).relevance(), 0, 5, 1, 0);
        assertRelevance(run(Rules.winner(), new Reduce(Reduce.Operation.MIN, new int[] {0}, false),
                Tensor.of(Shape.of(2, 1), 1, 5), x).relevance(), 1, 0, 0, 5);
        for (Arithmetic.Operation operation : List.of(Arithmetic.Operation.MAXIMUM, Arithmetic.Operation.MINIMUM)) {
            boolean greater = operation == Arithmetic.Operation.MAXIMUM;
            List<Tensor> both = run(Rules.winner(), new Arithmetic(operation), vector(1, 2), vector(5, -1),
                    vector(4, 3)).relevances();
            assertRelevance(both.get(greater ? 0 : 1), 1, 0);
            assertRelevance(both.get(greater ? 1 : 0), 0, 2);
        }
        assertFalse(Rules.winner().fits(new Reduce(Reduce.Operation.SUM, new int[] {0}, false)));
        assertFalse(Rules.winner().fits(new Arithmetic(Arithmetic.Operation.SUBTRACT)));
        assertThrows(IllegalArgumentException.class,
                () -> Rules.winner().propagate(engine, new Add(), List.of(x, x), x));
    }

    @Test
    void sumsShareInProportion() {
        Rule rule = Rules.proportional(EPSILON);
        // sums 4, -2, 0
        Propagated sum = run(rule, new Add(), vector(17, 9, 5), vector(3, 1, 2), vector(1, -3, -2));
        assertRelevance(sum.relevances().get(0), 3 * 4, -4, 2 * 5 / EPSILON);
        assertRelevance(sum.relevances().get(1), 4, 12, -2 * 5 / EPSILON);
        assertEquals(4 * EPSILON + 4 * EPSILON, sum.absorbed().stabiliser(), 1e-5);
        assertEquals(5, sum.absorbed().deadPositions(), 1e-6);

        Propagated difference = run(rule, new Arithmetic(Arithmetic.Operation.SUBTRACT), vector(17, 9), vector(3, 1),
                vector(-1, 3));
        assertRelevance(difference.relevances().get(0), 12, -4);
        assertRelevance(difference.relevances().get(1), 4, 12);

        Propagated constant = run(rule, new AddConstant(vector(1, -3)), vector(17, 9), vector(3, 1));
        assertRelevance(constant.relevance(), 12, -4);
        assertEquals(16, constant.absorbed().bias(), 1e-5, "the constant's share");

        Propagated mean = run(rule, AvgPool2d.of(2), Tensor.of(Shape.of(1, 1, 1), 9),
                Tensor.of(Shape.of(2, 2, 1), 1, 2, -1, 6));
        assertRelevance(mean.relevance(), 1, 2, -1, 6);
        Propagated length = run(Rules.proportional(0), new Reduce(Reduce.Operation.L2, new int[] {0}, false),
                Tensor.of(Shape.of(), 10), vector(3, 4));
        assertRelevance(length.relevance(), 3.6, 6.4);
    }

    @Test
    void positiveSharesIgnoreNegativeInputs() {
        Propagated sum = run(Rules.positiveShares(), new Add(), vector(8, 9, 5), vector(3, 1, -2), vector(1, -3, -2));
        assertRelevance(sum.relevances().get(0), 6, 9, 0);
        assertRelevance(sum.relevances().get(1), 2, 0, 0);
        assertEquals(AbsorbedRelevance.deadPositions(5), sum.absorbed());
        for (Layer layer : List.of(new ReLU(), new Reduce(Reduce.Operation.MAX, new int[] {0}, false),
                new Reduce(Reduce.Operation.MIN, new int[] {0}, false), new Arithmetic(Arithmetic.Operation.DIVIDE))) {
            assertFalse(Rules.positiveShares().fits(layer));
        }
        assertThrows(IllegalArgumentException.class,
                () -> Rules.positiveShares().propagate(engine, new ReLU(), vector(1), vector(1)));
    }

    @Test
    void productsByElement() {
        Layer product = new Arithmetic(Arithmetic.Operation.MULTIPLY);
        Tensor map = Tensor.of(Shape.of(2, 2), 1, 2, 3, 4);
        Tensor gate = Tensor.of(Shape.of(1, 2), 5, 6);
        Tensor r = Tensor.of(Shape.of(2, 2), 1, 2, 3, 10);
        Propagated first = run(Rules.signal(0), product, r, map, gate);
        assertRelevance(first.relevances().get(0), 1, 2, 3, 10);
        assertRelevance(first.relevances().get(1), 0, 0);
        Propagated second = run(Rules.signal(1), product, r, map, gate);
        assertRelevance(second.relevances().get(0), 0, 0, 0, 0);
        assertRelevance(second.relevances().get(1), 4, 12);
        Propagated both = run(Rules.uniform(), product, r, map, gate);
        assertRelevance(both.relevances().get(0), 0.5, 1, 1.5, 5);
        assertRelevance(both.relevances().get(1), 2, 6);
        Layer quotient = new Arithmetic(Arithmetic.Operation.DIVIDE);
        assertRelevance(run(Rules.signal(0), quotient, r, map, gate).relevances().get(0), 1, 2, 3, 10);
        assertFalse(Rules.signal(1).fits(quotient) || Rules.uniform().fits(quotient));
        assertFalse(Rules.signal(0).fits(new Add()));
        assertFalse(Rules.signal(0).fits(new Arithmetic(Arithmetic.Operation.SUBTRACT)));
        assertThrows(IllegalArgumentException.class, () -> Rules.signal(2));
        assertThrows(IllegalArgumentException.class, () -> Rules.signal(-1));
        assertThrows(IllegalArgumentException.class,
                () -> Rules.uniform().propagate(engine, quotient, List.of(map, gate), r));
    }

    /** The products are 11 and 0: (1 2) (3 4)^T and (2 -1) (1 2)^T. */
    @Test
    void productsOfMatrices() {
        Tensor a = Tensor.of(Shape.of(1, 2), 1, 2);
        Tensor b = Tensor.of(Shape.of(2, 2), 3, 2, 4, -1);
        Tensor r = Tensor.of(Shape.of(1, 2), 22, 5);
        Layer product = new MatMul();
        Propagated first = run(new ProductRule("first", true, false, Stabiliser.EXACT), product, r, a, b);
        assertRelevance(first.relevances().get(0), 6, 16);
        assertRelevance(first.relevances().get(1), 0, 0, 0, 0);
        assertEquals(5, first.absorbed().deadPositions(), 1e-6);
        Propagated second = run(new ProductRule("second", false, true, Stabiliser.EXACT), product, r, a, b);
        assertRelevance(second.relevances().get(0), 0, 0);
        assertRelevance(second.relevances().get(1), 6, 0, 16, 0);
        Propagated both = run(new ProductRule("both", true, true, Stabiliser.EXACT), product, r, a, b);
        assertRelevance(both.relevances().get(0), 3, 8);
        assertRelevance(both.relevances().get(1), 3, 0, 8, 0);
        Propagated stabilised = run(new ProductRule("both", true, true, new Stabiliser(2)), product, r, a, b);
        assertRelevance(stabilised.relevances().get(0), 3 * 22 / 24.0 + 2 * 2.5, 8 * 22 / 24.0 - 2 * 2.5);
        assertEquals(22 / 24.0 * 2, stabilised.absorbed().stabiliser(), 1e-5);
    }

    @Test
    void constantDivisors() {
        double[] x = {1, 4, -2, 5};
        double[] weight = {1, -2, 0.5, 3};
        double[] bias = {0.5, 1, -1, 0.25};
        double[] r = {2, -1, 3, 1};
        Normalization layer = Normalization.layerNorm(1, 0.5).weight(vector(weight)).bias(vector(bias));
        double divisor = Math.sqrt((1 + 4 + 16 + 9) / 4.0 + 0.5);
        double[] s = new double[4];
        double mean = 0;
        double biased = 0;
        double stabilised = 0;
        for (int i = 0; i < 4; i++) {
            double y = weight[i] * (x[i] - 2) / divisor + bias[i];
            double signed = y < 0 ? -EPSILON : EPSILON;
            s[i] = r[i] / (y + signed);
            mean += s[i] * weight[i] / divisor / 4;
            biased += s[i] * bias[i];
            stabilised += s[i] * signed;
        }
        Propagated actual = run(Rules.constantDivisor(EPSILON), layer, vector(r), vector(x));
        for (int i = 0; i < 4; i++) {
            assertEquals(x[i] * (s[i] * weight[i] / divisor - mean), actual.relevance().data()[i], 1e-5);
        }
        assertEquals(biased, actual.absorbed().bias(), 1e-5);
        assertEquals(stabilised, actual.absorbed().stabiliser(), 1e-5);

        Propagated dead = run(Rules.constantDivisor(0), Normalization.rmsNorm(1, 0.5), vector(3, 1), vector(0, 2));
        assertEquals(3, dead.absorbed().deadPositions(), 1e-6);
        // The divisor is 2: -1 / 2 and the bias cancel, and 1 / 2 has no bias.
        Normalization shifted = Normalization.rmsNorm(1, 3).weight(vector(1, 1)).bias(vector(0.5, 0));
        Propagated cancelled = run(Rules.constantDivisor(0.5), shifted, vector(3, 0), vector(-1, 1));
        assertEquals(new AbsorbedRelevance(3, 3, 0, 0), cancelled.absorbed());
        Propagated exact = run(Rules.constantDivisor(0), shifted, vector(3, 0), vector(-1, 1));
        assertEquals(AbsorbedRelevance.deadPositions(3), exact.absorbed());
        Propagated unbiased = run(Rules.constantDivisor(0.5), Normalization.rmsNorm(1, 3), vector(3, 0), vector(0, 1));
        assertEquals(AbsorbedRelevance.deadPositions(3), unbiased.absorbed());
        assertEquals("constant divisor", Rules.constantDivisor(0).name());
        assertFalse(Rules.constantDivisor(0).fits(new ReLU()));
    }

    @Test
    void softmaxesAreConstantOrExpanded() {
        Tensor x = Tensor.of(Shape.of(2, 2), 1, 2, -1, 3);
        Tensor r = Tensor.of(Shape.of(2, 2), 2, 1, -3, 5);
        Propagated constant = run(Rules.constantSoftmax(), new Softmax(), r, x);
        assertRelevance(constant.relevance(), 0, 0, 0, 0);
        assertEquals(AbsorbedRelevance.withheld(5), constant.absorbed());
        Propagated expanded = run(Rules.expandedSoftmax(), new Softmax(), r, x);
        double p = 1 / (1 + Math.E);
        double q = 1 / (1 + Math.exp(4));
        assertRelevance(expanded.relevance(), 2 - p * 3, 2 * (1 - (1 - p) * 3), -(-3 - q * 2), 3 * (5 - (1 - q) * 2));
        assertEquals(0, expanded.absorbed().deadPositions());
        for (Rule rule : List.of(Rules.constantSoftmax(), Rules.expandedSoftmax())) {
            assertFalse(rule.fits(new Softmax().logarithm()) || rule.fits(new ReLU()));
        }
    }

    @Test
    void purgingKeepsTheSignOfEachPosition() {
        Tensor r = Tensor.of(Shape.of(1, 3, 2), 3, -1, -3, 1, 2, -2);
        Tensor x = Tensor.of(Shape.of(1, 3, 2), 1, 1, 1, 1, 1, 1);
        Rule rule = Rules.purging(Rules.pass());
        assertEquals("pass after purging", rule.name());
        assertTrue(rule.returnsFreshTensors() && rule.fits(new ReLU()) && !rule.fits(new Add()));
        Propagated purged = run(rule, new ReLU(), r, x);
        assertRelevance(purged.relevance(), 3, 0, -3, 0, 0, -2);
        assertEquals(AbsorbedRelevance.withheld(2), purged.absorbed());
        List<Propagated> all = rule.propagateAll(engine, new ReLU(), x, List.of(r, Tensor.zeros(r.shape())));
        assertArrayEquals(purged.relevance().data(), all.get(0).relevance().data());
        assertEquals(0, all.get(1).sumOfAbsolutes());
    }

    @Test
    void rulesOfOneInputRefuseMore() {
        Linear layer = Linear.of(Tensor.of(Shape.of(1, 2), 1, 2));
        Rule rule = Rules.zPlus();
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> rule.propagate(engine, layer, List.of(vector(1, 2), vector(1, 2)), vector(1)));
        assertTrue(e.getMessage().contains("rule z+ takes layers with one input, got 2 inputs"), e.getMessage());
        assertRelevance(rule.propagate(engine, layer, List.of(vector(1, 2)), vector(5)).relevance(), 1, 4);
        List<Propagated> all = rule.propagateAll(engine, layer, List.of(vector(1, 2)), List.of(vector(5), vector(10)));
        assertRelevance(all.get(1).relevance(), 2, 8);
        Tensor one = vector(1);
        assertEquals(2, Rules.uniform().propagateAll(engine, new Arithmetic(Arithmetic.Operation.MULTIPLY),
                List.of(one, one), List.of(one, one)).size());
        assertThrows(IllegalArgumentException.class, () -> Rules.zBox().propagate(engine, new ReLU(), one, one));
        assertFalse(Rules.zBox().fits(new ReLU()) || Rules.zPlus().fits(new ReLU()));
    }

    /** Three outputs: two of dead positions, whose windows hold one value; many enough for several tasks. */
    @Test
    void theBoxAbsorbsAtOutputsWithoutContribution() {
        int side = 40;
        Tensor x = Tensor.zeros(Shape.of(side, side, 1));
        Tensor r = Tensor.zeros(Shape.of(side, side, 1));
        double dead = 0;
        for (int i = 0; i < side * side; i++) {
            x.data()[i] = i % 3 == 0 ? 0 : 1 + i % 2;
            r.data()[i] = i % 5 - 1;
            dead += i % 3 == 0 ? r.data()[i] : 0;
        }
        Propagated actual = run(Rules.zBox(), Conv2d.of(Tensor.of(Shape.of(1, 1, 1, 1), 2)), r, x);
        assertEquals(dead, actual.absorbed().deadPositions(), 1e-4);
        assertTrue(dead > 100);
    }
}
