package dev.sectional.evaluation.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CounterRandomTest {
    @Test
    void numbersAreThoseOfSplitMix() {
        SplittableRandom known = new SplittableRandom(42);
        for (int i = 0; i < 100; i++) {
            assertEquals(known.nextLong(), new CounterRandom(42).bits(i));
        }
    }

    @Test
    void partsByNameAreTheSameEverywhere() {
        CounterRandom part = new CounterRandom(42).part("na\u00efve.png");
        assertEquals(8939628850322334343L, part.seed());
        assertEquals(0.09375093365621956, part.uniform(0));
        assertEquals(982, part.below(1, 1000));
    }

    @Test
    void partsDiffer() {
        assertNotEquals(new CounterRandom(1).part("a").bits(0), new CounterRandom(1).part("b").bits(0));
        assertNotEquals(new CounterRandom(1).part(0).bits(0), new CounterRandom(1).bits(0));
    }
}
