package dev.sectional.attribution.method;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.PropagationMethod;
import dev.sectional.attribution.internal.RelevancePropagation;
import dev.sectional.attribution.internal.Targets;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import dev.sectional.nn.rule.Composite;
import java.util.List;

/**
 * Layer-wise relevance propagation (Bach et al., PLOS ONE 2015): the target's logit travels down to the image, each layer
 * handing it on by the rule that a {@link Composite} gives it. With their composites, this is also excitation
 * backpropagation and RAP. Immutable and safe to share.
 */
public final class Lrp extends TapeMethod implements PropagationMethod {
    private final Composite composite;
    private final boolean fromOne;
    private final boolean keepingLayers;

    private Lrp(Composite composite, boolean fromOne, boolean keepingLayers) {
        this.composite = composite;
        this.fromOne = fromOne;
        this.keepingLayers = keepingLayers;
    }

    /**
     * LRP by the given rules, from the target's logit. Where that is below 0, a rule that hands on nothing but what raises the
     * output, such as z+, gives a negative map as a whole.
     */
    public static Lrp of(Composite composite) {
        return new Lrp(composite, false, false);
    }

    /** The same from 1 in place of the logit, as excitation backpropagation has it: a map of shares. */
    public Lrp fromOne() {
        return new Lrp(composite, true, keepingLayers);
    }

    @Override
    public Lrp keepingLayers(boolean on) {
        return new Lrp(composite, fromOne, on);
    }

    @Override
    public Composite composite() {
        return composite;
    }

    @Override
    public String name() {
        return composite.name();
    }

    /** The node that gives the logits. */
    @Override
    public int start(Network network) {
        return network.nodes().size() - 1;
    }

    @Override
    Attribution explain(Tape tape, int target) {
        Tensor start = Targets.only(tape, target, fromOne ? 1 : tape.logits().data()[target]);
        return RelevancePropagation.of(name(), tape, composite, start(tape.network()), List.of(start), new int[] {target}, keepingLayers).get(0);
    }
}
