package dev.sectional.nn;

import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.io.MappedFile;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Runs the nodes of a network on the tapes of one or several images. Below the first node whose output is recorded,
 * each output is dropped, and its memory reused, after its last reader ran.
 */
final class ForwardPass {
    /** Images whose feature maps are in memory at once. */
    private static final int MOST_AT_ONCE = 4;

    private final Network network;
    private final NetworkGraph graph;
    private final int from;
    private final boolean each;
    /** For each node whether it was computed with a node before it. */
    private final boolean[] done;

    /**
     * Creates a pass.
     *
     * @param from the first node whose output is recorded
     * @param each whether each layer's own output is recorded, as rules read it, except where
     *     {@link ActivationFusion} says otherwise; else all that are computed in one pass have the last one's output
     */
    ForwardPass(Network network, int from, boolean each) {
        this.network = network;
        this.graph = network.graph();
        this.from = from;
        this.each = each;
        done = new boolean[graph.size()];
    }

    /**
     * Runs all nodes on several images, and refuses logits that are not finite. Threads take whole images, so that they
     * need not wait for each other, and share the layers of those that are left at the end.
     *
     * @param batched index of the first node that runs on all images together
     * @param from,each as of the constructor
     */
    static void runBatch(Network network, List<Tape> tapes, int batched, int from, boolean each) {
        ForwardPass[] passes = tapes.stream().map(tape -> new ForwardPass(network, from, each))
                .toArray(ForwardPass[]::new);
        AtomicInteger next = new AtomicInteger();
        Execution.of(network.engine()).workers().run(Math.min(MOST_AT_ONCE, passes.length), task -> {
            for (int i = next.getAndIncrement(); i < passes.length; i = next.getAndIncrement()) {
                passes[i].run(List.of(tapes.get(i)), 0, batched);
            }
        });
        passes[0].run(tapes, batched, network.graph().size());
        tapes.forEach(tape -> passes[0].requireFinite(tape.logits()));
    }

    /** Runs the nodes {@code first <= i < end} on several images. */
    private void run(List<Tape> tapes, int first, int end) {
        try {
            for (int i = first; i < end; i++) {
                network.requireNotCancelled();
                List<Tensor> outputs = outputs(i, tapes);
                for (int image = 0; image < tapes.size(); image++) {
                    tapes.get(image).put(i, outputs.get(image));
                }
                for (int node = 0; i <= from && node < i; node++) {
                    if (graph.lastReader(node) == i) {
                        int unread = node;
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

    private List<Tensor> outputs(int i, List<Tape> tapes) {
        Layer layer = graph.layer(i);
        List<Tensor> xs = tapes.stream().map(tape -> tape.input(i)).toList();
        if (done[i]) {
            return xs;
        }
        List<Layer> rows = i < from ? fusedRows(i, tapes.get(0)) : List.of();
        List<Layer> next = rows.isEmpty() ? fusedAfter(i) : rows;
        if (layer instanceof Merge merge) {
            return tapes.stream().map(tape -> !rows.isEmpty()
                    ? merge.forwardRows(network.engine(), tape.inputs(i), rows)
                    : next.isEmpty() ? merge.forward(network.engine(), tape.inputs(i))
                    : merge.forwardFused(network.engine(), tape.inputs(i), next)).toList();
        }
        if (!rows.isEmpty()) {
            return xs.stream().map(x -> ((RowFusion) layer).forwardRows(network.engine(), x, rows)).toList();
        }
        return next.isEmpty() ? layer.forwardAll(network.engine(), xs)
                : ((ActivationFusion) layer).forwardFused(network.engine(), xs, next.get(0));
    }

    /** Returns the layers that are computed in one pass with a node, and marks them as done. */
    private List<Layer> fusedAfter(int i) {
        List<Layer> layers = new ArrayList<>();
        int at = i;
        while (graph.fusedWith(at, each || at == from) != null && (at == i || graph.layer(i) instanceof Merge)) {
            layers.add(graph.fusedWith(at, false));
            at = graph.lastReader(at);
            done[at] = true;
        }
        return layers;
    }

    /** Returns the layers that are computed together with a node, some rows at a time, and marks them as done. */
    private List<Layer> fusedRows(int i, Tape tape) {
        Layer layer = graph.layer(i);
        if (!(layer instanceof RowFusion || layer instanceof Merge)) {
            return List.of();
        }
        int[] nodes = graph.onlyReaders(i, RowFusion.MOST_FOLLOWING);
        int last = IntStream.range(0, nodes.length).filter(k -> nodes[k] == from).findFirst().orElse(nodes.length - 1);
        int most = last + 1 < nodes.length && graph.fusedWith(nodes[last], true) != null ? last + 2 : last + 1;
        List<Layer> following = IntStream.of(nodes).limit(most).mapToObj(graph::layer).toList();
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
