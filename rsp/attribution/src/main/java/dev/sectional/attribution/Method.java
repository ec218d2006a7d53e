package dev.sectional.attribution;

import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import java.util.List;

/** A way to explain what a network decides. Methods are immutable and safe to share between threads. */
public interface Method {
    /** The name by which users ask for it, such as {@code rsp} or {@code grad-cam}. */
    String name();

    /**
     * Explains several classes over one forward pass, in the order of the targets, each class once.
     *
     * @param image {@code (C, H, W)}, already normalised
     * @throws InputException if a target does not fit the network, or the method does not
     */
    List<Attribution> explainAll(Network network, Tensor image, List<Target> targets);

    /**
     * Explains one class.
     *
     * @param image {@code (C, H, W)}, already normalised
     * @param target must mean one class for this image
     * @throws InputException if the target does not fit the network, or the method does not
     */
    default Attribution explain(Network network, Tensor image, Target target) {
        List<Attribution> all = explainAll(network, image, List.of(target));
        if (all.size() != 1) {
            throw new IllegalArgumentException("the target means " + all.size() + " classes: call explainAll");
        }
        return all.get(0);
    }
}
