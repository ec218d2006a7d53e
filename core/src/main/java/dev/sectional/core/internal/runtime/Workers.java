package dev.sectional.core.internal.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * Threads that share the tasks of a loop. The calling thread takes part: with one thread there are no others. Several
 * threads may call the same workers at once.
 *
 * <p>The other threads start with the first loop and end after ten seconds without one, so that workers which nobody
 * closes leave no thread behind. Where the host refuses a thread, the remaining ones do its work. A thread without
 * work watches for the next loop for a moment before it sleeps: waking it takes longer than many a loop.
 *
 * <p>Any thread may run any task, in any order. A task therefore writes its own elements and never adds to those of
 * another task; then results do not depend on the number of threads.
 */
public final class Workers implements AutoCloseable {
    /** Elements of one chunk of an array. */
    private static final int CHUNK = 1 << 15;

    /** Tasks of equal size for each thread, if there are several. */
    private static final int TASKS_OF_THREAD = 4;

    private static final int IDLE_SECONDS = 10;
    /** Time for which a thread watches before it sleeps: longer than what lies between two loops of a pass. */
    private static final long WATCH_NANOS = 200_000;

    private final int threads;
    private final long idleNanos;
    /** 0 where threads would watch instead of running, for lack of processors. */
    private final long watchNanos;
    private final Queue<Loop> loops = new ConcurrentLinkedQueue<>();
    /** The other threads that run; guards itself and the writes of the fields below. */
    private final List<Thread> helpers = new ArrayList<>();
    private volatile int running;
    /** Number of {@link #beginCall calls} under way. */
    private final AtomicInteger calls = new AtomicInteger();
    /** Number of the other threads that work on a loop. */
    private final AtomicInteger helping = new AtomicInteger();
    private volatile int sleeping;
    private volatile boolean closed;

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
        watchNanos = threads <= Runtime.getRuntime().availableProcessors() ? WATCH_NANOS : 0;
    }

    /** Starts the threads that are missing, as far as the host lets them. */
    private void startHelpers() {
        synchronized (helpers) {
            while (helpers.size() < threads - 1 && !closed) {
                // Thread locals of the caller, which a new thread would inherit, could keep the caller's classes alive.
                Thread helper = new Thread(null, this::help, "sectional-worker-" + (helpers.size() + 1), 0, false);
                try {
                    helper.setDaemon(true);
                    helper.start();
                } catch (SecurityException | OutOfMemoryError refused) {
                    return;
                }
                helpers.add(helper);
                running = helpers.size();
            }
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
        requireOpen();
        if (tasks <= 1 || threads == 1) {
            for (int i = 0; i < tasks; i++) {
                body.accept(i);
            }
            return;
        }
        if (running < threads - 1 && mostHelping() > 0) {
            startHelpers();
        }
        Loop loop = new Loop(tasks, body, threads);
        loops.add(loop);
        if (sleeping > 0 && helping.get() < mostHelping()) {
            synchronized (helpers) {
                helpers.notifyAll();
            }
        }
        loop.work();
        loops.remove(loop);
        loop.await(watchNanos);
    }

    /**
     * Announces that the current thread will run loops, until {@link #endCall}. Callers of the same time share the
     * threads: where they are as many, each runs its loops alone, which is more than several threads for each would do.
     */
    public void beginCall() {
        calls.incrementAndGet();
    }

    /** Ends what {@link #beginCall} began. */
    public void endCall() {
        calls.decrementAndGet();
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

    /**
     * Returns the size of equal parts of {@code all} that become tasks, so that all threads end at about the same time.
     *
     * @param unit of which the size is a multiple
     * @param most greatest size, rounded up to {@code unit}
     * @param others number of tasks that each part becomes
     */
    public int evenPart(int all, int unit, int most, int others) {
        int wanted = threads == 1 ? 1 : (TASKS_OF_THREAD * threads + others - 1) / Math.max(1, others);
        int parts = Math.max(1, Math.max((int) (((long) all + most - 1) / most), Math.min(wanted, all / unit)));
        return Math.max(1, ((all + parts - 1) / parts + unit - 1) / unit) * unit;
    }

    /** Ends the threads and waits for them. Running loops finish first. */
    @Override
    public void close() {
        List<Thread> ending;
        synchronized (helpers) {
            closed = true;
            helpers.notifyAll();
            ending = List.copyOf(helpers);
        }
        boolean interrupted = false;
        for (Thread helper : ending) {
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
        if (closed) {
            throw new IllegalStateException("the engine is closed: open another");
        }
    }

    private void help() {
        try {
            helpUntilIdle();
        } finally {
            end();
        }
    }

    /** Forgets the current thread, so that the next loop starts another. */
    private void end() {
        synchronized (helpers) {
            helpers.remove(Thread.currentThread());
            running = helpers.size();
        }
    }

    private void helpUntilIdle() {
        while (true) {
            try {
                Loop loop = next();
                if (loop == null) {
                    return;
                }
                try {
                    loop.work();
                } finally {
                    helping.decrementAndGet();
                }
                loops.remove(loop);
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
        do {
            Loop loop = join();
            if (loop != null) {
                return loop;
            }
            Thread.onSpinWait();
        } while (!closed && System.nanoTime() - start < watchNanos);
        synchronized (helpers) {
            // A caller adds its loop before it reads this number, so that no loop is missed.
            sleeping++;
            try {
                Loop loop = join();
                while (loop == null && !closed) {
                    long left = idleNanos - (System.nanoTime() - start);
                    if (left <= 0) {
                        end();
                        return null;
                    }
                    TimeUnit.NANOSECONDS.timedWait(helpers, left);
                    loop = join();
                }
                return loop;
            } finally {
                sleeping--;
            }
        }
    }

    /** Returns the number of the other threads that may work at once: together with all callers, {@link #threads}. */
    private int mostHelping() {
        return threads - Math.max(1, calls.get());
    }

    /** Returns a loop that the current thread counts as helping with; null if there is none or it is not needed. */
    private Loop join() {
        Loop loop = loops.peek();
        if (loop == null) {
            return null;
        }
        for (int count = helping.get(); count < mostHelping(); count = helping.get()) {
            if (helping.compareAndSet(count, count + 1)) {
                return loop;
            }
        }
        return null;
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
        /** Number of threads that have come; each has the seat of its number, which is 1 while it is at work. */
        private final AtomicInteger came = new AtomicInteger();
        private final AtomicIntegerArray atWork;
        /** The caller while it sleeps. */
        private volatile Thread waiting;
        private Throwable failure;

        Loop(int tasks, IntConsumer body, int threads) {
            this.tasks = tasks;
            this.body = body;
            atWork = new AtomicIntegerArray(threads);
        }

        void work() {
            if (next.get() >= tasks) {
                return;
            }
            int seat = came.getAndIncrement();
            if (seat >= atWork.length()) {
                return;
            }
            Throwable thrown = null;
            try {
                atWork.set(seat, 1);
                for (int task = next.getAndIncrement(); task < tasks; task = next.getAndIncrement()) {
                    body.accept(task);
                }
            } catch (Throwable t) {
                thrown = t;
            }
            for (boolean left = false; !left;) {
                try {
                    leave(seat, thrown);
                    left = true;
                } catch (InternalError late) {
                    thrown = late;
                }
            }
        }

        /** Frees a seat. Doing so twice does no harm. */
        private void leave(int seat, Throwable thrown) {
            if (thrown != null) {
                fail(thrown);
                next.set(tasks);
            }
            atWork.set(seat, 0);
            Thread sleeper = waiting;
            if (sleeper != null) {
                LockSupport.unpark(sleeper);
            }
        }

        private synchronized void fail(Throwable thrown) {
            failure = failure == null ? thrown : failure;
        }

        private synchronized Throwable failure() {
            return failure;
        }

        /** Waits for the other threads, then throws the failure of a task. The caller runs it after {@link #work}. */
        void await(long watchNanos) {
            boolean interrupted = false;
            for (boolean done = false; !done;) {
                try {
                    interrupted |= awaitOthers(watchNanos);
                    done = true;
                } catch (InternalError late) {
                    fail(late);
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            Throwable thrown = failure();
            if (thrown instanceof RuntimeException e) {
                throw e;
            }
            if (thrown instanceof Error e) {
                throw e;
            }
        }

        /** Returns whether this thread was interrupted meanwhile. */
        private boolean awaitOthers(long watchNanos) {
            if (!isBusy()) {
                return false;
            }
            long start = System.nanoTime();
            while (System.nanoTime() - start < watchNanos) {
                Thread.onSpinWait();
                if (!isBusy()) {
                    return false;
                }
            }
            boolean interrupted = false;
            waiting = Thread.currentThread();
            while (isBusy()) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
            return interrupted;
        }

        private boolean isBusy() {
            for (int seat = Math.min(came.get(), atWork.length()) - 1; seat >= 0; seat--) {
                if (atWork.get(seat) != 0) {
                    return true;
                }
            }
            return false;
        }
    }
}
