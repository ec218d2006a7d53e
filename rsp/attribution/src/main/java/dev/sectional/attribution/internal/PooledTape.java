package dev.sectional.attribution.internal;

import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * A forward pass whose memory returns to the engine at the end of one block, so that a warm explanation allocates
 * little. No tensor of the tape may escape the block, except the logits.
 *
 * <pre>{@code
 * try (PooledTape pass = PooledTape.of(network, image)) {
 *     Tape tape = pass.tape();
 *     ...
 * }
 * }</pre>
 */
public final class PooledTape implements AutoCloseable {
    private final Tape tape;

    private PooledTape(Tape tape) {
        this.tape = tape;
    }

    /**
     * Runs the network.
     *
     * @param image {@code (C, H, W)}, normalised
     */
    public static PooledTape of(Network network, Tensor image) {
        return new PooledTape(network.forward(image));
    }

    /** Returns the tape, which is valid until {@link #close}. */
    public Tape tape() {
        return tape;
    }

    /** Releases the output of every node but the last, each array once; nothing if a layer may hold one of them. */
    @Override
    public void close() {
        Network network = tape.network();
        if (!network.reusesMemory()) {
            return;
        }
        Set<float[]> done = Collections.newSetFromMap(new IdentityHashMap<>());
        done.add(tape.image().data());
        done.add(tape.logits().data());
        for (int node = 0; node < network.nodes().size(); node++) {
            Tensor output = tape.output(node);
            if (output != null && done.add(output.data())) {   // null if the last pass has released it
                Execution.of(network.engine()).release(output);
            }
        }
    }
}
