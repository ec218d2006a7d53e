package dev.sectional.laws;

import dev.sectional.core.Engine;
import dev.sectional.nn.Network;
import java.util.function.Function;

/** A network to check a method on: one that is built for a check, or an open one. */
public interface NetworkSource {
    /**
     * Calls a function with the network.
     *
     * @param <T> the type of the result
     * @param engine for networks that are built; an open network has its own
     * @param use what to do with the network
     * @return what {@code use} returns
     */
    <T> T with(Engine engine, Function<Network, T> use);

    /** {@return whether the network uses the engine that it is given, so that threads can be compared} */
    boolean usesEngine();

    /**
     * {@return a source of one open network, which the caller closes}
     *
     * @param network stays the caller's
     */
    static NetworkSource of(Network network) {
        return new NetworkSource() {
            @Override
            public <T> T with(Engine engine, Function<Network, T> use) {
                return use.apply(network);
            }

            @Override
            public boolean usesEngine() {
                return false;
            }

            @Override
            public String toString() {
                return network.toString();
            }
        };
    }
}
