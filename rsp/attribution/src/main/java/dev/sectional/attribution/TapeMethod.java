package dev.sectional.attribution;

import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.Softmax;
import dev.sectional.nn.Tape;
import java.util.List;
import java.util.stream.IntStream;

/** A method that explains each class from one and the same forward pass. */
abstract class TapeMethod implements Method {
    @Override
    public List<Attribution> explainAll(Network network, Tensor image, List<Target> targets) {
        requireLogits(network);
        Tape tape = network.forward(image);
        return IntStream.of(classes(tape, targets)).mapToObj(target -> explain(tape, target)).toList();
    }

    /** Explains one class. */
    abstract Attribution explain(Tape tape, int target);

    /** The classes that targets mean, in their order, each once. */
    static int[] classes(Tape tape, List<Target> targets) {
        return targets.stream().flatMapToInt(target -> IntStream.of(target.classes(tape))).distinct().toArray();
    }

    /** The given value for one class, 0 for the others. */
    static Tensor only(Tape tape, int target, float value) {
        Tensor start = Tensor.zeros(tape.logits().shape());
        start.data()[target] = value;
        return start;
    }

    /**
     * Checks that the network ends in its logits.
     *
     * @throws InputException if it ends in a softmax
     */
    static void requireLogits(Network network) {
        Node last = network.nodes().get(network.nodes().size() - 1);
        if (last.layer() instanceof Softmax) {
            throw new InputException("the network ends in a softmax, '" + last.name() + "': relevance starts at the logits; leave "
                    + "the softmax out, probabilities come from the model's card");
        }
    }
}
