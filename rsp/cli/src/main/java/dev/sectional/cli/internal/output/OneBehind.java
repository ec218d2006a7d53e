package dev.sectional.cli.internal.output;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Runs tasks in their order on other threads, one at a time, while the caller prepares the next. */
public final class OneBehind implements AutoCloseable {
    private FutureTask<Void> running;

    /**
     * Starts a task once the one before has ended.
     *
     * @throws RuntimeException what the task before threw; the new one does not start then
     */
    public void run(Runnable task) {
        await();
        running = new FutureTask<>(task, null);
        Thread thread = new Thread(running, "sectional-results");
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits for the last task, and throws what it threw. */
    @Override
    public void close() {
        await();
    }

    private void await() {
        FutureTask<Void> last = running;
        running = null;
        boolean interrupted = false;
        try {
            while (last != null) {
                try {
                    last.get();
                    last = null;
                } catch (InterruptedException e) {
                    interrupted = true;   // no result is left half written
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
