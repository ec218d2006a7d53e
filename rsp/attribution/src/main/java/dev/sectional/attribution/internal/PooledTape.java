package dev.sectional.attribution.internal;

import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
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

    /**
     * Runs the network for gradients down to a node alone: {@link Network#forwardForGradients}.
     *
     * @param image {@code (C, H, W)}, normalised
     */
    public static PooledTape forGradients(Network network, Tensor image, int node) {
        return new PooledTape(network.forwardForGradients(image, node));
    }

    /** Runs the network on several images of one shape for gradients with respect to them. */
    public static List<PooledTape> forGradients(Network network, List<Tensor> images) {
        return network.forwardForGradients(images, Network.IMAGE_INDEX).stream().map(PooledTape::new).toList();
    }

    /** Returns the tape, which is valid until {@link #close}. */
    public Tape tape() {
        return tape;
    }

    /**
     * Releases the image as the first layer read it and the output of every node but the last, each array once; nothing
     * if a layer may hold one of them.
     */
    @Override
    public void close() {
        Network network = tape.network();
        if (!network.reusesMemory()) {
            return;
        }
        Set<float[]> done = Collections.newSetFromMap(new IdentityHashMap<>());
        done.add(tape.logits().data());
        if (done.add(tape.image().data())) {
            Execution.of(network.engine()).release(tape.image());
        }
        for (int node = 0; node < network.nodes().size(); node++) {
            if (tape.records(node) && done.add(tape.output(node).data())) {
                Execution.of(network.engine()).release(tape.output(node).data());
            }
        }
    }
}
