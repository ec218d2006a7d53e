package dev.sectional.nn;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The name of a network, the resources that it closes, whether it is still open, and the threads that use it. A network
 * made from another one owns nothing and depends on the resources of that one, which counts the threads of both. Safe
 * for use by several threads.
 */
final class NetworkResources {
    private final String name;
    private final List<AutoCloseable> owned;
    private final NetworkResources parent;
    /** The first of the chain of parents, or this; its lock guards all that follows here. */
    private final NetworkResources root;
    private boolean closed;
    /** Unfinished calls of each thread. Only of the root. */
    private final Map<Thread, Integer> calls = new IdentityHashMap<>();

    private NetworkResources(String name, List<AutoCloseable> owned, NetworkResources parent) {
        this.name = name;
        this.owned = List.copyOf(owned);
        this.parent = parent;
        this.root = parent == null ? this : parent.root;
    }

    /** Creates the resources of a network that depends on no other. */
    static NetworkResources of(String name, List<AutoCloseable> owned) {
        return new NetworkResources(name, owned, null);
    }

    /** Creates the resources of a network that uses these and closes none of them. */
    NetworkResources borrowed(String other) {
        return new NetworkResources(other, List.of(), this);
    }

    String name() {
        return name;
    }

    /** Throws an IllegalStateException that names the network if it, or a network that it depends on, is closed. */
    void requireOpen() {
        synchronized (root) {
            if (closed) {
                throw new IllegalStateException("network '" + name + "' is closed");
            }
            for (NetworkResources each = parent; each != null; each = each.parent) {
                if (each.closed) {
                    throw new IllegalStateException("network '" + name + "' shares the engine and files of network '"
                            + each.name + "', which is closed: keep that one open as long as this one is used");
                }
            }
        }
    }

    /**
     * Starts a call of this thread; {@link #exit} ends it. Inside a call another one starts although close waits.
     *
     * @return whether the thread was in no call
     */
    boolean enter() {
        synchronized (root) {
            boolean first = !root.calls.containsKey(Thread.currentThread());
            if (first) {
                requireOpen();
            }
            root.calls.merge(Thread.currentThread(), 1, Integer::sum);
            return first;
        }
    }

    /** Ends a call of this thread. */
    void exit() {
        synchronized (root) {
            root.calls.computeIfPresent(Thread.currentThread(), (thread, count) -> count == 1 ? null : count - 1);
            root.notifyAll();
        }
    }

    /**
     * Waits for the calls of other threads, then closes every owned resource once, also after one fails. Throws the
     * first failure with the others suppressed.
     */
    void close() {
        if (!markClosed()) {
            return;
        }
        IllegalStateException failure = null;
        for (AutoCloseable each : owned) {
            try {
                each.close();
            } catch (Exception | Error e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                if (failure == null) {
                    String where = "network '" + name + "': cannot close " + each + ": ";
                    failure = new IllegalStateException(where + e.getMessage(), e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Returns whether this call is the first to close; then no call runs any more. */
    private boolean markClosed() {
        synchronized (root) {
            if (closed || parent != null) {
                boolean first = !closed;
                closed = true;
                return first;
            }
            if (calls.containsKey(Thread.currentThread())) {
                throw new IllegalStateException("network '" + name
                        + "' cannot be closed by a call that uses it: close it"
                        + " when the call has returned");
            }
            closed = true;
            boolean interrupted = false;
            while (!calls.isEmpty()) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            return true;
        }
    }
}
