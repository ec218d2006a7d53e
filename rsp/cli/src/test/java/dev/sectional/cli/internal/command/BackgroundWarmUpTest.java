package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

class BackgroundWarmUpTest {
    /** A network that could not be explained would end the thread at once. */
    @Test
    void runsUntilTheWorkBegins() throws InterruptedException {
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "with one core nothing is warmed up");
        BackgroundWarmUp.begin(new String[] {"explain", "image.png"});
        Thread thread = running();
        thread.join(500);
        assertTrue(thread.isAlive() && thread.isDaemon());
        BackgroundWarmUp.end();
        thread.join(30_000);
        assertFalse(thread.isAlive());
    }

    @Test
    void leavesChosenProvidersAlone() {
        BackgroundWarmUp.begin(new String[] {"explain", "image.png", "--provider=scalar"});
        assertEquals(0, Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("sectional-warm-up")).count());
    }

    private static Thread running() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("sectional-warm-up")).findFirst().orElseThrow();
    }
}
