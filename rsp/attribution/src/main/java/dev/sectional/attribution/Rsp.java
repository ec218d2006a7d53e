package dev.sectional.attribution;

import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Conv2d;
import dev.sectional.nn.Layer;
import dev.sectional.nn.NamedLayer;
import dev.sectional.nn.Network;
import dev.sectional.nn.ReLU;
import dev.sectional.nn.Tape;
import dev.sectional.nn.rules.Handed;
import dev.sectional.nn.rules.Rule;
import dev.sectional.nn.rules.Rules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Relative Sectional Propagation (Nam, Choi, Lee: Interpreting Deep Neural Networks with Relative Sectional Propagation
 * by Analyzing Comparative Gradients and Hostile Activations, AAAI 2021, arXiv 2012.03434).
 *
 * <p>Relevance starts at the activations of the last convolution and travels down to the image; each layer hands on the
 * sum that it receives. Immutable and safe to share: the methods that change a setting return a copy.
 */
public final class Rsp {
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

    /**
     * Explains one class.
     *
     * @param image {@code (C, H, W)}, already normalised
     * @param target must mean one class for this image
     * @throws InputException if the target or the start layer does not fit the network
     */
    public Attribution explain(Network network, Tensor image, Target target) {
        List<Attribution> all = explainAll(network, image, List.of(target));
        if (all.size() != 1) {
            throw new IllegalArgumentException("the target means " + all.size() + " classes: call explainAll");
        }
        return all.get(0);
    }

    /** Explains several classes over one forward pass, in the order of the targets, each class once. */
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
        int first = firstConvolution(network);
        List<LayerSum> sums = new ArrayList<>();
        Map<String, Tensor> below = new LinkedHashMap<>();
        Tensor relevance = r;
        for (int i = start; i >= 0; i--) {
            NamedLayer named = network.layers().get(i);
            Rule rule = rule(named.layer(), i == first);
            Handed handed = rule.apply(network.engine(), named.layer(), tape.input(i), relevance);
            double absolutes = Math.max(relevance.sumOfAbsolutes(), handed.relevance().sumOfAbsolutes());
            sums.add(new LayerSum(named.name(), rule.name(), relevance.sum(), handed.relevance().sum(), handed.lost(), absolutes));
            relevance = handed.relevance();
            if (keepingLayers) {
                below.put(named.name(), relevance.toChannelsFirst());
            }
        }
        List<String> labels = network.card().labels();
        return new Attribution(hostile == null ? "rsp" : "rsp-relative", target,
                target < labels.size() ? labels.get(target) : String.valueOf(target), tape.logits().data()[target], probability,
                tape.logits(), r.toChannelsFirst(), relevance.toChannelsFirst(), List.copyOf(sums), below);
    }

    private Rule rule(Layer layer, boolean first) {
        if (layer instanceof Conv2d) {
            Rule rule = first ? Rules.zBox() : Rules.rsp();
            return purging ? Rules.purging(rule) : rule;
        }
        return Rules.winner().fits(layer) ? Rules.winner() : Rules.pass();
    }

    /** The layer where relevance starts. */
    private int startOf(Network network) {
        int last = lastConvolution(network);
        if (startLayer == null) {
            return last;
        }
        int start = network.indexOf(startLayer);
        if (start > last) {
            throw new InputException("RSP starts at the output of a convolution, its ReLU, or a layer below: '" + startLayer
                    + "' lies above the last one, '" + network.layers().get(last).name() + "'");
        }
        return start;
    }

    private static int firstConvolution(Network network) {
        int i = 0;
        while (!(network.layers().get(i).layer() instanceof Conv2d)) {
            i++;
        }
        return i;
    }

    /** The last convolution, or the ReLU right after it. */
    private static int lastConvolution(Network network) {
        List<NamedLayer> layers = network.layers();
        for (int i = layers.size() - 1; i >= 0; i--) {
            if (layers.get(i).layer() instanceof Conv2d) {
                return i + 1 < layers.size() && layers.get(i + 1).layer() instanceof ReLU ? i + 1 : i;
            }
        }
        throw new InputException("RSP starts at a convolution, and this network has none");
    }
}
