package dev.sectional.attribution.method;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Interest;
import dev.sectional.attribution.PropagationMethod;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.internal.PooledTape;
import dev.sectional.attribution.internal.RelevancePropagation;
import dev.sectional.attribution.internal.StartRelevance;
import dev.sectional.attribution.internal.Targets;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.ConvTranspose2d;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.rule.Composite;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import dev.sectional.nn.rule.rsp.RspRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Relative Sectional Propagation (Nam, Choi, Lee: Interpreting Deep Neural Networks with Relative Sectional Propagation
 * by Analyzing Comparative Gradients and Hostile Activations, AAAI 2021, arXiv 2012.03434).
 *
 * <p>Relevance starts at the activations of the last convolution and is propagated to the image. Immutable and safe for
 * use by several threads: methods that change a setting return a copy.
 */
public final class Rsp implements PropagationMethod {
    private static final Rule RULE = new RspRule();

    /** Null for the target start. */
    private final Interest interest;
    private final boolean purging;
    /** Null for the last feature map. */
    private final String startLayer;
    private final boolean keepsLayerRelevances;

    private Rsp(Interest interest, boolean purging, String startLayer, boolean keepsLayerRelevances) {
        this.interest = interest;
        this.purging = purging;
        this.startLayer = startLayer;
        this.keepsLayerRelevances = keepsLayerRelevances;
    }

    /**
     * {@return what the authors' released program runs: the target's own channel map, no purging, from the last
     * convolution}
     */
    public static Rsp reference() {
        return new Rsp(null, false, null, false);
    }

    /**
     * {@return RSP's convolution rule, in which the filter gradient of the relevance stands in for the layer's weights}
     * Use it in a {@link Composite} of your own, or with {@link dev.sectional.attribution.Verification}.
     */
    public static Rule rule() {
        return RULE;
    }

    /**
     * {@return a copy that starts from the target relative to the other classes of interest, whose evidence becomes
     * negative}
     *
     * @param classes of interest, which for each image must mean at least one class beside the target
     */
    public Rsp relative(Interest classes) {
        Objects.requireNonNull(classes, "classes of interest");
        return new Rsp(classes, purging, startLayer, keepsLayerRelevances);
    }

    /**
     * {@return a copy with or without purging: before each convolution, relevance is withheld where its sign differs
     * from that of its position's sum over channels} Our reading of the paper; off in the released program. See
     * {@link Rules#purging}.
     *
     * @param on whether to purge; off by default
     */
    public Rsp purging(boolean on) {
        return new Rsp(interest, on, startLayer, keepsLayerRelevances);
    }

    /**
     * {@return a copy that starts at the output of another layer than the last convolution's ReLU}
     *
     * @param name of the layer, at or below the last feature map; checked against each network
     */
    public Rsp startLayer(String name) {
        Objects.requireNonNull(name, "name of the start layer");
        return new Rsp(interest, purging, name, keepsLayerRelevances);
    }

    @Override
    public Rsp keepingLayerRelevances(boolean on) {
        return new Rsp(interest, purging, startLayer, on);
    }

    @Override
    public String name() {
        return interest == null ? "rsp" : "rsp-relative";
    }

    /**
     * {@return the rule of each layer: RSP's rule at convolutions, z^B at the first one, and at max pooling the whole
     * relevance to the first greatest unit of each window} Beyond the paper, averages and sums of branches follow
     * {@link Rules#positiveShares}; concatenation and batch norm pass; linear layers and transposed convolutions
     * between convolutions, as in gates, follow z+.
     */
    @Override
    public Composite composite() {
        Rule convolutions = purging ? Rules.purging(rule()) : rule();
        Rule first = purging ? Rules.purging(Rules.zBox()) : Rules.zBox();
        return Composite.of("rsp").fitting(Rules.positiveShares()).kind(Linear.class, Rules.zPlus())
                .kind(ConvTranspose2d.class, Rules.zPlus()).kind(Conv2d.class, convolutions)
                .first(Conv2d.class, first);
    }

    @Override
    public List<Attribution> explainAll(Network network, Tensor image, List<Target> targets) {
        Targets.requireLogits(network);
        return network.use(() -> explained(network, image, targets));
    }

    private List<Attribution> explained(Network network, Tensor image, List<Target> targets) {
        int start = start(network);
        try (PooledTape pass = PooledTape.of(network, image)) {
            Tape tape = pass.tape();
            StartRelevance starts = new StartRelevance(tape, start);
            List<Attribution> attributions = new ArrayList<>();
            int[] classes = Targets.classes(tape, targets);
            for (int from = 0; from < classes.length; from += Targets.PER_PASS) {
                int[] some = Arrays.copyOfRange(classes, from, Math.min(classes.length, from + Targets.PER_PASS));
                List<Tensor> relevances = relevances(starts, tape, some);
                attributions.addAll(RelevancePropagation.run(name(), tape, composite(), start, relevances, some,
                        keepsLayerRelevances, from + some.length == classes.length));
            }
            return List.copyOf(attributions);
        }
    }

    private List<Tensor> relevances(StartRelevance starts, Tape tape, int[] targets) {
        if (interest == null) {
            return starts.targets(targets);
        }
        int[] classes = interest.classes(tape);
        // One call for all classes, so that the gradients read the classifier's weights once.
        starts.targets(IntStream.concat(IntStream.of(targets), IntStream.of(classes)).toArray());
        return IntStream.of(targets).mapToObj(target -> starts.relative(target, classes)).toList();
    }

    /**
     * {@return the index of the start layer, by default {@link Network#lastFeatureMap}}
     *
     * @throws InputException if its output is not a feature map, as in a transformer
     */
    @Override
    public int start(Network network) {
        int last = network.lastFeatureMap();
        int start = startLayer == null ? last : network.indexOf(startLayer);
        Shape shape = network.shapes(network.inputShape())[start];
        if (shape.rank() != 3) {
            throw new InputException("RSP starts at a feature map, and '" + network.nodes().get(start).name()
                    + "' has shape " + shape + ": for transformers use attn-lrp or grad-cam");
        }
        if (start > last) {
            throw new InputException("RSP cannot start at '" + startLayer + "', which is above the last feature map:"
                    + " start at '" + network.nodes().get(last).name() + "' or at a layer below it");
        }
        return start;
    }
}
