package dev.sectional.attribution.method;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.internal.Attributions;
import dev.sectional.attribution.internal.Targets;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import dev.sectional.nn.layer.ReLU;
import java.util.List;

/**
 * The gradient of the target's logit with respect to the image, with another backward step at ReLUs. Immutable and safe
 * for use by several threads.
 */
public final class ReluGradient implements Method {
    private final String name;
    private final boolean onlyWhereActive;

    private ReluGradient(String name, boolean onlyWhereActive) {
        this.name = name;
        this.onlyWhereActive = onlyWhereActive;
    }

    /**
     * {@return guided backpropagation (Springenberg et al. 2015): a ReLU passes positive gradients where its output is
     * positive}
     */
    public static ReluGradient guided() {
        return new ReluGradient("guided-backprop", true);
    }

    /** {@return deconvnet (Zeiler, Fergus 2014): a ReLU passes positive gradients, whatever its output} */
    public static ReluGradient deconvnet() {
        return new ReluGradient("deconvnet", false);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Attribution> explainAll(Network network, Tensor image, List<Target> targets) {
        return Targets.explainEach(network, image, targets, this::explain);
    }

    private Attribution explain(Tape tape, int target) {
        Network network = tape.network();
        Tensor start = Targets.oneHot(tape, target, 1);
        Tensor gradient = tape.backward(network.nodes().size() - 1, start, Network.IMAGE_INDEX, (node, received) -> {
            boolean relu = network.nodes().get(node).layer() instanceof ReLU;
            return relu ? List.of(passed(tape.output(node), received)) : tape.gradients(node, received);
        });
        return Attributions.of(name, tape, target, start, gradient.toChannelsFirst());
    }

    private Tensor passed(Tensor output, Tensor received) {
        Tensor passed = Tensor.zeros(received.shape());
        for (int i = 0; i < passed.data().length; i++) {
            passed.data()[i] = onlyWhereActive && output.data()[i] <= 0 ? 0f : Math.max(received.data()[i], 0f);
        }
        return passed;
    }
}
