package dev.sectional.attribution;

import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import dev.sectional.nn.rules.Composite;

/**
 * Layer-wise relevance propagation (Bach et al., PLOS ONE 2015): the target's logit travels down to the image, each layer
 * handing it on by the rule that a {@link Composite} gives it. With their composites, this is also excitation
 * backpropagation and RAP. Immutable and safe to share.
 */
public final class Lrp extends TapeMethod implements Propagation {
    private final Composite composite;
    private final boolean keepingLayers;

    private Lrp(Composite composite, boolean keepingLayers) {
        this.composite = composite;
        this.keepingLayers = keepingLayers;
    }

    /** LRP by the given rules. */
    public static Lrp of(Composite composite) {
        return new Lrp(composite, false);
    }

    @Override
    public Lrp keepingLayers(boolean on) {
        return new Lrp(composite, on);
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
        return Descent.of(name(), tape, composite, start(tape.network()), only(tape, target, tape.logits().data()[target]), target, keepingLayers);
    }
}
