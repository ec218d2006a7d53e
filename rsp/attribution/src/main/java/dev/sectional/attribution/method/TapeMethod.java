package dev.sectional.attribution.method;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.internal.Targets;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import java.util.List;
import java.util.stream.IntStream;

/** A method that explains each class from one and the same forward pass. */
abstract class TapeMethod implements Method {
    @Override
    public List<Attribution> explainAll(Network network, Tensor image, List<Target> targets) {
        Targets.requireLogits(network);
        Tape tape = network.forward(image);
        return IntStream.of(Targets.classes(tape, targets)).mapToObj(target -> explain(tape, target)).toList();
    }

    /** Explains one class. */
    abstract Attribution explain(Tape tape, int target);
}
