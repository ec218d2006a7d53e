package dev.sectional.attribution.method;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.internal.Targets;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import dev.sectional.nn.layer.ReLU;
import java.util.List;
import java.util.Map;

/** The gradient of the target's logit against the image, with other ways back through ReLUs. Immutable and safe to share. */
public final class ReluGradient extends TapeMethod {
    private final String name;
    private final boolean whereActive;

    private ReluGradient(String name, boolean whereActive) {
        this.name = name;
        this.whereActive = whereActive;
    }

    /** Guided backpropagation (Springenberg et al. 2015): through a ReLU goes what is above 0 where its output is above 0. */
    public static ReluGradient guided() {
        return new ReluGradient("guided-backprop", true);
    }

    /** Deconvnet (Zeiler, Fergus 2014): through a ReLU goes what is above 0, whatever its output. */
    public static ReluGradient deconvnet() {
        return new ReluGradient("deconvnet", false);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    Attribution explain(Tape tape, int target) {
        Network network = tape.network();
        Tensor start = Targets.only(tape, target, 1);
        Tensor gradient = tape.backward(network.nodes().size() - 1, start, Network.IMAGE_INDEX, (node, received) ->
                network.nodes().get(node).layer() instanceof ReLU ? List.of(through(tape.output(node), received)) : tape.gradients(node, received));
        return Attribution.of(name, tape, target, start, gradient.toChannelsFirst(), List.of(), Map.of());
    }

    private Tensor through(Tensor output, Tensor received) {
        Tensor passed = Tensor.zeros(received.shape());
        for (int i = 0; i < passed.data().length; i++) {
            passed.data()[i] = whereActive && output.data()[i] <= 0 ? 0f : Math.max(received.data()[i], 0f);
        }
        return passed;
    }
}
