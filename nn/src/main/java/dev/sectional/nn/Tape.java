package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The record of one forward pass: the image and the output of every node, kept for backward passes. Feature maps are
 * channels last, {@code (H, W, C)}. Safe for use by several threads.
 *
 * <p>A tape of {@link Network#forward} belongs to the caller: nothing in nn reuses the memory of its tensors, and the
 * tensors of a tape must not be changed. Code that lets no tensor of a tape escape may return their memory to the
 * engine afterwards, if {@link Network#reusesMemory} allows it.
 */
public final class Tape {
    private final Network network;
    private final Tensor image;
    private final Tensor[] outputs;
    private final int from;
    private final boolean each;

    /** Propagates a tensor from a node's output to its inputs: a gradient, or relevance. */
    @FunctionalInterface
    public interface Step {
        /**
         * Computes the tensors at the inputs of a node.
         *
         * @param node index of the node
         * @param received the tensor at its output, of the output's shape; must not be changed
         * @return one tensor for each of its inputs, of their shapes
         */
        List<Tensor> back(int node, Tensor received);
    }

    /**
     * Propagates several tensors at once from a node's output to its inputs, one for each of several backward passes.
     */
    public interface Steps {
        /**
         * Computes the tensors at the inputs of a node for each pass.
         *
         * @param node index of the node
         * @param received the tensor at its output for each pass
         * @return for each pass one tensor per input, as {@link Step#back}
         */
        List<List<Tensor>> back(int node, List<Tensor> received);

        /**
         * Receives a tensor that {@link #back} received or returned and that no pass reads any more, each array once.
         * Does nothing by default.
         *
         * @param received what the node received
         */
        default void finished(Tensor received) {
        }

        /**
         * {@return whether no later pass needs the tape: then it forgets the output of each node, and returns its
         * memory to the engine, once this pass has been there} The logits stay.
         */
        default boolean isLast() {
            return false;
        }
    }

    /** See {@link ForwardPass} for what is recorded. */
    Tape(Network network, Tensor image, int from, boolean each) {
        this.network = network;
        this.from = from;
        this.each = each;
        this.image = image;
        this.outputs = new Tensor[network.nodes().size()];
    }

    void put(int node, Tensor output) {
        outputs[node] = output;
    }

    /**
     * Forgets the output of a node that no later node reads. Returns its memory to the engine unless the image or
     * another output shares it, or a layer may hold it. Only for tapes that the caller of the network never sees.
     */
    void drop(int node) {
        float[] data = outputs[node].data();
        outputs[node] = null;
        boolean shared = data == image.data() || holds(outputs, data);
        if (!shared && network.reusesMemory()) {
            Execution.of(network.engine()).release(data);
        }
    }

    /** Returns the memory of the image to the engine, of a tape that nobody reads any more. See {@link #drop}. */
    void releaseImage() {
        if (network.reusesMemory() && !holds(outputs, image.data())) {
            Execution.of(network.engine()).release(image);
        }
    }

    /** Forgets all outputs, of a pass that failed. */
    void forget() {
        Arrays.fill(outputs, null);
    }

    /** {@return the network that ran} */
    public Network network() {
        return network;
    }

    /** {@return the image as the first layer read it, {@code (H, W, C)}} */
    public Tensor image() {
        return image;
    }

    /**
     * {@return the first input of a node, which is its only input unless the layer is a {@link Merge}}
     *
     * @param node index of the node
     */
    public Tensor input(int node) {
        return output(network.graph().inputs(node)[0]);
    }

    /**
     * {@return the inputs of a node, in its order}
     *
     * @param node index of the node
     */
    public List<Tensor> inputs(int node) {
        return IntStream.of(network.graph().inputs(node)).mapToObj(this::output).toList();
    }

    /**
     * {@return the output of a node: {@code (H, W, C)} for a feature map, {@code (N)} for a vector; the image for
     * {@link Network#IMAGE_INDEX}} A convolution that only a ReLU reads is computed together with it: both have the
     * ReLU's output.
     *
     * @param node index of the node
     * @throws IllegalStateException if the output is not recorded: see {@link Network#forwardForGradients}
     */
    public Tensor output(int node) {
        if (node != Network.IMAGE_INDEX && outputs[node] == null) {
            throw new IllegalStateException("the output of '" + network.nodes().get(node).name() + "' is not recorded"
                    + (node < from ? ": this tape begins at '" + network.nodes().get(from).name() + "'"
                    : " any more: the last pass has gone by"));
        }
        return node == Network.IMAGE_INDEX ? image : outputs[node];
    }

    /**
     * {@return whether the output of a node is recorded: those of all nodes are, unless the tape is for gradients}
     *
     * @param node index of the node
     */
    public boolean records(int node) {
        return outputs[node] != null;
    }

    /** {@return the output of the last node, {@code (classes)}} */
    public Tensor logits() {
        return outputs[outputs.length - 1];
    }

    /** {@return the classes with their logits and probabilities} */
    public Classification classification() {
        return Classification.of(logits(), network.card());
    }

    /** {@return the probability of each class, as {@link Classification#probabilities}} */
    public float[] probabilities() {
        return classification().probabilities();
    }

    /**
     * {@return the indices of the {@code k} classes with the greatest logits, as {@link Classification#topIndices}}
     *
     * @param k how many, at least 0; all classes if there are fewer
     */
    public int[] top(int k) {
        return classification().topIndices(k);
    }

    /**
     * Computes the gradient of {@code sum(logits * outputGradient)} with respect to the output of a node, or to the
     * image.
     *
     * @param outputGradient {@code (classes)}
     * @param node index of the node, or {@link Network#IMAGE_INDEX}
     * @return a tensor of the shape of that output, {@code (H, W, C)} for the image
     */
    public Tensor gradient(Tensor outputGradient, int node) {
        return gradients(List.of(outputGradient), node).get(0);
    }

    /**
     * Computes the {@link #gradient} for each of several output gradients, with the same bits. Large weights are read
     * once for all.
     *
     * @param outputGradients {@code (classes)} each
     * @param node index of the node
     * @return one gradient for each of them
     */
    public List<Tensor> gradients(List<Tensor> outputGradients, int node) {
        return gradients(Collections.nCopies(outputGradients.size(), this), outputGradients, node);
    }

    /**
     * Computes a {@link #gradient} on each of several tapes, with the same bits. Large weights are read once for all.
     *
     * @param tapes of one network and images of one shape
     * @param outputGradients {@code (classes)} for each tape
     * @param node index of the node
     * @return one gradient for each tape
     */
    public static List<Tensor> gradients(List<Tape> tapes, List<Tensor> outputGradients, int node) {
        if (tapes.isEmpty()) {
            return List.of();
        }
        Tape first = tapes.get(0);
        return first.withMemory(first.outputs.length - 1, outputGradients, node,
                () -> new GradientPass(tapes, outputGradients, node).run());
    }

    /**
     * Computes the gradient at each input of a node from the gradient at its output: a {@link Step}.
     *
     * @param node index of the node
     * @param outputGradient with respect to the output of the node
     * @return one gradient for each input of the node
     */
    public List<Tensor> gradients(int node, Tensor outputGradient) {
        Engine engine = network.engine();
        Layer layer = network.graph().layer(node);
        return network.use(() -> layer instanceof Merge merge
                ? merge.gradient(engine, inputs(node), output(node), outputGradient)
                : List.of(layer.gradient(engine, input(node), output(node), outputGradient)));
    }

    /**
     * Propagates a tensor backwards from one node's output to another's. Where several nodes read an output, their
     * tensors are summed in the order of the pass before they are propagated further.
     *
     * @param from index of the node where the pass starts
     * @param received the tensor there, of the shape of the output
     * @param to index of the node where the pass ends, or {@link Network#IMAGE_INDEX}
     * @param step computes each node from {@code from} down to the one after {@code to}, the last node first
     * @return the tensor at {@code to}, of the shape of its output; zeros if {@code from} does not depend on {@code to}
     * @throws IllegalStateException if the network is closed
     */
    public Tensor backward(int from, Tensor received, int to, Step step) {
        return backward(from, List.of(received), to, (node, all) -> List.of(step.back(node, all.get(0)))).get(0);
    }

    /**
     * Runs several passes of {@link #backward(int, Tensor, int, Step)} side by side, node by node. Returns the tensor
     * of each at {@code to}.
     *
     * @param from index of the node whose output receives
     * @param received one tensor for each of several passes
     * @param to index of the node whose output is wanted, or {@link Network#IMAGE_INDEX}
     * @param steps what a node passes on
     * @return what arrives, one tensor for each pass
     */
    public List<Tensor> backward(int from, List<Tensor> received, int to, Steps steps) {
        return withMemory(from, received, to, () -> propagated(from, received, to, steps));
    }

    /** Runs a backward pass if the heap can hold it. */
    private List<Tensor> withMemory(int start, List<Tensor> received, int to, Supplier<List<Tensor>> pass) {
        return network.use(() -> {
            MemoryNeed need = MemoryNeed.of(network, image.shape());
            need.require(from, each, received.size() * need.ofTarget(start, to));
            try {
                return pass.get();
            } catch (OutOfMemoryError | InternalError failed) {
                if (MemoryNeed.isFullHeap(failed)) {
                    throw need.exceeded(failed);
                }
                throw failed;
            }
        });
    }

    private List<Tensor> propagated(int from, List<Tensor> received, int to, Steps steps) {
        // The sums so far, one per pass, by node; the image at 0
        Tensor[][] waiting = new Tensor[outputs.length + 1][];
        waiting[from + 1] = received.toArray(Tensor[]::new);
        boolean[] depends = network.graph().dependsOn(to);
        for (int node = from; node > to; node--) {
            Tensor[] here = waiting[node + 1];
            if (here == null || !depends[node + 1]) {
                continue;
            }
            network.requireNotCancelled();
            List<List<Tensor>> propagated = steps.back(node, List.of(here));
            waiting[node + 1] = null;
            if (steps.isLast() && node < outputs.length - 1) {
                drop(node);
            }
            Map<float[], Tensor> read = new IdentityHashMap<>();
            Arrays.stream(here).forEach(each -> read.put(each.data(), each));
            int[] inputs = network.graph().inputs(node);
            for (int i = 0; i < inputs.length; i++) {
                if (depends[inputs[i] + 1]) {
                    waiting[inputs[i] + 1] = joined(waiting[inputs[i] + 1], propagated, i, read);
                }
            }
            for (Tensor[] tensors : waiting) {
                for (int i = 0; tensors != null && i < tensors.length; i++) {
                    read.remove(tensors[i].data());
                }
            }
            read.values().forEach(steps::finished);
        }
        return waiting[to + 1] == null ? received.stream().map(each -> Tensor.zeros(output(to).shape())).toList()
                : List.of(waiting[to + 1]);
    }

    /**
     * Returns the sum, for each pass, of the tensor that waits at an output and the one propagated to it through input
     * {@code i}. Adds both to {@code read}.
     */
    private Tensor[] joined(Tensor[] before, List<List<Tensor>> propagated, int i, Map<float[], Tensor> read) {
        Tensor[] joined = new Tensor[propagated.size()];
        for (int pass = 0; pass < joined.length; pass++) {
            Tensor arrived = propagated.get(pass).get(i);
            joined[pass] = before == null ? arrived : sum(before[pass], arrived);
            if (before != null) {
                read.put(before[pass].data(), before[pass]);
                read.put(arrived.data(), arrived);
            }
        }
        return joined;
    }

    private static boolean holds(Tensor[] tensors, float[] data) {
        return Arrays.stream(tensors).anyMatch(each -> each != null && each.data() == data);
    }

    private Tensor sum(Tensor a, Tensor b) {
        Execution execution = Execution.of(network.engine());
        Tensor sum = execution.tensor(a.shape());
        execution.workers().parallelChunks(sum.data().length, (from, to) -> {
            System.arraycopy(a.data(), from, sum.data(), from, to - from);
            execution.add(b.data(), from, sum.data(), from, to - from);
        });
        return sum;
    }
}
