package dev.sectional.nn;

import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.io.MappedFile;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Runs the nodes of a network on the tapes of one or several images. */
final class ForwardPass {
    /** Images whose feature maps are in memory at once. */
    private static final int MOST_AT_ONCE = 4;

    private final Network network;
    private final NetworkGraph graph;
    /** For each node whether it was computed with a node before it: {@link RowFusion}. */
    private final boolean[] done;

    ForwardPass(Network network) {
        this.network = network;
        this.graph = network.graph();
        done = new boolean[graph.size()];
    }

    /**
     * Runs all nodes on several images, and drops each output after its last reader ran. Threads take whole images, so
     * that they need not wait for each other, and share the layers of those that are left at the end.
     *
     * @param batched index of the first node that runs on all images together
     */
    static void runBatch(Network network, List<Tape> tapes, int batched) {
        ForwardPass[] passes = tapes.stream().map(tape -> new ForwardPass(network)).toArray(ForwardPass[]::new);
        AtomicInteger next = new AtomicInteger();
        Execution.of(network.engine()).workers().run(Math.min(MOST_AT_ONCE, passes.length), task -> {
            for (int i = next.getAndIncrement(); i < passes.length; i = next.getAndIncrement()) {
                passes[i].run(List.of(tapes.get(i)), 0, batched, true);
            }
        });
        passes[0].run(tapes, batched, network.graph().size(), true);
    }

    /**
     * Runs the nodes {@code first <= i < end} on several images.
     *
     * @param dropping whether each output is dropped, and its memory reused, after its last reader ran
     */
    void run(List<Tape> tapes, int first, int end, boolean dropping) {
        try {
            for (int i = first; i < end; i++) {
                network.requireNotCancelled();
                List<Tensor> outputs = outputs(i, tapes, !dropping);
                for (int image = 0; image < tapes.size(); image++) {
                    tapes.get(image).put(i, outputs.get(image));
                }
                for (int from = 0; dropping && from < i; from++) {
                    if (graph.lastReader(from) == i) {
                        int unread = from;
                        tapes.forEach(tape -> tape.drop(unread));
                    }
                }
            }
        } catch (OutOfMemoryError | InternalError failed) {
            if (!MemoryNeed.isFullHeap(failed)) {
                throw MappedFile.explained((InternalError) failed);
            }
            for (int image = 0; image < tapes.size(); image++) {   // an iterator or a lambda would need memory
                tapes.get(image).forget();
            }
            throw MemoryNeed.of(network, tapes.get(0).image().shape()).exceeded(failed);
        }
    }

    private List<Tensor> outputs(int i, List<Tape> tapes, boolean keepsTape) {
        Layer layer = graph.layer(i);
        Layer next = graph.fusedWith(i, keepsTape);
        List<Layer> rows = keepsTape || done[i] ? List.of() : fusedRows(i, tapes.get(0));
        if (layer instanceof Merge merge) {
            return tapes.stream().map(tape -> !rows.isEmpty()
                    ? merge.forwardRows(network.engine(), tape.inputs(i), rows)
                    : next == null ? merge.forward(network.engine(), tape.inputs(i))
                    : merge.forwardFused(network.engine(), tape.inputs(i), graph.fusedAfter(i))).toList();
        }
        List<Tensor> xs = tapes.stream().map(tape -> tape.input(i)).toList();
        if (done[i] || graph.isFusedWithInput(i, keepsTape)) {
            return xs;
        }
        if (!rows.isEmpty()) {
            return xs.stream().map(x -> ((RowFusion) layer).forwardRows(network.engine(), x, rows)).toList();
        }
        return next == null ? layer.forwardAll(network.engine(), xs)
                : ((ActivationFusion) layer).forwardFused(network.engine(), xs, next);
    }

    /** Returns the layers that are computed together with a node, some rows at a time, and marks them as done. */
    private List<Layer> fusedRows(int i, Tape tape) {
        Layer layer = graph.layer(i);
        if (!(layer instanceof RowFusion || layer instanceof Merge)) {
            return List.of();
        }
        int[] nodes = graph.onlyReaders(i, RowFusion.MOST_FOLLOWING);
        List<Layer> following = IntStream.of(nodes).mapToObj(graph::layer).toList();
        int count = layer instanceof Merge merge
                ? merge.fusedRows(network.engine(), tape.inputs(i).stream().map(Tensor::shape).toList(), following)
                : ((RowFusion) layer).fusedRows(network.engine(), tape.input(i).shape(), following);
        IntStream.of(nodes).limit(count).forEach(node -> done[node] = true);
        return following.subList(0, count);
    }

    /** Refuses logits that no classification or explanation can start from. */
    void requireFinite(Tensor logits) {
        for (int i = 0; i < logits.data().length; i++) {
            if (!Float.isFinite(logits.data()[i])) {
                throw new InputException("network '" + network.name() + "': the logit of class " + i + " is "
                        + logits.data()[i] + ": a weight or the image is too large or not finite; check mean, standard"
                        + " deviation and weights");
            }
        }
    }
}
