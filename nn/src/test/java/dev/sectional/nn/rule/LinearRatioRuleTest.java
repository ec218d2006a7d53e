package dev.sectional.nn.rule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.rule.LinearRatioRule.OutputSign;
import dev.sectional.nn.rule.LinearRatioRule.Pass;
import dev.sectional.nn.rule.LinearRatioRule.Term;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Ratios that no rule of the field has, the tensors of others, and the memory of a pass. */
class LinearRatioRuleTest {
    private static final Stabiliser QUARTER = new Stabiliser(0.25);
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.configured(), 2);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static Tensor random(Shape shape, long seed) {
        Random random = new Random(seed);
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = (float) random.nextGaussian();
        }
        return tensor;
    }

    private static LinearRatioRule rule(OutputSign outputs, Modifier bias, Stabiliser stabiliser, Term... terms) {
        return new LinearRatioRule("test", List.of(new Pass(1, outputs, List.of(terms), bias)), stabiliser);
    }

    private static Term term(Modifier input, Modifier weight) {
        return new Term(input, weight);
    }

    /** Inputs, or weights, that are split by sign add up to the whole. */
    private static final Term[] THREE = {term(Modifier.POSITIVE, Modifier.IDENTITY),
        term(Modifier.NEGATIVE, Modifier.POSITIVE), term(Modifier.NEGATIVE, Modifier.NEGATIVE)};

    private static void assertClose(Propagated wanted, Propagated got) {
        float[] values = wanted.relevance().data();
        double greatest = 0;
        for (float value : values) {
            greatest = Math.max(greatest, Math.abs(value));
        }
        for (int i = 0; i < values.length; i++) {
            assertEquals(values[i], got.relevance().data()[i], 1e-4 * greatest, "element " + i);
        }
        assertEquals(wanted.absorbed().total(), got.absorbed().total(), 1e-4 * greatest * values.length);
    }

    /** Several chunks of outputs and of inputs, for convolutions with and without groups. */
    @Test
    void partsOfTheProductsAddUpToTheirSum() {
        Tensor x = random(Shape.of(64, 65, 8), 1);
        LinearRatioRule whole = rule(OutputSign.ANY, Modifier.ZERO, QUARTER,
                term(Modifier.IDENTITY, Modifier.IDENTITY));
        for (Conv2d layer : List.of(Conv2d.of(random(Shape.of(12, 8, 3, 3), 2)).padding(1),
                Conv2d.of(random(Shape.of(12, 8, 1, 1), 3)),
                Conv2d.of(random(Shape.of(12, 4, 1, 1), 4)).groups(2))) {
            Tensor r = random(layer.outputShape(x.shape()), 5);
            Propagated wanted = whole.propagate(engine, layer, x, r);
            assertClose(wanted, rule(OutputSign.ANY, Modifier.ZERO, QUARTER, THREE).propagate(engine, layer, x, r));
            for (int i = 0; i < 2; i++) {
                Modifier half = i == 0 ? Modifier.POSITIVE : Modifier.NEGATIVE;
                Modifier other = i == 0 ? Modifier.NEGATIVE : Modifier.POSITIVE;
                assertClose(wanted, rule(OutputSign.ANY, Modifier.ZERO, QUARTER, term(half, Modifier.IDENTITY),
                        term(other, Modifier.IDENTITY)).propagate(engine, layer, x, r));
                assertClose(wanted, rule(OutputSign.ANY, Modifier.ZERO, QUARTER, term(Modifier.IDENTITY, half),
                        term(Modifier.IDENTITY, other)).propagate(engine, layer, x, r));
            }
        }
    }

    /** Twice the inputs of one sign, in one term and in two. */
    @Test
    void termsMayReadTheSameInputs() {
        Tensor mixed = random(Shape.of(21, 20, 3), 6);
        Conv2d layer = Conv2d.of(random(Shape.of(4, 3, 1, 1), 7));
        Tensor r = random(layer.outputShape(mixed.shape()), 8);
        for (Tensor x : List.of(mixed, Modifier.POSITIVE.apply(mixed))) {
            assertTwice(Modifier.bySign(2, 0), Modifier.POSITIVE, layer, x, r);
        }
        assertTwice(Modifier.bySign(0, 2), Modifier.NEGATIVE, layer, mixed, r);
    }

    private static void assertTwice(Modifier twice, Modifier once, Conv2d layer, Tensor x, Tensor r) {
        assertClose(rule(OutputSign.ANY, Modifier.ZERO, QUARTER, term(twice, Modifier.IDENTITY))
                .propagate(engine, layer, x, r), rule(OutputSign.ANY, Modifier.ZERO, QUARTER,
                term(once, Modifier.IDENTITY), term(once, Modifier.IDENTITY)).propagate(engine, layer, x, r));
    }

    /** By hand: z = -1 and b = 3 give an output of 2, whose ratio is 5 / (2 + 1/2). */
    @Test
    void aRatioOfOneSignIsSharedWithBiasAndStabiliser() {
        Linear layer = Linear.of(Tensor.of(Shape.of(3, 1), -1, -1, -1)).bias(Tensor.of(Shape.of(3), 3, 1, -1));
        LinearRatioRule positive = rule(OutputSign.POSITIVE, Modifier.IDENTITY, new Stabiliser(0.5),
                term(Modifier.IDENTITY, Modifier.IDENTITY));
        Propagated actual = positive.propagate(engine, layer, Tensor.of(Shape.of(1), 1),
                Tensor.of(Shape.of(3), 5, 7, 11));
        assertEquals(-2, actual.relevance().data()[0], 1e-6);
        assertEquals(6, actual.absorbed().bias(), 1e-6);
        assertEquals(1, actual.absorbed().stabiliser(), 1e-6);
        assertEquals(7 + 11, actual.absorbed().deadPositions(), 1e-6);
    }

    /** The first output, 2, has no negative input, the second, 3, has one. */
    @Test
    void anOutputWithoutContributionsIsDead() {
        Linear layer = Linear.of(Tensor.of(Shape.of(2, 2), 1, 0, 1, -1));
        LinearRatioRule rule = rule(OutputSign.POSITIVE, Modifier.ZERO, Stabiliser.EXACT,
                term(Modifier.NEGATIVE, Modifier.IDENTITY));
        Propagated actual = rule.propagate(engine, layer, Tensor.of(Shape.of(2), 2, -1), Tensor.of(Shape.of(2), 5, 7));
        assertArrayEquals(new float[] {0, 7}, actual.relevance().data());
        assertEquals(5, actual.absorbed().deadPositions());
        assertEquals(5, actual.absorbed().total());
    }

    /** A pass of ratios without terms: the bias alone takes part. */
    @Test
    void biasesWithoutInputsAbsorbTheirShare() {
        Linear layer = Linear.of(Tensor.of(Shape.of(2, 1), 1, 1)).bias(Tensor.of(Shape.of(2), 1.5f, 0));
        Propagated actual = rule(OutputSign.ANY, Modifier.IDENTITY, new Stabiliser(0.5),
                term(Modifier.NEGATIVE, Modifier.IDENTITY)).propagate(engine, layer, Tensor.of(Shape.of(1), 1),
                Tensor.of(Shape.of(2), 4, 8));
        assertArrayEquals(new float[] {0}, actual.relevance().data());
        assertEquals(3, actual.absorbed().bias(), 1e-6);
        assertEquals(1, actual.absorbed().stabiliser(), 1e-6);
        assertEquals(8, actual.absorbed().deadPositions(), 1e-6);
    }

    private static void assertAbsorbed(double dead, double withheld, Rule rule, Tensor x) {
        Linear layer = Linear.of(Tensor.of(Shape.of(2, 4), 1, -2, -1, 1, 3, -1, -2, 2));
        Propagated actual = rule.propagate(engine, layer, x, Tensor.of(Shape.of(2), 3, 5));
        assertEquals(dead, actual.absorbed().deadPositions(), 1e-5, rule.name());
        assertEquals(withheld, actual.absorbed().withheld(), 1e-5, rule.name());
        assertEquals(8, actual.sum() + actual.absorbed().total(), 1e-5, rule.name());
    }

    /** A pass without inputs has no dead positions; what the scales of the others leave over is withheld. */
    @Test
    void passesWithoutInputsTakeNoPart() {
        Tensor negative = Tensor.of(Shape.of(4), -1, -2, 0, -1);
        Tensor mixed = Tensor.of(Shape.of(4), 1, -1, 1, -1);
        Tensor positive = Tensor.of(Shape.of(4), 1, 2, 1, 1);
        assertAbsorbed(0, 0, Rules.alphaBetaApart(2), negative);
        assertAbsorbed(0, -8, Rules.alphaBetaApart(2), mixed);
        assertAbsorbed(0, 0, Rules.alphaBetaApart(2), positive);
        assertAbsorbed(0, 8, Rules.contrast(), mixed);
        Pass whole = new Pass(1, OutputSign.ANY, List.of(term(Modifier.IDENTITY, Modifier.IDENTITY)), Modifier.ZERO);
        Pass twice = new Pass(1, OutputSign.ANY, List.of(term(Modifier.bySign(2, 0), Modifier.IDENTITY)),
                Modifier.ZERO);
        LinearRatioRule both = new LinearRatioRule("both", List.of(twice, whole), Stabiliser.EXACT);
        assertAbsorbed(0, 0, both, negative);
        assertAbsorbed(0, -8, both, positive);
        assertAbsorbed(8, 0, rule(OutputSign.ANY, Modifier.ZERO, Stabiliser.EXACT,
                term(Modifier.NEGATIVE, Modifier.IDENTITY)), positive);
    }

    @Test
    void termsWithOtherModifiersDiffer() {
        Term term = term(Modifier.POSITIVE, Modifier.NEGATIVE);
        assertEquals(term, term(Modifier.bySign(1, 0), Modifier.bySign(0, 1)));
        assertEquals(term.hashCode(), term(Modifier.bySign(1, 0), Modifier.bySign(0, 1)).hashCode());
        assertNotEquals(term, term(Modifier.POSITIVE, Modifier.POSITIVE));
        assertNotEquals(term, term(Modifier.NEGATIVE, Modifier.NEGATIVE));
    }

    @Test
    void fitsLayersWithWeights() {
        assertTrue(Rules.epsilon(1).fits(Linear.of(Tensor.zeros(Shape.of(1, 1)))));
        assertFalse(Rules.epsilon(1).fits(MaxPool2d.of(2)));
        assertTrue(Rules.epsilon(1).returnsFreshTensors());
    }

    /** A layer that keeps what it received and returned, and so is not pure. */
    private static final class Keeping implements WeightedLayer {
        private final WeightedLayer layer;
        private final List<Tensor> kept = new ArrayList<>();
        private final List<float[]> copies = new ArrayList<>();

        Keeping(WeightedLayer layer) {
            this.layer = layer;
        }

        private Tensor keep(Tensor tensor) {
            kept.add(tensor);
            copies.add(tensor.data().clone());
            return tensor;
        }

        void assertUnchanged(String name) {
            for (int i = 0; i < kept.size(); i++) {
                assertArrayEquals(copies.get(i), kept.get(i).data(), name + ", tensor " + i);
            }
        }

        @Override
        public Shape outputShape(Shape input) {
            return layer.outputShape(input);
        }

        @Override
        public Tensor forward(Engine engine, Tensor x) {
            return layer.forward(engine, x);
        }

        @Override
        public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
            return layer.gradient(engine, x, y, outputGradient);
        }

        @Override
        public TensorSource weights() {
            return layer.weights();
        }

        @Override
        public float[] bias() {
            return layer.bias();
        }

        @Override
        public Tensor forward(Engine engine, Tensor x, TensorSource weights) {
            return keep(layer.forward(engine, keep(x), weights));
        }

        @Override
        public Tensor inputGradient(Engine engine, Tensor outputGradient, TensorSource weights, Shape input) {
            return keep(layer.inputGradient(engine, keep(outputGradient), weights, input));
        }
    }

    private static final List<Rule> RULES = List.of(Rules.zero(), Rules.epsilon(0.25), Rules.zPlus(),
            Rules.alphaBeta(2), Rules.gamma(0.5), Rules.alphaBetaApart(2), Rules.flat(),
            rule(OutputSign.ANY, Modifier.ZERO, QUARTER, THREE));

    /** Outputs as many as inputs, so that a buffer returned too early would be the next one acquired. */
    @Test
    void tensorsThatALayerHoldsAreLeftAlone() {
        Linear linear = Linear.of(random(Shape.of(6, 6), 9)).bias(random(Shape.of(6), 10));
        for (Rule rule : RULES) {
            Keeping layer = new Keeping(linear);
            Tensor x = random(Shape.of(6), 11);
            Propagated first = rule.propagate(engine, layer, x, random(Shape.of(6), 12));
            float[] relevance = first.relevance().data().clone();
            rule.propagate(engine, layer, x, random(Shape.of(6), 13));
            Execution.of(engine).tensor(Shape.of(6)).data()[0] = Float.NaN;
            layer.assertUnchanged(rule.name());
            assertArrayEquals(relevance, first.relevance().data(), rule.name());
            assertClose(rule.propagate(engine, linear, x, random(Shape.of(6), 12)), first);
        }
    }

    @Test
    void inputsAndResultsAreLeftAlone() {
        Conv2d conv = Conv2d.of(random(Shape.of(3, 3, 3, 3), 14)).padding(1).bias(random(Shape.of(3), 15));
        Conv2d grouped = Conv2d.of(random(Shape.of(3, 1, 3, 3), 16)).padding(1).groups(3);
        Tensor nonnegative = Modifier.POSITIVE.apply(random(Shape.of(5, 4, 3), 18));
        for (Conv2d layer : List.of(conv, grouped)) {
            for (Tensor x : List.of(random(Shape.of(5, 4, 3), 17), nonnegative)) {
                for (Rule rule : RULES) {
                    Tensor r = random(Shape.of(5, 4, 3), 19);
                    float[][] before = {x.data().clone(), r.data().clone()};
                    Propagated first = rule.propagate(engine, layer, x, r);
                    float[] relevance = first.relevance().data().clone();
                    for (int i = 0; i < 2; i++) {
                        assertArrayEquals(relevance, rule.propagate(engine, layer, x, r).relevance().data(),
                                rule.name());
                    }
                    assertArrayEquals(relevance, first.relevance().data(), rule.name());
                    assertArrayEquals(before[0], x.data(), rule.name());
                    assertArrayEquals(before[1], r.data(), rule.name());
                }
            }
        }
    }

    /** Two relevances at once, so that products are kept for the second one. */
    private static void assertReturnsBuffers(long most, Rule rule, WeightedLayer layer, Tensor x) throws Exception {
        List<Tensor> rs = List.of(random(layer.outputShape(x.shape()), 20), random(layer.outputShape(x.shape()), 21));
        Allocations.assertFlat(most, each -> rule.propagateAll(each, layer, x, rs)
                .forEach(propagated -> Execution.of(each).release(propagated.relevance())));
    }

    /** Buffers of 64 KB. The positive and the negative part of the inputs, as large, are not taken from the pool. */
    @Test
    void aPassReturnsItsBuffersToThePool() throws Exception {
        Tensor x = random(Shape.of(32, 32, 16), 22);
        Conv2d window = Conv2d.of(random(Shape.of(16, 16, 3, 3), 23)).padding(1);
        Conv2d grouped = Conv2d.of(random(Shape.of(16, 1, 3, 3), 24)).padding(1).groups(16);
        assertReturnsBuffers(60_000, Rules.epsilon(0.25), window, x);
        assertReturnsBuffers(190_000, Rules.zPlus(), window, x);
        assertReturnsBuffers(225_000, Rules.gamma(0.5), window, x);
        assertReturnsBuffers(210_000, rule(OutputSign.ANY, Modifier.ZERO, QUARTER, THREE), grouped, x);
        assertReturnsBuffers(60_000, Rules.epsilon(0.25), Conv2d.of(random(Shape.of(16, 16, 1, 1), 25)).stride(2),
                random(Shape.of(64, 64, 16), 26));
    }

    /** A convolution of the size from which on the planner chooses Winograd: buffers of 400 KB. */
    @Tag("exhaustive")
    @Test
    void winogradReturnsItsBuffersToThePool() throws Exception {
        Tensor x = Modifier.bySign(1, -1).apply(random(Shape.of(28, 28, 128), 26));
        Conv2d layer = Conv2d.of(random(Shape.of(128, 128, 3, 3), 27)).padding(1);
        assertReturnsBuffers(1_100_000, Rules.zPlus(), layer, x);
    }
}
