package dev.sectional.core.internal.runtime;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * A fixed set of threads that share the tasks of a loop. The calling thread takes part: with one thread there are
 * no others. Several threads may call the same workers at once.
 *
 * <p>Any thread may run any task, in any order. A task therefore writes its own elements and never adds to those of
 * another task; then results do not depend on the number of threads.
 */
public final class Workers implements AutoCloseable {
    /** Elements of one chunk of an array. */
    private static final int CHUNK = 1 << 15;

    private final int threads;
    private final List<Thread> helpers = new ArrayList<>();
    private final Deque<Loop> loops = new ArrayDeque<>();
    private boolean closed;

    /**
     * Starts the threads.
     *
     * @param threads number of threads that work on one loop, the caller included; at least 1
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

    /** Returns the number of threads that work on one loop, the caller included. */
    public int threads() {
        return threads;
    }

    /**
     * Runs {@code body} once for each of {@code 0 .. tasks - 1}, and returns when all are done.
     *
     * @throws RuntimeException the first exception of a task; tasks that have not started by then never start
     * @throws IllegalStateException if these workers are closed
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

    /** The body of a loop over chunks of an array. */
    @FunctionalInterface
    public interface Chunk {
        /** Processes the elements {@code from <= i < to}. */
        void run(int from, int to);
    }

    /** Runs {@code body} on chunks of a fixed size of the elements {@code 0 .. length - 1}, as {@link #run} does. */
    public void parallelChunks(int length, Chunk body) {
        run((length + CHUNK - 1) / CHUNK, i -> body.run(i * CHUNK, Math.min(length, (i + 1) * CHUNK)));
    }

    /** Ends the threads and waits for them. Running loops finish first. */
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

    /**
     * Checks that these workers are open.
     *
     * @throws IllegalStateException if they are closed
     */
    public void requireOpen() {
        synchronized (loops) {
            if (closed) {
                throw new IllegalStateException("the engine is closed: open another");
            }
        }
    }

    private void help() {
        while (true) {
            try {
                Loop loop = next();
                if (loop == null) {
                    return;
                }
                loop.work();
                synchronized (loops) {
                    loops.remove(loop);
                }
            } catch (InterruptedException e) {
                return;   // only the end of the JVM interrupts these threads
            } catch (InternalError late) {
                continue;   // see Loop: it belongs to a finished loop, and the next read of the file fails again
            }
        }
    }

    /** Waits for a loop to help with; returns null once these workers are closed. */
    private Loop next() throws InterruptedException {
        synchronized (loops) {
            while (loops.isEmpty() && !closed) {
                loops.wait();
            }
            return loops.peek();
        }
    }

    /**
     * One call of {@link #run}: the next task, and the threads at work. Compiled code may report a read beyond the
     * end of a mapped file late, as an {@link InternalError} at any point of the thread. It then counts as the
     * failure of a task, so that no thread waits forever.
     */
    private static final class Loop {
        private final int tasks;
        private final IntConsumer body;
        private final AtomicInteger next = new AtomicInteger();
        private final List<Thread> atWork = new ArrayList<>();
        private Throwable failure;

        Loop(int tasks, IntConsumer body) {
            this.tasks = tasks;
            this.body = body;
        }

        void work() {
            Throwable thrown = null;
            try {
                enter();
                for (int task = next.getAndIncrement(); task < tasks; task = next.getAndIncrement()) {
                    body.accept(task);
                }
            } catch (Throwable t) {
                thrown = t;
            }
            for (boolean left = false; !left;) {
                try {
                    leave(thrown);
                    left = true;
                } catch (InternalError late) {
                    thrown = late;
                }
            }
        }

        private synchronized void enter() {
            atWork.add(Thread.currentThread());
        }

        private synchronized void leave(Throwable thrown) {
            if (thrown != null) {
                failure = failure == null ? thrown : failure;
                next.set(tasks);
            }
            atWork.remove(Thread.currentThread());
            notifyAll();
        }

        /** Waits for the other threads, then throws the failure of a task. The caller runs it after {@link #work}. */
        synchronized void await() {
            boolean interrupted = false;
            while (!atWork.isEmpty()) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (InternalError late) {
                    failure = failure == null ? late : failure;
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
