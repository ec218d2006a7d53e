package dev.sectional.attribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import java.util.List;
import org.junit.jupiter.api.Test;

class TargetTest {
    private static final String LABELS = "[\"cat\", \"dog\", \"dog\", \"7\"]";

    private static int[] classes(Target target) {
        try (Network network = network()) {
            return target.classes(network.forward(TinyNetwork.IMAGE));
        }
    }

    /** Logits 1, 3, 3, 2: the second and the third class are equal. */
    private static Network network() {
        return TinyNetwork.of(LABELS, 1, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0);
    }

    @Test
    void ofEqualLogitsTheSmallerIndexComesFirst() {
        assertArrayEquals(new int[] {1}, classes(Target.top(1)));
        assertArrayEquals(new int[] {1, 2, 3}, classes(Target.top(3)));
        assertArrayEquals(new int[] {1, 2, 3, 0}, classes(Target.top(4)));
        assertEquals("target top9: the model has 4 classes, give at most top4",
                assertThrows(InputException.class, () -> classes(Target.top(9))).getMessage());
    }

    @Test
    void aLabelOfSeveralClassesIsRefused() {
        for (String label : List.of("dog", "DOG")) {
            InputException e = assertThrows(InputException.class, () -> classes(Target.label(label)));
            assertTrue(e.getMessage().contains("'" + label + "' means several classes"), e.getMessage());
            assertTrue(e.getMessage().contains("1 (dog), 2 ("), e.getMessage());
        }
    }

    @Test
    void caseCountsOnlyWhereLabelsDifferByIt() {
        assertArrayEquals(new int[] {0}, classes(Target.label("CAT")));
    }

    @Test
    void suggestsALabelThatIsNear() {
        InputException e = assertThrows(InputException.class, () -> classes(Target.label("cta")));
        assertTrue(e.getMessage().endsWith("did you mean 'cat'?"), e.getMessage());
    }

    @Test
    void namesTheLabelsThatHoldAWord() {
        try (Network network = TinyNetwork.of("[\"tiger cat\", \"caterpillar\", \"Egyptian cat\", \"dog\"]",
                1, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0)) {
            Tape tape = network.forward(TinyNetwork.IMAGE);
            String word = assertThrows(InputException.class, () -> Target.label("Cat").classes(tape)).getMessage();
            assertTrue(word.endsWith("did you mean 0 (tiger cat), 2 (Egyptian cat)?"), word);
            String part = assertThrows(InputException.class, () -> Target.label("pillar").classes(tape)).getMessage();
            assertTrue(part.endsWith("did you mean 1 (caterpillar)?"), part);
            String brief = assertThrows(InputException.class, () -> Target.label("at").classes(tape)).getMessage();
            assertTrue(!brief.contains("(caterpillar)"), brief);
        }
    }

    @Test
    void parsesTopIndexAndLabel() {
        List<String> labels = List.of("cat", "dog", "dog", "7");
        assertEquals(Target.top(3), Target.parse("top3", labels));
        assertEquals(Target.of(2), Target.parse("2", labels));
        assertEquals(Target.label("7"), Target.parse("7", labels), "a label wins over an index");
        assertEquals(Target.label("bird"), Target.parse("bird", labels));
        assertThrows(InputException.class, () -> Target.parse("top0", labels));
    }

    @Test
    void anIndexOutOfRangeSaysTheRange() {
        for (int index : new int[] {-1, 4}) {
            InputException e = assertThrows(InputException.class, () -> classes(Target.of(index)));
            String said = index + " is out of range: the model has classes 0 to 3";
            assertTrue(e.getMessage().contains(said), e.getMessage());
        }
    }

    @Test
    void interestsMeanClassesOnce() {
        try (Network network = network()) {
            Tape tape = network.forward(TinyNetwork.IMAGE);
            assertArrayEquals(new int[] {1, 2}, Interest.top(2).classes(tape));
            assertArrayEquals(new int[] {2, 1, 3}, Interest.of(List.of(Target.of(2), Target.top(3))).classes(tape));
            float third = tape.probabilities()[3];
            assertArrayEquals(new int[] {1, 2, 3}, Interest.probability(third).classes(tape), "the bound counts");
            assertArrayEquals(new int[] {1, 2}, Interest.probability(Math.nextUp(third)).classes(tape));
            InputException more = assertThrows(InputException.class, () -> Interest.top(5).classes(tape));
            assertArrayEquals(Interest.top(4).classes(tape), Interest.upTo(5).classes(tape));
            assertEquals("classes of interest top5: the model has 4 classes, give at most top4", more.getMessage());
        }
        assertThrows(InputException.class, () -> Interest.top(0));
        assertThrows(InputException.class, () -> Interest.upTo(0));
        assertThrows(InputException.class, () -> Interest.probability(Double.NaN));
        assertThrows(InputException.class, () -> Interest.probability(1.5));
    }

    @Test
    void parsesClassesOfInterest() {
        try (Network network = network()) {
            Tape tape = network.forward(TinyNetwork.IMAGE);
            assertArrayEquals(new int[] {1, 2}, Interest.parse("top2").classes(tape));
            assertArrayEquals(Interest.probability(0.125).classes(tape), Interest.parse("p12.5").classes(tape));
            assertArrayEquals(new int[] {1, 2}, Interest.parse("p20").classes(tape));
            assertArrayEquals(new int[] {0, 3}, Interest.parse("cat++3").classes(tape), "nothing between signs");
        }
        assertThrows(InputException.class, () -> Interest.parse("p101"));
        assertThrows(InputException.class, () -> Interest.parse("top99999999999"));
        assertEquals(Interest.probability(0), Interest.parse("p0"));
        assertEquals(Interest.probability(1), Interest.parse("p100"));
        assertEquals(Interest.top(1), Interest.parse("top1"));
    }

    @Test
    void anUnknownLabelSaysWhichThereAre() {
        InputException e = assertThrows(InputException.class, () -> classes(Target.label("zebra")));
        assertTrue(e.getMessage().contains("it has cat, dog, dog, 7") && !e.getMessage().contains("..."),
                e.getMessage());
        try (Network network = TinyNetwork.of("[]", 1, 2, 3, 4)) {
            Tape tape = network.forward(TinyNetwork.IMAGE);
            InputException none = assertThrows(InputException.class, () -> Target.label("cat").classes(tape));
            assertTrue(none.getMessage().contains("it has no labels"), none.getMessage());
        }
        StringBuilder many = new StringBuilder("[\"c0\"");
        for (int i = 1; i < 21; i++) {
            many.append(", \"c").append(i).append('"');
        }
        try (Network network = TinyNetwork.of(many + "]", new float[84])) {
            Tape tape = network.forward(TinyNetwork.IMAGE);
            InputException cut = assertThrows(InputException.class, () -> Target.label("zebra").classes(tape));
            assertTrue(cut.getMessage().contains("c18, c19, ..."), cut.getMessage());
        }
    }
}
