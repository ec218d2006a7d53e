package dev.sectional.attribution.internal;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.Tape;
import dev.sectional.nn.layer.Softmax;
import java.util.List;
import java.util.stream.IntStream;

/** The classes to explain, as the methods see them. */
public final class Targets {
    private Targets() {
    }

    /** Explains one class from a tape. */
    @FunctionalInterface
    public interface Explanation {
        /**
         * Explains one class.
         *
         * @param target index of the class
         */
        Attribution explain(Tape tape, int target);
    }

    /** Explains each class on its own, all of them from one forward pass, in the order of {@link #classes}. */
    public static List<Attribution> explainEach(Network network, Tensor image, List<Target> targets,
            Explanation explanation) {
        requireLogits(network);
        return network.use(() -> {
            Tape tape = network.forward(image);
            return IntStream.of(classes(tape, targets)).mapToObj(target -> explanation.explain(tape, target)).toList();
        });
    }

    /** Returns the indices of the classes that targets mean, in their order, each once. */
    public static int[] classes(Tape tape, List<Target> targets) {
        return targets.stream().flatMapToInt(target -> IntStream.of(target.classes(tape))).distinct().toArray();
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
        Node last = network.nodes().get(network.nodes().size() - 1);
        if (last.layer() instanceof Softmax) {
            throw new InputException("the network ends in a softmax, '" + last.name() + "': relevance starts at the"
                    + " logits; leave the softmax out, probabilities come from the model's card");
        }
    }
}
