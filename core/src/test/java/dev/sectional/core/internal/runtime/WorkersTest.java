package dev.sectional.core.internal.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class WorkersTest {
    @Test
    void runsEachTaskOnceFromSeveralCallers() throws InterruptedException {
        try (Workers workers = new Workers(3)) {
            AtomicIntegerArray counts = new AtomicIntegerArray(1000);
            Thread[] callers = new Thread[4];
            for (int i = 0; i < callers.length; i++) {
                callers[i] = new Thread(() -> {
                    for (int repeat = 0; repeat < 50; repeat++) {
                        workers.run(1000, counts::incrementAndGet);
                    }
                });
                callers[i].start();
            }
            for (Thread caller : callers) {
                caller.join();
            }
            for (int i = 0; i < 1000; i++) {
                assertEquals(200, counts.get(i));
            }
        }
    }

    @Test
    void passesOnWhatATaskThrowsAndGoesOn() {
        try (Workers workers = new Workers(2)) {
            for (int repeat = 0; repeat < 50; repeat++) {
                assertThrows(IllegalStateException.class, () -> workers.run(100, task -> {
                    if (task == 3) {
                        throw new IllegalStateException("task 3");
                    }
                }));
            }
            AtomicInteger done = new AtomicInteger();
            workers.run(100, task -> done.incrementAndGet());
            assertEquals(100, done.get());
        }
    }

    @Test
    void leavesNoThreadAfterClose() {
        Workers workers = new Workers(4);
        workers.run(10, task -> { });
        workers.close();
        assertThrows(IllegalStateException.class, () -> workers.run(1, task -> { }));
        boolean left = Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().startsWith("sectional-worker-")
                        && thread.getThreadGroup() == Thread.currentThread().getThreadGroup()
                        && thread.isAlive());
        assertFalse(left);
    }

    @Test
    void theForcedProviderIsTheOneThatLoads() {
        try (Engine engine = Engine.open()) {
            String wanted = Provider.configured() == Provider.SCALAR ? "scalar" : "simd";
            assertTrue(engine.describe().startsWith(wanted), engine.describe());
        }
    }

    @Test
    void refusesNoThreads() {
        assertThrows(IllegalArgumentException.class, () -> new Workers(0));
    }
}
