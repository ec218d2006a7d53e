package dev.sectional.nn;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Compares the memory that a pass through a network needs with the heap of the JVM. It counts what the pass holds for
 * certain; weights that may be dropped and buffers come to that, so a pass that is let through may still find the heap
 * full.
 *
 * @param network name of the network, for messages
 * @param image {@code (C, H, W)}
 * @param shapes of the outputs of all nodes
 * @param most bytes of the heap
 */
record MemoryNeed(String network, Shape image, NetworkGraph graph, Shape[] shapes, long most) {
    private static final long MEGABYTE = 1 << 20;

    /**
     * Returns the need of a pass on the heap of this JVM.
     *
     * @param image {@code (H, W, C)}
     */
    static MemoryNeed of(Network network, Shape image) {
        Shape chw = Shape.of(image.dim(2), image.dim(0), image.dim(1));
        return new MemoryNeed(network.name(), chw, network.graph(), network.shapes(chw),
                Runtime.getRuntime().maxMemory());
    }

    /** Returns the bytes of a tape of all nodes, each with its own output. */
    long ofTape() {
        return ofTape(0, true);
    }

    /**
     * Returns the bytes of a tape. Nodes that may share the array of their input do not count: those that only move
     * values, and those computed together with their input.
     *
     * @param from the first node whose output is recorded
     * @param each whether each layer's own output is recorded: see {@link ForwardPass}
     */
    private long ofTape(int from, boolean each) {
        return IntStream.range(Math.max(0, from), shapes.length)
                .filter(node -> !(graph.layer(node) instanceof Rearrangement) && !graph.isFusedWithInput(node, each))
                .mapToLong(node -> bytes(shapes[node])).sum();
    }

    /**
     * Returns the bytes of one target while it is propagated back: the largest output on the way.
     *
     * @param from node where the pass starts
     * @param to node where it ends, or {@link Network#IMAGE_INDEX}
     */
    long ofTarget(int from, int to) {
        boolean[] depends = graph.dependsOn(to);
        return IntStream.rangeClosed(Math.max(0, to), from).filter(node -> depends[node + 1])
                .mapToLong(node -> bytes(shapes[node])).max().orElse(0);
    }

    /** Returns the bytes of the weights that layers keep in the heap after a pass, those of a shared layer once. */
    long ofKeptWeights() {
        Set<Layer> counted = Collections.newSetFromMap(new IdentityHashMap<>());
        long kept = 0;
        for (int node = 0; node < shapes.length; node++) {
            if (counted.add(graph.layer(node))) {
                int input = graph.inputs(node)[0];
                kept += graph.layer(node).keptBytes(input == Network.IMAGE_INDEX
                        ? Shape.of(image.dim(1), image.dim(2), image.dim(0)) : shapes[input]);
            }
        }
        return kept;
    }

    /** Returns the bytes of all weights as kernels read them. Those of vectors may stay in their file. */
    private long ofWeights() {
        return IntStream.range(0, shapes.length).mapToLong(node -> (long) Float.BYTES * graph.layer(node).weightCount())
                .sum();
    }

    private static long bytes(Shape shape) {
        return (long) Float.BYTES * shape.size();
    }

    /**
     * Checks that the heap can hold a tape, the weights that layers keep, and what is propagated back.
     *
     * @param from,each as of {@link #ofTape(int, boolean)}
     * @param back bytes of all targets that are propagated back at once, 0 for a forward pass
     * @throws InputException if it cannot; the message says how much is needed and what to change
     */
    void require(int from, boolean each, long back) {
        if (ofTape(from, each) + ofKeptWeights() + back > most) {
            throw exceeded(null);
        }
    }

    /** Returns whether an error means a full heap: where the JDK links a lambda it wraps that in an InternalError. */
    static boolean isFullHeap(VirtualMachineError error) {
        return error instanceof OutOfMemoryError || error.getCause() instanceof OutOfMemoryError;
    }

    /** Returns the exception for a heap that is too small. */
    InputException exceeded(Throwable cause) {
        String message = "network '" + network + "': an image of " + image + " needs at least " + megabytes(ofTape())
                + " MB for the outputs of its layers, " + megabytes(ofTarget(shapes.length - 1, Network.IMAGE_INDEX))
                + " MB for each target that is propagated back at once, and up to " + megabytes(ofWeights())
                + " MB for weights; the heap of this JVM has " + megabytes(most) + " MB: start Java with a greater"
                + " -Xmx, or give smaller images or fewer targets at once";
        return cause == null ? new InputException(message) : new InputException(message, cause);
    }

    /** Returns the exception for a heap that became full outside a pass. */
    static InputException exceeded(String network, long most, Throwable cause) {
        return new InputException("network '" + network + "': the heap of this JVM, " + megabytes(most)
                + " MB, is full:"
                + " start Java with a greater -Xmx, or give smaller images or fewer targets at once", cause);
    }

    private static long megabytes(long bytes) {
        return (bytes + MEGABYTE - 1) / MEGABYTE;
    }
}
