package dev.sectional.attribution.internal;

import dev.sectional.attribution.Target;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.Tape;
import dev.sectional.nn.layer.Softmax;
import java.util.List;
import java.util.stream.IntStream;

/** What the targets of an explanation mean for one forward pass. */
public final class Targets {
    private Targets() {
    }

    /** The classes that targets mean, in their order, each once. */
    public static int[] classes(Tape tape, List<Target> targets) {
        return targets.stream().flatMapToInt(target -> IntStream.of(target.classes(tape))).distinct().toArray();
    }

    /** The given value for one class, 0 for the others. */
    public static Tensor only(Tape tape, int target, float value) {
        Tensor start = Tensor.zeros(tape.logits().shape());
        start.data()[target] = value;
        return start;
    }

    /**
     * Checks that the network ends in its logits.
     *
     * @throws InputException if it ends in a softmax
     */
    public static void requireLogits(Network network) {
        Node last = network.nodes().get(network.nodes().size() - 1);
        if (last.layer() instanceof Softmax) {
            throw new InputException("the network ends in a softmax, '" + last.name() + "': relevance starts at the logits; leave "
                    + "the softmax out, probabilities come from the model's card");
        }
    }
}
