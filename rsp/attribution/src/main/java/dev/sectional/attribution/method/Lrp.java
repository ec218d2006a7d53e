package dev.sectional.attribution.method;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.PropagationMethod;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.internal.RelevancePropagation;
import dev.sectional.attribution.internal.Targets;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import dev.sectional.nn.rule.Composite;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Layer-wise relevance propagation (Bach et al., PLOS ONE 2015): the target's logit is propagated to the image, through
 * each layer with the rule that a {@link Composite} gives it. With their composites this is also excitation
 * backpropagation and RAP. Immutable and safe for use by several threads.
 */
public final class Lrp implements PropagationMethod {
    private final Composite composite;
    private final boolean startsFromOne;
    private final boolean keepsLayerRelevances;

    private Lrp(Composite composite, boolean startsFromOne, boolean keepsLayerRelevances) {
        this.composite = composite;
        this.startsFromOne = startsFromOne;
        this.keepsLayerRelevances = keepsLayerRelevances;
    }

    /**
     * {@return LRP with the given rules, from the target's logit} If the logit is negative, rules that propagate only
     * contributions of one sign, such as z+, give a heatmap that is negative everywhere.
     *
     * @param composite assigns a rule to every layer
     */
    public static Lrp of(Composite composite) {
        return new Lrp(Objects.requireNonNull(composite, "composite"), false, false);
    }

    /**
     * {@return a copy that starts from 1 in place of the logit, as excitation backpropagation does: relevance is then a
     * share}
     */
    public Lrp fromOne() {
        return new Lrp(composite, true, keepsLayerRelevances);
    }

    @Override
    public Lrp keepingLayerRelevances(boolean on) {
        return new Lrp(composite, startsFromOne, on);
    }

    @Override
    public Composite composite() {
        return composite;
    }

    @Override
    public String name() {
        return composite.name();
    }

    /** {@return the index of the node that computes the logits} */
    @Override
    public int start(Network network) {
        return network.nodes().size() - 1;
    }

    @Override
    public List<Attribution> explainAll(Network network, Tensor image, List<Target> targets) {
        return Targets.explainTogether(network, image, targets, Targets.PER_PASS, this::explain);
    }

    private List<Attribution> explain(Tape tape, int[] targets, boolean last) {
        List<Tensor> starts = IntStream.of(targets).mapToObj(target ->
                Targets.oneHot(tape, target, startsFromOne ? 1 : tape.logits().data()[target])).toList();
        return RelevancePropagation.run(name(), tape, composite, start(tape.network()), starts, targets,
                keepsLayerRelevances, last);
    }
}
