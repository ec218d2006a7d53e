package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** What one forward pass computed: the image and every node's output, kept for the way back. */
public final class Tape {
    private final Network network;
    private final Tensor image;
    private final Tensor[] outputs;

    /** What a node hands back to its inputs for what its output received. */
    @FunctionalInterface
    public interface Step {
        /**
         * @param node index of the node
         * @param received of the shape of its output; not to be changed
         * @return one tensor for each of its inputs, of their shapes
         */
        List<Tensor> back(int node, Tensor received);
    }

    /** As {@link Step}, for several walks side by side. */
    public interface Steps {
        /**
         * @param received for each walk what the node's output received
         * @return for each walk what its {@link Step} would return
         */
        List<List<Tensor>> back(int node, List<Tensor> received);

        /** A tensor that a node received, and that nothing of the walks holds any more. */
        default void spent(Tensor received) {
        }
    }

    Tape(Network network, Tensor image) {
        this.network = network;
        this.image = image;
        this.outputs = new Tensor[network.nodes().size()];
    }

    void put(int node, Tensor output) {
        outputs[node] = output;
    }

    /** Forgets the output of a node and gives its memory back to the engine, unless the image or another output shares it. */
    void release(int node) {
        float[] data = outputs[node].data();
        outputs[node] = null;
        boolean shared = data == image.data() || Arrays.stream(outputs).anyMatch(output -> output != null && output.data() == data);
        if (!shared) {
            Execution.of(network.engine()).release(data);
        }
    }

    /** The network that was run. */
    public Network network() {
        return network;
    }

    /** The image as the first layer saw it, {@code (H, W, C)}. */
    public Tensor image() {
        return image;
    }

    /** The first input of a node, and the only one unless several branches meet there. */
    public Tensor input(int node) {
        return output(network.inputs(node)[0]);
    }

    /** The inputs of a node, in its order. */
    public List<Tensor> inputs(int node) {
        return IntStream.of(network.inputs(node)).mapToObj(this::output).toList();
    }

    /**
     * The output of a node, {@code (H, W, C)} for maps; the image for {@link Network#IMAGE_INDEX}. A convolution whose output
     * goes to a ReLU alone shares the ReLU's output: the two are computed as one.
     */
    public Tensor output(int node) {
        return node == Network.IMAGE_INDEX ? image : outputs[node];
    }

    /** The output of the last node, one value per class. */
    public Tensor logits() {
        return outputs[outputs.length - 1];
    }

    /** The logits as probabilities, by softmax or sigmoid as the model's card says. */
    public float[] probabilities() {
        float[] logits = logits().data();
        double[] p = new double[logits.length];
        if (network.card().output() == ModelCard.Output.SIGMOID) {
            Arrays.setAll(p, i -> 1 / (1 + Math.exp(-logits[i])));
        } else {
            double greatest = IntStream.range(0, p.length).mapToDouble(i -> logits[i]).max().orElse(0);
            Arrays.setAll(p, i -> Math.exp(logits[i] - greatest));
            double sum = Arrays.stream(p).sum();
            Arrays.setAll(p, i -> p[i] / sum);
        }
        float[] probabilities = new float[p.length];
        IntStream.range(0, p.length).forEach(i -> probabilities[i] = (float) p[i]);
        return probabilities;
    }

    /** The {@code k} classes of the greatest logits, greatest first; all classes when there are fewer. */
    public int[] top(int k) {
        float[] logits = logits().data();
        return IntStream.range(0, logits.length).boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -logits[i]))
                .limit(k).mapToInt(Integer::intValue).toArray();
    }

    /**
     * The gradient of {@code sum(logits * outputGradient)} against the output of a node, or against the image.
     *
     * @param outputGradient one value per class
     */
    public Tensor gradient(Tensor outputGradient, int node) {
        return gradients(List.of(outputGradient), node).get(0);
    }

    /** The {@link #gradient} for each of several outputGradient gradients: the same bits, but large weights are read once for all. */
    public List<Tensor> gradients(List<Tensor> outputGradients, int node) {
        return backward(outputs.length - 1, outputGradients, node, (at, received) -> {
            Layer layer = network.nodes().get(at).layer();
            return layer instanceof Merge ? received.stream().map(each -> gradients(at, each)).toList()
                    : layer.gradients(network.engine(), input(at), output(at), received).stream().map(List::of).toList();
        });
    }

    /** What a node hands back to its inputs as their gradients, for the gradient at its output: a {@link Step}. */
    public List<Tensor> gradients(int node, Tensor received) {
        Engine engine = network.engine();
        Layer layer = network.nodes().get(node).layer();
        return layer instanceof Merge merge ? merge.gradient(engine, inputs(node), output(node), received)
                : List.of(layer.gradient(engine, input(node), output(node), received));
    }

    /**
     * Walks the graph from one node's output back to another's. What several nodes hand to one output is added up, in the
     * order of the walk, before it goes on.
     *
     * @param from the node at whose output the walk begins
     * @param received what it receives there
     * @param to the node at whose output the walk ends, or {@link Network#IMAGE_INDEX}
     * @param step is asked once for each node on a path between the two, last node first
     * @return what arrived at {@code to}; zeros if no path leads there
     */
    public Tensor backward(int from, Tensor received, int to, Step step) {
        return backward(from, List.of(received), to, (node, all) -> List.of(step.back(node, all.get(0)))).get(0);
    }

    /** Several walks of {@link #backward(int, Tensor, int, Step)} side by side, node by node: what arrived at {@code to} for each that was received. */
    public List<Tensor> backward(int from, List<Tensor> received, int to, Steps steps) {
        Tensor[][] arrived = new Tensor[outputs.length + 1][];   // the image at 0
        arrived[from + 1] = received.toArray(Tensor[]::new);
        boolean[] below = leadsTo(to);
        for (int node = from; node > to; node--) {
            Tensor[] here = arrived[node + 1];
            if (here == null || !below[node + 1]) {
                continue;
            }
            List<List<Tensor>> handed = steps.back(node, List.of(here));
            arrived[node + 1] = null;
            int[] inputs = network.inputs(node);
            for (int i = 0; i < inputs.length; i++) {
                if (below[inputs[i] + 1]) {
                    arrived[inputs[i] + 1] = joined(arrived[inputs[i] + 1], handed, i);
                }
            }
            for (Tensor each : here) {
                if (Arrays.stream(arrived).noneMatch(waiting -> holds(waiting, each))) {
                    steps.spent(each);
                }
            }
        }
        return arrived[to + 1] == null ? received.stream().map(each -> Tensor.zeros(output(to).shape())).toList() : List.of(arrived[to + 1]);
    }

    /** What has arrived in each walk together with what is handed to the same node's output, its input {@code i}. */
    private Tensor[] joined(Tensor[] before, List<List<Tensor>> handed, int i) {
        Tensor[] joined = new Tensor[handed.size()];
        Arrays.setAll(joined, walk -> before == null ? handed.get(walk).get(i) : sum(before[walk], handed.get(walk).get(i)));
        return joined;
    }

    private static boolean holds(Tensor[] waiting, Tensor tensor) {
        return waiting != null && Arrays.stream(waiting).anyMatch(each -> each.data() == tensor.data());
    }

    /** For the image and each node, in this order: whether it is {@code target} or has it among what it depends on. */
    private boolean[] leadsTo(int target) {
        boolean[] leads = new boolean[outputs.length + 1];
        leads[target + 1] = true;
        for (int node = target + 1; node < outputs.length; node++) {
            for (int input : network.inputs(node)) {
                leads[node + 1] |= leads[input + 1];
            }
        }
        return leads;
    }

    private Tensor sum(Tensor a, Tensor b) {
        Tensor sum = a.copy();
        Execution.of(network.engine()).add(b.data(), 0, sum.data(), 0, sum.data().length);
        return sum;
    }

    /**
     * Gives the memory of all values but the image and the logits back to the engine. For whoever made the tape and handed
     * nothing of it on: it must not be used again.
     */
    public void recycle() {
        Set<float[]> given = Collections.newSetFromMap(new IdentityHashMap<>());
        given.add(image.data());
        given.add(logits().data());
        for (Tensor output : outputs) {
            if (given.add(output.data())) {
                Execution.of(network.engine()).release(output.data());
            }
        }
        Arrays.fill(outputs, 0, outputs.length - 1, null);
    }
}
