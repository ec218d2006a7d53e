package dev.sectional.nn;

import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The backward passes of one or several gradients, side by side. It computes layers together where
 * {@link GradientFusion} allows it, adds up gradients in place, and reuses the memory of each one that no layer needs
 * any more. For one thread.
 */
final class GradientPass {
    /** For each gradient the tape of its image. */
    private final List<Tape> tapes;
    private final Network network;
    private final NetworkGraph graph;
    private final Execution execution;
    private final List<Tensor> given;
    private final int to;
    private final boolean[] depends;
    /** The sums so far, one for each gradient, by node; the image at 0. */
    private final Tensor[][] sums;
    /** Arrays that belong to others. */
    private final Set<float[]> foreign = Collections.newSetFromMap(new IdentityHashMap<>());
    /** For each array the number of sums, and of tensors in use, that hold it. */
    private final Map<float[], Integer> holders = new IdentityHashMap<>();

    /**
     * Creates a pass.
     *
     * @param tapes of one network and images of one shape: for each gradient the one of its image
     * @param given gradients with respect to the logits
     * @param to index of the node whose gradients are wanted, or {@link Network#IMAGE_INDEX}
     */
    GradientPass(List<Tape> tapes, List<Tensor> given, int to) {
        this.tapes = tapes;
        this.network = tapes.get(0).network();
        this.graph = network.graph();
        this.execution = Execution.of(network.engine());
        this.given = given;
        this.to = to;
        depends = graph.dependsOn(to);
        sums = new Tensor[graph.size() + 1][];
        given.forEach(each -> foreign.add(each.data()));
        for (Tape tape : new HashSet<>(tapes)) {
            foreign.add(tape.image().data());
            IntStream.range(0, graph.size()).filter(tape::records)
                    .forEach(node -> foreign.add(tape.output(node).data()));
        }
    }

    /** Returns the gradients, zeros where the logits do not depend on the node. */
    List<Tensor> run() {
        int last = graph.size() - 1;
        join(last, given);
        for (int node = last; node > to; node--) {
            List<Tensor> here = take(node);
            if (here != null && depends[node + 1]) {
                network.requireNotCancelled();
                propagate(node, here);
            }
            if (here != null) {
                here.forEach(this::letGo);
            }
        }
        return sums[to + 1] == null ? tapes.stream().map(tape -> Tensor.zeros(tape.output(to).shape())).toList()
                : List.of(sums[to + 1]);
    }

    private void propagate(int node, List<Tensor> here) {
        Layer layer = graph.layer(node);
        if (layer instanceof Merge merge) {
            merge(node, merge, here);
        } else if (layer instanceof GradientFusion fusion) {
            fused(node, fusion, here);
        } else {
            join(graph.inputs(node)[0], gradients(node, layer, here));
        }
    }

    /** Computes the gradients of a layer: those of one image, or that depend on no image, together. */
    private List<Tensor> gradients(int node, Layer layer, List<Tensor> here) {
        Tape first = tapes.get(0);
        boolean inPlace = layer instanceof Activation && here.stream().allMatch(this::isOwn);
        if (!inPlace && (layer instanceof WeightedLayer || tapes.stream().allMatch(tape -> tape == first))) {
            return layer.gradients(network.engine(), first.input(node), first.output(node), here);
        }
        List<Tensor> gradients = new ArrayList<>();
        for (int pass = 0; pass < here.size(); pass++) {
            Tensor x = tapes.get(pass).input(node);
            Tensor y = tapes.get(pass).output(node);
            Tensor received = here.get(pass);
            boolean changed = inPlace && ((Activation) layer).gradientInPlace(network.engine(), x, y, received);
            gradients.add(changed ? received : layer.gradient(network.engine(), x, y, received));
        }
        return gradients;
    }

    private void merge(int node, Merge merge, List<Tensor> here) {
        int[] inputs = graph.inputs(node);
        for (int pass = 0; pass < here.size(); pass++) {
            int at = pass;
            List<Tensor> before = new ArrayList<>();
            for (int input : inputs) {
                Tensor[] sum = sums[input + 1];
                boolean once = IntStream.of(inputs).filter(other -> other == input).count() == 1;
                before.add(sum != null && sum[at] != null && once && isOwn(sum[at]) ? sum[at] : null);
            }
            List<Tensor> gradients = merge.gradientSums(network.engine(), tapes.get(pass).inputs(node),
                    tapes.get(pass).output(node), here.get(pass), before);
            gradients.forEach(this::hold);
            for (int i = 0; i < inputs.length; i++) {
                if (depends[inputs[i] + 1] && gradients.get(i) != before.get(i)) {
                    join(inputs[i], pass, here.size(), gradients.get(i));
                }
            }
            gradients.forEach(this::letGo);
        }
    }

    /** Computes a layer with layers before it, and with the sum at its input if no other reader adds to that later. */
    private void fused(int node, GradientFusion layer, List<Tensor> here) {
        int input = graph.inputs(node)[0];
        boolean complete = input != Network.IMAGE_INDEX && graph.firstReader(input) == node;
        int[] nodes = complete ? before(input) : new int[0];
        List<Layer> layers = IntStream.of(nodes).mapToObj(graph::layer).toList();
        List<Tensor> addends = complete ? take(input) : null;
        int count = layer.fusedGradients(network.engine(), layers, inputs(tapes.get(0), node, nodes), addends != null);
        List<Tensor> gradients = new ArrayList<>();
        for (int pass = 0; pass < here.size(); pass++) {
            gradients.add(layer.gradientFused(network.engine(), tapes.get(pass).output(node), here.get(pass),
                    addends == null ? null : addends.get(pass), layers.subList(0, count),
                    inputs(tapes.get(pass), node, nodes)));
        }
        if (addends != null) {
            addends.forEach(this::letGo);
        }
        join(count == 0 ? input : graph.inputs(nodes[count - 1])[0], gradients);
    }

    private static List<Tensor> inputs(Tape tape, int node, int[] before) {
        List<Tensor> inputs = new ArrayList<>(List.of(tape.input(node)));
        IntStream.of(before).forEach(each -> inputs.add(tape.input(each)));
        return inputs;
    }

    /** Returns a node and those before it, each of which has one input and, but for the first, one reader. */
    private int[] before(int first) {
        int[] nodes = new int[GradientFusion.MOST_BEFORE];
        int count = 0;
        for (int at = first; at > to && count < nodes.length && !(graph.layer(at) instanceof Merge)
                && (at == first || graph.readers(at) == 1); at = graph.inputs(at)[0]) {
            nodes[count++] = at;
        }
        return Arrays.copyOf(nodes, count);
    }

    /** Adds gradients to the sums at the output of a node. */
    private void join(int node, List<Tensor> gradients) {
        gradients.forEach(this::hold);
        for (int pass = 0; pass < gradients.size(); pass++) {
            join(node, pass, gradients.size(), gradients.get(pass));
        }
        gradients.forEach(this::letGo);
    }

    private void join(int node, int pass, int passes, Tensor gradient) {
        if (sums[node + 1] == null) {
            sums[node + 1] = new Tensor[passes];
        }
        Tensor before = sums[node + 1][pass];
        if (before != null && isOwn(before)) {
            add(gradient, before);
            return;
        }
        Tensor sum = gradient;
        if (before != null) {
            sum = execution.tensor(before.shape());
            System.arraycopy(before.data(), 0, sum.data(), 0, sum.data().length);
            add(gradient, sum);
        }
        hold(sum);
        sums[node + 1][pass] = sum;
        if (before != null) {
            letGo(before);
        }
    }

    private void add(Tensor gradient, Tensor sum) {
        execution.workers().parallelChunks(sum.data().length, (from, end) ->
                execution.add(gradient.data(), from, sum.data(), from, end - from));
    }

    /** Removes the sums of a node, which the caller lets go; null if there are none. */
    private List<Tensor> take(int node) {
        Tensor[] here = sums[node + 1];
        sums[node + 1] = null;
        return here == null ? null : List.of(here);
    }

    /** Returns whether one holder alone has the array of a tensor, and may change it. */
    private boolean isOwn(Tensor tensor) {
        return network.reusesMemory() && !foreign.contains(tensor.data()) && holders.get(tensor.data()) == 1;
    }

    private void hold(Tensor tensor) {
        holders.merge(tensor.data(), 1, Integer::sum);
    }

    /** Ends one use of an array. After the last one its memory returns to the engine, unless it belongs to others. */
    private void letGo(Tensor tensor) {
        boolean last = holders.computeIfPresent(tensor.data(), (array, count) -> count == 1 ? null : count - 1) == null;
        if (last && network.reusesMemory() && !foreign.contains(tensor.data())) {
            execution.release(tensor.data());
        }
    }
}
