package dev.sectional.attribution;

import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import java.util.List;
import java.util.Objects;

/** A way to explain a network's decisions. Implementations are immutable and safe for use by several threads. */
public interface Method {
    /** {@return the name by which users ask for the method, such as {@code rsp} or {@code grad-cam}} */
    String name();

    /**
     * Explains several classes with one forward pass.
     *
     * @param network open until the call ends
     * @param image {@code (C, H, W)}, normalised
     * @param targets may overlap and may mean several classes each
     * @return one result for each class, in the order of the targets; a class that several targets mean appears once
     * @throws InputException if a target or the method does not fit the network; the message says why
     * @throws IllegalArgumentException if the image's shape does not fit or a value is not finite
     */
    List<Attribution> explainAll(Network network, Tensor image, List<Target> targets);

    /**
     * Explains several classes and reports each of many passes, so that the caller can show progress or stop. A method
     * that needs one pass, and by default every method, reports nothing and cannot be stopped.
     *
     * @param network open until the call ends
     * @param image {@code (C, H, W)}, normalised
     * @param targets as in {@link #explainAll(Network, Tensor, List)}
     * @param listener called on this thread after each pass; an exception that it throws ends the explanation
     * @return the same results, to the bit
     */
    default List<Attribution> explainAll(Network network, Tensor image, List<Target> targets, PassListener listener) {
        return explainAll(network, image, targets);
    }

    /**
     * Explains one class.
     *
     * @param network open until the call ends
     * @param image {@code (C, H, W)}, normalised
     * @param target must mean exactly one class
     * @return the explanation, whose tensors belong to the caller
     * @throws InputException if the target or the method does not fit the network; the message says why
     * @throws IllegalArgumentException if the target means several classes, the image's shape does not fit or a value
     *     is not finite
     */
    default Attribution explain(Network network, Tensor image, Target target) {
        List<Attribution> all = explainAll(network, image, List.of(Objects.requireNonNull(target, "target")));
        if (all.size() != 1) {
            throw new IllegalArgumentException("wanted a target that means one class, got " + target + ", which means "
                    + all.size() + ": call explainAll");
        }
        return all.get(0);
    }
}
