package dev.sectional.laws;

import dev.sectional.core.Engine;
import dev.sectional.nn.Network;
import java.util.function.Function;

/** A network to check a method on: one that is built for a check, or an open one. */
public interface NetworkSource {
    /**
     * Calls a function with the network.
     *
     * @param engine for networks that are built; an open network has its own
     */
    <T> T with(Engine engine, Function<Network, T> use);

    /** {@return whether the network uses the engine that it is given, so that threads can be compared} */
    boolean usesEngine();

    /** {@return a source of one open network, which the caller closes} */
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
