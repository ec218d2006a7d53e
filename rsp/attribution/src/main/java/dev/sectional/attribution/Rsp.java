package dev.sectional.attribution;

import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Conv2d;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.Tape;
import dev.sectional.nn.rules.Handed;
import dev.sectional.nn.rules.MergeRule;
import dev.sectional.nn.rules.Rule;
import dev.sectional.nn.rules.Rules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Relative Sectional Propagation (Nam, Choi, Lee: Interpreting Deep Neural Networks with Relative Sectional Propagation
 * by Analyzing Comparative Gradients and Hostile Activations, AAAI 2021, arXiv 2012.03434).
 *
 * <p>Relevance starts at the activations of the last convolution and travels down to the image; each layer hands on the
 * sum that it receives. Immutable and safe to share: the methods that change a setting return a copy.
 */
public final class Rsp implements Method {
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
    public static Rsp released() {
        return new Rsp(null, false, null, false);
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

    /** Whether the result holds the relevance at every layer's input. */
    public Rsp keepingLayers(boolean on) {
        return new Rsp(hostile, purging, startLayer, on);
    }

    @Override
    public String name() {
        return hostile == null ? "rsp" : "rsp-relative";
    }

    @Override
    public List<Attribution> explainAll(Network network, Tensor image, List<Target> targets) {
        int start = startOf(network);
        Tape tape = network.forward(image);
        Start starts = new Start(tape, start);
        float[] probabilities = tape.probabilities();
        List<Attribution> attributions = new ArrayList<>();
        int[] classes = targets.stream().flatMapToInt(target -> IntStream.of(target.classes(tape))).distinct().toArray();
        for (int target : classes) {
            Tensor r = hostile == null ? starts.target(target) : starts.relative(target, hostile.classes(tape));
            attributions.add(descend(tape, start, r, target, probabilities[target]));
        }
        return attributions;
    }

    private Attribution descend(Tape tape, int start, Tensor r, int target, float probability) {
        Network network = tape.network();
        Set<Integer> first = network.firstConvolutions();
        List<LayerSum> sums = new ArrayList<>();
        Map<String, Tensor> below = new LinkedHashMap<>();
        Tensor relevance = tape.backward(start, r, Network.IMAGE_INDEX, (i, received) -> {
            Node node = network.nodes().get(i);
            Rule rule = rule(node, first.contains(i));
            Handed handed = rule instanceof MergeRule merge
                    ? merge.apply(network.engine(), (Merge) node.layer(), tape.inputs(i), received)
                    : rule.apply(network.engine(), node.layer(), tape.input(i), received);
            double absolutes = Math.max(received.sumOfAbsolutes(), handed.sumOfAbsolutes());
            sums.add(new LayerSum(node.name(), rule.name(), received.sum(), handed.sum(), handed.lost(), absolutes));
            if (keepingLayers && handed.relevances().size() == 1) {
                below.put(node.name(), handed.relevance().toChannelsFirst());
            }
            return handed.relevances();
        });
        List<String> labels = network.card().labels();
        return new Attribution(name(), target,
                target < labels.size() ? labels.get(target) : String.valueOf(target), tape.logits().data()[target], probability,
                tape.logits(), r.toChannelsFirst(), relevance.toChannelsFirst(), List.copyOf(sums), below);
    }

    private Rule rule(Node node, boolean first) {
        Layer layer = node.layer();
        if (layer instanceof Conv2d) {
            Rule rule = first ? Rules.zBox() : Rules.rsp();
            return purging ? Rules.purging(rule) : rule;
        }
        return Stream.of(Rules.winner(), Rules.branches(), Rules.shares(), Rules.pass(), Rules.proportional(0))
                .filter(rule -> rule.fits(layer)).findFirst()
                .orElseThrow(() -> new InputException("RSP has no rule for a " + layer.getClass().getSimpleName() + " such as '" + node.name() + "'"));
    }

    /** The node where relevance starts. */
    private int startOf(Network network) {
        int last = network.lastMap();
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
