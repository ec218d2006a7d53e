package dev.sectional.viewer.internal;

import dev.sectional.attribution.PassListener;
import dev.sectional.nn.Cancellation;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs a bounded number of calculations at once; a bounded number of others waits, and the rest is refused. A
 * calculation has a name, by which its progress is read and by which it is cancelled. For several threads.
 *
 * <p>Cancelling takes a waiting calculation out of the queue. A running one ends after its current layer, if it calls
 * the network with the cancellation of its ticket, else after its current pass; its caller does not wait for that.
 */
public final class Jobs implements AutoCloseable {
    private static final int CONFLICT = 409;
    private static final int TOO_MANY = 429;
    private static final int UNAVAILABLE = 503;

    private final ThreadPoolExecutor threads;
    private final Map<String, Job> jobs = new ConcurrentHashMap<>();

    /** What a job calculates. */
    @FunctionalInterface
    public interface Work<T> {
        /** @param ticket receives each pass, and ends the work by an exception if it was cancelled */
        T run(Ticket ticket) throws Exception;
    }

    /** A running job as its work sees it. */
    public interface Ticket extends PassListener {
        /** Returns what ends the calls of a network between two layers once the job is cancelled. */
        Cancellation cancellation();
    }

    /**
     * The state of a job.
     *
     * @param state {@code queued}, {@code running} or {@code unknown}, which it is also after it ended
     * @param done passes completed
     * @param total passes; 0 if it is not known, 1 for a single one
     */
    public record Progress(String state, int done, int total) {
    }

    private static final class Job implements Ticket {
        private final Cancellation cancellation = Cancellation.create();
        private volatile boolean started;
        private volatile boolean cancelled;
        private volatile int done;
        private volatile int total;
        private volatile FutureTask<?> task;

        @Override
        public Cancellation cancellation() {
            return cancellation;
        }

        @Override
        public void passed(int completed, int all) {
            done = completed;
            total = all;
            if (cancelled) {
                throw new CancellationException();
            }
        }
    }

    /**
     * Creates a pool of daemon threads.
     *
     * @param atOnce greatest number of running jobs, at least 1
     * @param waiting greatest number of waiting jobs, at least 1
     */
    public Jobs(int atOnce, int waiting) {
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(atOnce, atOnce, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(waiting),
                run -> {
            Thread thread = new Thread(run, "sectional-job-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Runs a job and waits for its result.
     *
     * @param name of the job, which no other unfinished job has
     * @throws Refusal with status 429 if too many jobs wait, 409 if it was cancelled or its name is taken, 503 if
     *     memory runs out
     */
    public <T> T run(String name, Work<T> work) {
        Job job = new Job();
        if (jobs.putIfAbsent(name, job) != null) {
            throw new Refusal(CONFLICT, "a job of this name runs already");
        }
        try {
            FutureTask<T> task = new FutureTask<>(started(job, work));
            job.task = task;
            threads.execute(task);
            return task.get();
        } catch (RejectedExecutionException e) {
            throw new Refusal(TOO_MANY, "too many explanations wait: try again in a moment");
        } catch (CancellationException e) {
            throw new Refusal(CONFLICT, "cancelled");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal(UNAVAILABLE, "the server stops");
        } catch (ExecutionException e) {
            throw failure(e.getCause());
        } finally {
            jobs.remove(name, job);
        }
    }

    private static <T> Callable<T> started(Job job, Work<T> work) {
        return () -> {
            job.started = true;
            if (job.cancelled) {
                throw new CancellationException();
            }
            return work.run(job);
        };
    }

    private static RuntimeException failure(Throwable cause) {
        if (cause instanceof CancellationException) {
            return new Refusal(CONFLICT, "cancelled");
        }
        if (cause instanceof OutOfMemoryError) {
            return new Refusal(UNAVAILABLE, "Java has too little memory for this: give it more with JAVA_OPTS=-Xmx"
                    + ((Runtime.getRuntime().maxMemory() >> 29) + 1) + "g");
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException failure ? failure : new IllegalStateException(cause);
    }

    /** Returns the state of a job. */
    public Progress progress(String name) {
        Job job = jobs.get(name);
        return job == null ? new Progress("unknown", 0, 0)
                : new Progress(job.started ? "running" : "queued", job.done, job.total);
    }

    /**
     * Cancels a job.
     *
     * @return false if there is no such job, or it has ended
     */
    public boolean cancel(String name) {
        Job job = jobs.get(name);
        if (job == null) {
            return false;
        }
        job.cancelled = true;
        job.cancellation.cancel();
        FutureTask<?> task = job.task;
        if (task != null) {
            task.cancel(false);   // ends the wait for it; without an interrupt, which would close channels of weights
            threads.remove(task);
        }
        return true;
    }

    /** Returns the number of jobs that a thread runs. */
    public int running() {
        return threads.getActiveCount();
    }

    /** Cancels all jobs. */
    @Override
    public void close() {
        jobs.keySet().forEach(this::cancel);
        threads.shutdown();
    }

    /**
     * Waits until every running job has ended.
     *
     * @return false if one still runs after so many seconds
     */
    public boolean awaitEnd(int seconds) throws InterruptedException {
        return threads.awaitTermination(seconds, TimeUnit.SECONDS);
    }
}
