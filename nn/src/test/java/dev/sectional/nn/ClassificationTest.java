package dev.sectional.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassificationTest {
    private static final ModelCard CARD = ModelCard.builder(Shape.of(3, 8, 8)).build();

    private static Classification of(ModelCard card, float... logits) {
        return Classification.of(Tensor.of(Shape.of(logits.length), logits), card);
    }

    @Test
    void ofEqualLogitsTheFirstIndexWins() {
        Classification ties = of(CARD, 1, 3, -2, 3, 1);
        assertEquals(1, ties.top().index());
        assertArrayEquals(new int[] {1, 3, 0, 4, 2}, ties.topIndices(5));
        assertEquals(List.of(1, 3), ties.top(2).stream().map(Classification.Entry::index).toList());
        assertEquals(5, ties.top(9).size());
        assertEquals(List.of(), ties.top(0));
        assertArrayEquals(new int[] {0, 1}, of(CARD, -0f, 0f).topIndices(2), "-0 equals 0");
        assertArrayEquals(new int[] {1, 0, 2}, of(CARD, Float.NEGATIVE_INFINITY, 2, Float.NaN).topIndices(3),
                "NaN is last");
    }

    @Test
    void theCardSaysHowLogitsBecomeProbabilities() {
        float[] softmax = of(CARD, 1000, 1000, 1000 - (float) Math.log(2)).probabilities();
        assertArrayEquals(new float[] {0.4f, 0.4f, 0.2f}, softmax, 1e-5f);
        ModelCard sigmoid = CARD.toBuilder().output(ModelCard.Output.SIGMOID).build();
        assertArrayEquals(new float[] {0.5f, 0.75f, 0}, of(sigmoid, 0, (float) Math.log(3), -1000).probabilities(),
                1e-6f);
    }

    @Test
    void outputsThatAreProbabilitiesStaySo() {
        ModelCard none = ModelCard.fromMetadata(CARD.toBuilder().output(ModelCard.Output.NONE).build().toMetadata());
        assertArrayEquals(new float[] {0.7f, 0, 1}, of(none, 0.7f, -1e-4f, 1 + 1e-4f).probabilities());
        assertEquals(0.3f, of(none, 0.3f).top().probability(), "one output, too");
        assertTrue(Float.isNaN(of(none, Float.NaN, 0).probabilities()[0]));
        String refusal = assertThrows(InputException.class, () -> of(none, 0, 7.5f)).getMessage();
        assertTrue(refusal.startsWith("output 1 is 7.5, but the network is said to give probabilities"), refusal);
        assertThrows(InputException.class, () -> of(none, -1, 0));
    }

    /** A network of two classes with one output: its softmax would be 1 for every image. */
    @Test
    void oneLogitIsThatOfASigmoid() {
        assertEquals(0.25f, of(CARD, -(float) Math.log(3)).top().probability(), 1e-6f);
    }

    @Test
    void namesClassesByLabelOrIndex() {
        ModelCard card = CARD.withLabels(List.of("cat", "dog"));
        assertEquals(new Classification.Entry("dog", 1, 0.75f, (float) Math.log(3)), of(card, 0, (float) Math.log(3))
                .top());
        assertEquals("1", of(CARD, 0, 1).top().label());
        assertThrows(IndexOutOfBoundsException.class, () -> of(CARD, 0, 1).get(2));
    }

    @Test
    void keepsItsOwnValues() {
        Tensor logits = Tensor.of(Shape.of(2), 1, 2);
        Classification classification = Classification.of(logits, CARD);
        logits.data()[0] = 9;
        classification.logits()[0] = 9;
        classification.probabilities()[0] = 9;
        assertArrayEquals(new float[] {1, 2}, classification.logits());
        assertEquals(1, classification.top().index());
    }
}
