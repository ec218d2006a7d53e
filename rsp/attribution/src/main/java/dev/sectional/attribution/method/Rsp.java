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
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.rule.Composite;
import dev.sectional.nn.rule.Rule;
import dev.sectional.nn.rule.Rules;
import dev.sectional.nn.rule.rsp.RspRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Relative Sectional Propagation (Nam, Choi, Lee: Interpreting Deep Neural Networks with Relative Sectional Propagation
 * by Analyzing Comparative Gradients and Hostile Activations, AAAI 2021, arXiv 2012.03434).
 *
 * <p>Relevance starts at the activations of the last convolution and travels down to the image; each layer hands on the
 * sum that it receives. Immutable and safe to share: the methods that change a setting return a copy.
 */
public final class Rsp implements PropagationMethod {
    /** Targets that travel down side by side: they share what depends on the image alone, but each takes memory of its own. */
    private static final int TOGETHER = 4;
    private static final Rule RULE = new RspRule();

    private final Interest hostile;
    private final boolean purging;
    private final String startLayer;
    private final boolean keepingLayers;

    private Rsp(Interest hostile, boolean purging, String startLayer, boolean keepingLayers) {
        this.hostile = hostile;
        this.purging = purging;
        this.startLayer = startLayer;
        this.keepingLayers = keepingLayers;
    }

    /** What the released program runs: the target's own channel map, no purging, from the last convolution. */
    public static Rsp reference() {
        return new Rsp(null, false, null, false);
    }

    /**
     * Returns RSP's convolution rule, in which the filter gradient of the relevance stands in for the layer's weights. Use it in a
     * {@link Composite} of your own, or with {@link dev.sectional.attribution.Verification}.
     */
    public static Rule rule() {
        return RULE;
    }

    /** Starts from the target relative to the other classes of interest, whose evidence becomes negative. */
    public Rsp relative(Interest classes) {
        return new Rsp(classes, purging, startLayer, keepingLayers);
    }

    /** Whether relevance that disagrees with its place is dropped before each convolution: {@link Rules#purging}. */
    public Rsp purging(boolean on) {
        return new Rsp(hostile, on, startLayer, keepingLayers);
    }

    /** The layer at whose output relevance starts, by name; null for the ReLU of the last convolution. */
    public Rsp startLayer(String name) {
        return new Rsp(hostile, purging, name, keepingLayers);
    }

    @Override
    public Rsp keepingLayers(boolean on) {
        return new Rsp(hostile, purging, startLayer, on);
    }

    @Override
    public String name() {
        return hostile == null ? "rsp" : "rsp-relative";
    }

    /**
     * Returns the rules by which relevance propagates from the start to the image: RSP's own rule at convolutions, z^B at the first one, and at
     * max pooling the whole relevance to the first greatest unit of each window. Beyond the paper: averages and sums of branches follow
     * {@link Rules#positiveShares}; concatenation and batch norm pass.
     */
    @Override
    public Composite composite() {
        Rule convolutions = purging ? Rules.purging(rule()) : rule();
        Rule first = purging ? Rules.purging(Rules.zBox()) : Rules.zBox();
        return Composite.of("rsp").fitting(Rules.positiveShares()).kind(Conv2d.class, convolutions).first(Conv2d.class, first);
    }

    @Override
    public List<Attribution> explainAll(Network network, Tensor image, List<Target> targets) {
        Targets.requireLogits(network);
        int start = start(network);
        try (PooledTape pass = PooledTape.of(network, image)) {
            Tape tape = pass.tape();
            StartRelevance starts = new StartRelevance(tape, start);
            List<Attribution> attributions = new ArrayList<>();
            int[] classes = Targets.classes(tape, targets);
            for (int from = 0; from < classes.length; from += TOGETHER) {
                int[] some = Arrays.copyOfRange(classes, from, Math.min(classes.length, from + TOGETHER));
                List<Tensor> relevances = starts(starts, tape, some);
                attributions.addAll(RelevancePropagation.of(name(), tape, composite(), start, relevances, some, keepingLayers));
            }
            return attributions;
        }
    }

    private List<Tensor> starts(StartRelevance starts, Tape tape, int[] targets) {
        if (hostile == null) {
            return starts.targets(targets);
        }
        int[] classes = hostile.classes(tape);
        starts.targets(IntStream.concat(IntStream.of(targets), IntStream.of(classes)).toArray());   // together: the weights are read once
        return IntStream.of(targets).mapToObj(target -> starts.relative(target, classes)).toList();
    }

    /** The start layer, by default the last map before the classifier. */
    @Override
    public int start(Network network) {
        int last = network.lastFeatureMap();
        if (startLayer == null) {
            return last;
        }
        int start = network.indexOf(startLayer);
        if (start > last) {
            throw new InputException("RSP starts at the map that the classifier takes, '" + network.nodes().get(last).name()
                    + "', or at a layer below: '" + startLayer + "' lies above");
        }
        return start;
    }
}
