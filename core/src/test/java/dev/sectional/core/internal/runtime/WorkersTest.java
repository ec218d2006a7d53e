package dev.sectional.core.internal.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {
    private static final int PATIENCE_SECONDS = 120;

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

    /** Runs loops whose tasks wait for one another, so that every thread takes one; returns the threads. */
    private static Set<Thread> threadsOf(Workers workers) {
        CyclicBarrier together = new CyclicBarrier(workers.threads());
        Set<Thread> ran = ConcurrentHashMap.newKeySet();
        workers.run(workers.threads(), task -> {
            ran.add(Thread.currentThread());
            try {
                together.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                throw new AssertionError(e);
            }
        });
        ran.remove(Thread.currentThread());
        return ran;
    }

    @Test
    void idleThreadsEndAndStartAgain() throws InterruptedException {
        Workers neverClosed = new Workers(3, 20_000_000);
        Set<Thread> first = threadsOf(neverClosed);
        assertEquals(2, first.size());
        for (Thread thread : first) {
            thread.join(10_000);
            assertFalse(thread.isAlive());
        }
        Set<Thread> second = threadsOf(neverClosed);
        assertEquals(2, second.size());
        assertTrue(Collections.disjoint(first, second));
    }

    /** Threads that watch for a loop, and threads that sleep because none came, take part in the next one. */
    @ParameterizedTest
    @ValueSource(longs = {0, 5})
    void everyThreadTakesPartAfterAPause(long milliseconds) throws InterruptedException {
        int more = Runtime.getRuntime().availableProcessors() + 1;   // these never watch
        try (Workers few = new Workers(2); Workers many = new Workers(more)) {
            for (int repeat = 0; repeat < 5; repeat++) {
                Thread.sleep(milliseconds);
                assertEquals(1, threadsOf(few).size());
                assertEquals(more - 1, threadsOf(many).size());
            }
        }
    }

    /** Runs a loop of two tasks, of which the one of the other thread ends long after the caller's. */
    private static void runWithLateTask(Workers workers, Runnable late) {
        Thread caller = Thread.currentThread();
        CyclicBarrier together = new CyclicBarrier(2);
        workers.run(2, task -> {
            try {
                together.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
                if (Thread.currentThread() != caller) {
                    Thread.sleep(20);
                    late.run();
                }
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void aCallerThatSleepsGetsTheFailureOfALateTask() {
        try (Workers workers = new Workers(2)) {
            assertThrows(IllegalStateException.class, () -> runWithLateTask(workers, () -> {
                throw new IllegalStateException("late");
            }));
        }
    }

    @Test
    void anInterruptedCallerWaitsForLateTasksAndStaysInterrupted() {
        try (Workers workers = new Workers(2)) {
            AtomicInteger done = new AtomicInteger();
            Thread caller = Thread.currentThread();
            runWithLateTask(workers, () -> {
                caller.interrupt();
                try {
                    Thread.sleep(20);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                done.incrementAndGet();
            });
            assertEquals(1, done.get());
            assertTrue(Thread.interrupted());
        }
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
