package dev.sectional.attribution.internal;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.Tape;
import dev.sectional.nn.layer.Softmax;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** The classes to explain, as the methods see them. */
public final class Targets {
    /** Targets in one backward pass: they share what depends on the image alone, but each needs memory of its own. */
    public static final int PER_PASS = 4;

    private Targets() {
    }

    /** Explains classes from a tape, of which nothing may escape but the logits. */
    @FunctionalInterface
    public interface Explanation {
        /**
         * Explains some classes.
         *
         * @param targets indices of the classes
         * @param last whether no other classes follow, so that the tape need not outlast this call
         * @return one result for each, in their order
         */
        List<Attribution> explain(Tape tape, int[] targets, boolean last);
    }

    /** Explains each class on its own, all of them from one forward pass, in the order of {@link #classes}. */
    public static List<Attribution> explainEach(Network network, Tensor image, List<Target> targets,
            BiFunction<Tape, Integer, Attribution> explanation) {
        return explained(network, () -> PooledTape.of(network, image), targets, 1, alone(explanation));
    }

    /** Explains each class on its own, as above, from a pass for gradients down to a node. */
    public static List<Attribution> explainEach(Network network, Tensor image, List<Target> targets, int node,
            BiFunction<Tape, Integer, Attribution> explanation) {
        return explained(network, () -> PooledTape.forGradients(network, image, node), targets, 1,
                alone(explanation));
    }

    private static Explanation alone(BiFunction<Tape, Integer, Attribution> explanation) {
        return (tape, one, last) -> List.of(explanation.apply(tape, one[0]));
    }

    /**
     * Explains up to {@code together} classes at a time, all of them from one forward pass, in the order of
     * {@link #classes}.
     */
    public static List<Attribution> explainTogether(Network network, Tensor image, List<Target> targets, int together,
            Explanation explanation) {
        return explained(network, () -> PooledTape.of(network, image), targets, together, explanation);
    }

    private static List<Attribution> explained(Network network, Supplier<PooledTape> forward, List<Target> targets,
            int together, Explanation explanation) {
        requireLogits(network);
        return network.use(() -> {
            try (PooledTape pass = forward.get()) {
                int[] classes = classes(pass.tape(), targets);
                List<Attribution> attributions = new ArrayList<>();
                for (int from = 0; from < classes.length; from += together) {
                    int end = Math.min(classes.length, from + together);
                    attributions.addAll(explanation.explain(pass.tape(), Arrays.copyOfRange(classes, from, end),
                            end == classes.length));
                }
                return List.copyOf(attributions);
            }
        });
    }

    /** Returns the indices of the classes that targets mean, in their order, each once. */
    public static int[] classes(Tape tape, List<Target> targets) {
        Objects.requireNonNull(targets, "targets");
        return targets.stream().flatMapToInt(target -> IntStream.of(Objects.requireNonNull(target, "target")
                .classes(tape))).distinct().toArray();
    }

    /** Returns {@code (classes)}: the given value for one class, 0 for the others. */
    public static Tensor oneHot(Tape tape, int target, float value) {
        Tensor start = Tensor.zeros(tape.logits().shape());
        start.data()[target] = value;
        return start;
    }

    /**
     * Checks that the network ends with its logits.
     *
     * @throws InputException if it ends with a softmax
     */
    public static void requireLogits(Network network) {
        Node last = Objects.requireNonNull(network, "network").nodes().get(network.nodes().size() - 1);
        if (last.layer() instanceof Softmax) {
            throw new InputException("the network ends in a softmax, '" + last.name() + "': relevance starts at the"
                    + " logits; leave the softmax out, probabilities come from the model's card (of an ONNX graph,"
                    + " --output chooses the value before it)");
        }
    }
}
