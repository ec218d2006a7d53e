package dev.sectional.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * A fixed set of threads that share the tasks of a loop. The calling thread takes part, so one thread means no extra
 * thread at all, and callers on several threads may use the same workers at once.
 *
 * <p>Which thread runs which task is left open. A task therefore writes places of its own and never adds to another's:
 * then results do not depend on the number of threads.
 */
public final class Workers implements AutoCloseable {
    /** Elements of one piece of an array. */
    private static final int PIECE = 1 << 15;

    private final int threads;
    private final List<Thread> helpers = new ArrayList<>();
    private final Deque<Loop> loops = new ArrayDeque<>();
    private boolean closed;

    /**
     * @param threads how many threads work on one loop, the caller included; at least 1
     */
    public Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("the number of threads is at least 1, got " + threads);
        }
        this.threads = threads;
        for (int i = 1; i < threads; i++) {
            Thread helper = new Thread(this::help, "sectional-worker-" + i);
            helper.setDaemon(true);
            helper.start();
            helpers.add(helper);
        }
    }

    /** How many threads work on one loop, the caller included. */
    public int threads() {
        return threads;
    }

    /**
     * Runs {@code body} once for each of {@code 0 .. tasks - 1} and returns when all are done.
     *
     * @throws RuntimeException what a task threw; the tasks not begun by then are left out
     * @throws IllegalStateException after {@link #close}
     */
    public void run(int tasks, IntConsumer body) {
        if (tasks <= 1 || threads == 1) {
            requireOpen();
            for (int i = 0; i < tasks; i++) {
                body.accept(i);
            }
            return;
        }
        Loop loop = new Loop(tasks, body);
        synchronized (loops) {
            requireOpen();
            loops.add(loop);
            loops.notifyAll();
        }
        loop.work();
        synchronized (loops) {
            loops.remove(loop);
        }
        loop.await();
    }

    /** A piece of an array to work on. */
    @FunctionalInterface
    public interface Piece {
        /** Does {@code from <= i < to}. */
        void run(int from, int to);
    }

    /** Runs {@code body} over the elements {@code 0 .. length - 1} in pieces of a fixed size, as {@link #run} does. */
    public void runPieces(int length, Piece body) {
        run((length + PIECE - 1) / PIECE, i -> body.run(i * PIECE, Math.min(length, (i + 1) * PIECE)));
    }

    /** Ends the threads and waits for them. Loops under way are finished first. */
    @Override
    public void close() {
        synchronized (loops) {
            closed = true;
            loops.notifyAll();
        }
        boolean interrupted = false;
        for (Thread helper : helpers) {
            while (helper.isAlive() && helper != Thread.currentThread()) {
                try {
                    helper.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void requireOpen() {
        synchronized (loops) {
            if (closed) {
                throw new IllegalStateException("these workers are closed");
            }
        }
    }

    private void help() {
        while (true) {
            Loop loop;
            synchronized (loops) {
                while (loops.isEmpty() && !closed) {
                    try {
                        loops.wait();
                    } catch (InterruptedException e) {
                        return;   // nobody but the JVM's own end interrupts these threads
                    }
                }
                loop = loops.peek();
                if (loop == null) {
                    return;
                }
            }
            loop.work();
            synchronized (loops) {
                loops.remove(loop);
            }
        }
    }

    /** One call of {@link #run}: the next task to take and the number of tasks that are done. */
    private static final class Loop {
        private final int tasks;
        private final IntConsumer body;
        private final AtomicInteger next = new AtomicInteger();
        private int done;
        private Throwable failure;

        Loop(int tasks, IntConsumer body) {
            this.tasks = tasks;
            this.body = body;
        }

        void work() {
            for (int task = next.getAndIncrement(); task < tasks; task = next.getAndIncrement()) {
                Throwable thrown = null;
                try {
                    body.accept(task);
                } catch (Throwable t) {
                    thrown = t;
                }
                finish(thrown);
            }
        }

        private synchronized void finish(Throwable thrown) {
            done++;
            if (thrown != null) {
                if (failure == null) {
                    failure = thrown;
                }
                int begun = Math.min(next.getAndSet(tasks), tasks);
                done += tasks - begun;
            }
            if (done == tasks) {
                notifyAll();
            }
        }

        synchronized void await() {
            boolean interrupted = false;
            while (done < tasks) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (failure instanceof RuntimeException e) {
                throw e;
            }
            if (failure instanceof Error e) {
                throw e;
            }
        }
    }
}
