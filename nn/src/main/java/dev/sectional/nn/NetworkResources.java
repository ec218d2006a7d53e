package dev.sectional.nn;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The name of a network, the resources that it closes, and whether it is still open. A network made by
 * {@link Network#replacing} owns nothing and depends on the resources of the network it was made from. Safe for use by
 * several threads.
 */
final class NetworkResources {
    private final String name;
    private final List<AutoCloseable> owned;
    private final NetworkResources parent;
    private final AtomicBoolean closed = new AtomicBoolean();

    private NetworkResources(String name, List<AutoCloseable> owned, NetworkResources parent) {
        this.name = name;
        this.owned = List.copyOf(owned);
        this.parent = parent;
    }

    /** Creates the resources of a network that depends on no other. */
    static NetworkResources of(String name, List<AutoCloseable> owned) {
        return new NetworkResources(name, owned, null);
    }

    /** Creates the resources of a network that uses these and closes none of them. */
    NetworkResources borrowed() {
        return new NetworkResources(name + " with replaced layers", List.of(), this);
    }

    String name() {
        return name;
    }

    /** Throws an IllegalStateException that names the network if it, or a network that it depends on, is closed. */
    void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("network '" + name + "' is closed");
        }
        for (NetworkResources each = parent; each != null; each = each.parent) {
            if (each.closed.get()) {
                throw new IllegalStateException("network '" + name + "' shares the engine and files of network '"
                        + each.name + "', which is closed: keep that one open as long as this one is used");
            }
        }
    }

    /** Closes every owned resource once, also after one fails. Throws the first failure with the others suppressed. */
    void close() {
        if (closed.getAndSet(true)) {
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
}
