package dev.sectional.core.internal.runtime;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Threads that share the tasks of a loop. The calling thread takes part: with one thread there are no others. Several
 * threads may call the same workers at once.
 *
 * <p>The other threads start with the first loop and end after ten seconds without one, so that workers which nobody
 * closes leave no thread behind. Where the host refuses a thread, the remaining ones do its work.
 *
 * <p>Any thread may run any task, in any order. A task therefore writes its own elements and never adds to those of
 * another task; then results do not depend on the number of threads.
 */
public final class Workers implements AutoCloseable {
    /** Elements of one chunk of an array. */
    private static final int CHUNK = 1 << 15;

    private static final int IDLE_SECONDS = 10;

    private final int threads;
    private final long idleNanos;
    private final Deque<Loop> loops = new ArrayDeque<>();
    /** The other threads that run. Like {@link #closed} guarded by {@link #loops}. */
    private final List<Thread> helpers = new ArrayList<>();
    private boolean closed;

    /**
     * Creates workers. No thread starts yet.
     *
     * @param threads number of threads that work on one loop, the caller included; at least 1
     */
    public Workers(int threads) {
        this(threads, TimeUnit.SECONDS.toNanos(IDLE_SECONDS));
    }

    /** @param idleNanos time without a loop after which a thread ends */
    Workers(int threads, long idleNanos) {
        if (threads < 1) {
            throw new IllegalArgumentException("the number of threads is at least 1, got " + threads);
        }
        this.threads = threads;
        this.idleNanos = idleNanos;
    }

    /** Starts the threads that are missing, as far as the host lets them. The caller holds the lock. */
    private void startHelpers() {
        while (helpers.size() < threads - 1) {
            // Thread locals of the caller, which a new thread would inherit, could keep the caller's classes alive.
            Thread helper = new Thread(null, this::help, "sectional-worker-" + (helpers.size() + 1), 0, false);
            try {
                helper.setDaemon(true);
                helper.start();
            } catch (SecurityException | OutOfMemoryError refused) {
                return;
            }
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
            startHelpers();
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
        List<Thread> running;
        synchronized (loops) {
            closed = true;
            loops.notifyAll();
            running = List.copyOf(helpers);
        }
        boolean interrupted = false;
        for (Thread helper : running) {
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
        try {
            helpUntilIdle();
        } finally {
            synchronized (loops) {
                helpers.remove(Thread.currentThread());
            }
        }
    }

    private void helpUntilIdle() {
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

    /** Waits for a loop to help with; returns null once these workers are closed, or have been idle for long. */
    private Loop next() throws InterruptedException {
        long start = System.nanoTime();
        synchronized (loops) {
            while (loops.isEmpty() && !closed) {
                long left = idleNanos - (System.nanoTime() - start);
                if (left <= 0) {
                    helpers.remove(Thread.currentThread());   // under this lock, so that the next loop starts another
                    return null;
                }
                TimeUnit.NANOSECONDS.timedWait(loops, left);
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
