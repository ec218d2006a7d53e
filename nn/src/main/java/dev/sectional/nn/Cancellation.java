package dev.sectional.nn;

import java.util.concurrent.CancellationException;

/**
 * Ends calls of a network from another thread, or by an interrupt. A call looks at it between two layers and then
 * throws a {@link CancellationException}; the network stays usable.
 *
 * <pre>{@code
 * Cancellation cancellation = Cancellation.create();
 * // in one thread
 * method.explain(network.cancelledBy(cancellation), image, target);
 * // in another one
 * cancellation.cancel();
 * }</pre>
 *
 * <p>Safe for use by several threads.
 */
public final class Cancellation {
    private final boolean byInterrupt;
    private volatile boolean cancelled;

    private Cancellation(boolean byInterrupt) {
        this.byInterrupt = byInterrupt;
    }

    /** {@return a cancellation that {@link #cancel} alone triggers} */
    public static Cancellation create() {
        return new Cancellation(false);
    }

    /**
     * {@return a cancellation that also ends the calls of a thread that is interrupted} The interrupt status stays set.
     */
    public static Cancellation byInterrupt() {
        return new Cancellation(true);
    }

    /** Ends all calls that look at this, present and future. */
    public void cancel() {
        cancelled = true;
    }

    /** {@return whether a call of this thread would end} */
    public boolean isCancelled() {
        return cancelled || byInterrupt && Thread.currentThread().isInterrupted();
    }

    /** Throws a CancellationException that names the network if {@link #isCancelled}. */
    void check(String network) {
        if (isCancelled()) {
            throw new CancellationException("network '" + network + "': the call was "
                    + (cancelled ? "cancelled" : "interrupted"));
        }
    }
}
