package dev.sectional.cli.internal.output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class PaceTest {
    private long seconds;

    /** The first image, with the warm-up in it, made the first estimate ten times too long. */
    @Test
    void theWarmUpDoesNotCount() {
        Pace pace = new Pace(() -> seconds * 1_000_000_000);
        pace.at(100);   // of an earlier run
        seconds = 9;
        pace.at(101);
        assertTrue(pace.secondsLeft(200).isEmpty());
        seconds = 12;
        pace.at(104);
        assertTrue(pace.perSecond().isEmpty(), "from here on it counts");
        seconds = 14;
        pace.at(108);
        assertEquals(OptionalDouble.of(2), pace.perSecond());
        assertEquals(OptionalDouble.of(46), pace.secondsLeft(200));
    }

    @Test
    void theLastMinuteCounts() {
        Pace pace = new Pace(() -> seconds * 1_000_000_000);
        for (int done = 0; done <= 1000; done++) {
            pace.at(done);
            seconds += 10;
        }
        assertEquals(0.1, pace.perSecond().orElseThrow(), 1e-9);
        seconds += 30;
        pace.at(1010);
        for (int done = 1011; done <= 1500; done++) {
            seconds++;
            pace.at(done);
        }
        assertEquals(1, pace.perSecond().orElseThrow(), 1e-9);
        pace.at(1500);
        assertEquals(0, pace.secondsLeft(1500).orElseThrow());
    }
}
