package dev.sectional.nn.rule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Stabilised division, modifiers of values, and the sums of accounts. */
class StabiliserTest {
    @Test
    void epsilonHasTheSignOfTheDenominatorAndZeroCountsAsPositive() {
        Stabiliser stabiliser = new Stabiliser(0.5);
        assertEquals(0.5, stabiliser.signedEpsilon(3));
        assertEquals(-0.5, stabiliser.signedEpsilon(-3));
        assertEquals(0.5, stabiliser.signedEpsilon(0));
        assertEquals(0.5, stabiliser.signedEpsilon(-0.0));
        assertEquals(2, stabiliser.divide(7, 3));
        assertEquals(-2, stabiliser.divide(7, -3));
        assertEquals(14, stabiliser.divide(7, 0));
    }

    @Test
    void exactDivisionByZeroIsZero() {
        assertEquals(0, Stabiliser.EXACT.divide(7, 0));
        assertEquals(-3.5, Stabiliser.EXACT.divide(7, -2));
        assertEquals(1e-6, Stabiliser.DEFAULT.epsilon());
        for (double wrong : new double[] {-1e-9, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class, () -> new Stabiliser(wrong));
        }
    }

    @Test
    void modifiersApplyTheirFormula() {
        Modifier modifier = new Modifier(2, -3, 0.5f, 1);
        assertEquals(2 * 4 + 0.5f * 16 + 1, modifier.apply(4f));
        assertEquals(-3 * -4 + 0.5f * 16 + 1, modifier.apply(-4f));
        Tensor values = Tensor.of(Shape.of(5), 4, -4, 0, 1, -1);
        float[] expected = {17, 21, 1, 3.5f, 4.5f};
        assertArrayEquals(expected, modifier.apply(values).data());
        assertSame(values, Modifier.IDENTITY.apply(values));
        try (Engine engine = Engine.open()) {
            assertArrayEquals(expected,
                    modifier.apply(engine, (TensorSource) values).tensor().data());
            assertSame(values, Modifier.IDENTITY.apply(engine, (TensorSource) values));
            TensorSource modified = modifier.apply(engine, stored(values));
            assertEquals(Shape.of(5), modified.shape());
            float[] read = new float[4];
            modified.read(1, read, 1, 3);
            assertArrayEquals(new float[] {0, 21, 1, 3.5f}, read);
        }
    }

    /** A source that is not in memory. */
    private static TensorSource stored(Tensor values) {
        return new TensorSource() {
            @Override
            public Shape shape() {
                return values.shape();
            }

            @Override
            public void read(int from, float[] into, int at, int count) {
                values.read(from, into, at, count);
            }
        };
    }

    @Test
    void aLargeTensorIsModifiedInEveryPart() {
        Tensor values = Tensor.zeros(Shape.of(100_003));
        for (int i = 0; i < values.data().length; i++) {
            values.data()[i] = i % 17 - 8;
        }
        try (Engine engine = Engine.open()) {
            float[] modified = Modifier.POSITIVE.apply(engine, (TensorSource) values).tensor().data();
            for (int i = 0; i < modified.length; i++) {
                assertEquals(Math.max(0, i % 17 - 8), modified[i], i + "");
            }
        }
    }

    @Test
    void modifiersAreEqualByTheirNumbers() {
        Modifier modifier = new Modifier(1, 2, 3, 4);
        assertEquals(new Modifier(1, 2, 3, 4), modifier);
        assertEquals(new Modifier(1, 2, 3, 4).hashCode(), modifier.hashCode());
        Set<Modifier> others = Set.of(new Modifier(0, 2, 3, 4), new Modifier(1, 0, 3, 4), new Modifier(1, 2, 0, 4),
                new Modifier(1, 2, 3, 0));
        for (Modifier other : others) {
            assertNotEquals(other, modifier);
            assertNotEquals(other.hashCode(), modifier.hashCode());
        }
        assertTrue(Modifier.NEGATIVE.isScaleBySign() && Modifier.ZERO.isScaleBySign());
        assertTrue(!Modifier.ONE.isScaleBySign() && !Modifier.SQUARE.isScaleBySign());
    }

    @Test
    void accountsAddUpByComponent() {
        AbsorbedRelevance one = new AbsorbedRelevance(1, 10, 100, 1000);
        assertEquals(1111, one.total());
        assertEquals(new AbsorbedRelevance(3, 30, 300, 3000), one.plus(new AbsorbedRelevance(2, 20, 200, 2000)));
        assertEquals(new AbsorbedRelevance(0.5, 5, 50, 500), one.times(0.5));
        assertEquals(new AbsorbedRelevance(0, 0, 7, 0), AbsorbedRelevance.deadPositions(7));
        assertEquals(new AbsorbedRelevance(0, 0, 0, 7), AbsorbedRelevance.withheld(7));
    }

    @Test
    void sumsOfAResultIncludeEveryInput() {
        Propagated propagated = new Propagated(List.of(Tensor.of(Shape.of(2), 1, -3), Tensor.of(Shape.of(1), 5)),
                AbsorbedRelevance.NONE);
        assertEquals(3, propagated.sum());
        assertEquals(9, propagated.sumOfAbsolutes());
        try (Engine engine = Engine.open()) {
            assertEquals(new Propagated.Sums(3, 9), propagated.sums(engine));
        }
        List<Tensor> inputs = List.of(Tensor.zeros(Shape.of(2)), Tensor.zeros(Shape.of(1)));
        assertSame(propagated, propagated.requireShapesOf(inputs, "rule", "layer"));
        assertThrows(IllegalStateException.class,
                () -> propagated.requireShapesOf(inputs.subList(0, 1), "rule", "layer"));
    }
}
