package dev.sectional.nn.rule;

import dev.sectional.core.InputException;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.WeightedLayer;
import dev.sectional.nn.layer.AddConstant;
import dev.sectional.nn.layer.Arithmetic;
import dev.sectional.nn.layer.BatchNorm2d;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.ConvTranspose2d;
import dev.sectional.nn.layer.Linear;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.IntStream;

/**
 * Assigns a rule to each layer of a network, by the layer's kind, its name or its position. If several entries include
 * a layer, the one that was added last decides. Immutable: the methods that add an entry return a copy.
 *
 * <pre>{@code
 * Composite mine = Composite.epsilonPlus()
 *         .name("features\\.(0|2)", Rules.flat())
 *         .last(Linear.class, Rules.epsilon(0.1));
 * }</pre>
 */
public final class Composite {
    private final String name;
    private final List<Entry> entries;

    /** Selects nodes of a network. */
    @FunctionalInterface
    public interface NodeFilter {
        /**
         * {@return whether the filter includes node number {@code node}}
         *
         * @param network whose node it is
         * @param node index of the node
         */
        boolean includes(Network network, int node);
    }

    private record Entry(NodeFilter filter, Rule rule) {
    }

    private Composite(String name, List<Entry> entries) {
        this.name = name;
        this.entries = List.copyOf(entries);
    }

    /**
     * {@return the rules that most composites share: {@link Rules#pass} for activations, dropout and whatever moves
     * values, {@link Rules#winner} for max pooling, {@link Rules#proportional} with the default stabiliser for averages
     * and sums of branches, {@link Rules#constantDivisor} for layer norms, {@link Rules#constantSoftmax} for a softmax
     * inside} In a product the signal takes all and its gate is held constant; the gate is what comes from a sigmoid
     * or softmax, or else what is broadcast ({@code Gates}). Without a gate both take half. Constants added to the
     * image, below all layers with weights, take no share.
     *
     * @param name of the composite in reports
     */
    public static Composite of(String name) {
        double epsilon = Stabiliser.DEFAULT.epsilon();
        return new Composite(name, List.of()).fitting(Rules.pass()).fitting(Rules.winner())
                .fitting(Rules.proportional(epsilon)).fitting(Rules.constantDivisor(epsilon))
                .fitting(Rules.constantSoftmax())
                .with((network, node) -> is(network, node, AddConstant.class)
                        && !readsFrom(network, node, WeightedLayer.class), Rules.pass())
                .fitting(Rules.uniform())
                .with((network, node) -> isDivision(network, node) || takesAll(network, node, 0), Rules.signal(0))
                .with((network, node) -> takesAll(network, node, 1), Rules.signal(1));
    }

    private static boolean isDivision(Network network, int node) {
        return network.nodes().get(node).layer() instanceof Arithmetic each
                && each.operation() == Arithmetic.Operation.DIVIDE;
    }

    private static boolean takesAll(Network network, int node, int input) {
        return Gates.isProduct(network.nodes().get(node).layer()) && Gates.signal(network, node) == input;
    }

    /** {@return a copy in which both inputs of every product take half of its relevance} */
    public Composite uniformProducts() {
        return fitting(Rules.uniform());
    }

    /**
     * {@return AttnLRP (Achtibat et al. 2024, arXiv 2402.05602) with epsilon at layers with weights: both inputs of a
     * product take half, a softmax follows its Taylor expansion, and divisors are held constant} For transformers.
     */
    public static Composite attnLrp() {
        return uniform("attn-lrp", Rules.epsilon(Stabiliser.DEFAULT.epsilon())).uniformProducts()
                .fitting(Rules.expandedSoftmax());
    }

    /**
     * {@return one rule for every layer with weights, and the shared rules of {@link #of} for the others}
     *
     * @param name of the composite
     * @param rule that the layers get
     */
    public static Composite uniform(String name, Rule rule) {
        return of(name).kind(WeightedLayer.class, rule);
    }

    /** {@return epsilon-plus (Kohlbrenner et al. 2020): convolutions z+, linear layers and batch norm epsilon} */
    public static Composite epsilonPlus() {
        return published("epsilon-plus", Rules.zPlus());
    }

    /** {@return epsilon-plus-flat (Kohlbrenner et al. 2020): epsilon-plus with flat at the first convolution} */
    public static Composite epsilonPlusFlat() {
        return published("epsilon-plus-flat", Rules.zPlus()).first(Conv2d.class, Rules.flat());
    }

    /**
     * {@return epsilon-alpha2-beta1 (Kohlbrenner et al. 2020): convolutions alpha-beta with alpha 2, linear layers and
     * batch norm epsilon}
     */
    public static Composite epsilonAlpha2Beta1() {
        return published("epsilon-alpha2-beta1", Rules.alphaBeta(2));
    }

    /**
     * {@return epsilon-alpha2-beta1-flat (Kohlbrenner et al. 2020): epsilon-alpha2-beta1 with flat at the first
     * convolution}
     */
    public static Composite epsilonAlpha2Beta1Flat() {
        return published("epsilon-alpha2-beta1-flat", Rules.alphaBeta(2)).first(Conv2d.class, Rules.flat());
    }

    /**
     * {@return epsilon-gamma-box (Montavon et al. 2019): convolutions gamma 0.25, linear layers and batch norm epsilon,
     * the first convolution z^B with the bounds of each image}
     */
    public static Composite epsilonGammaBox() {
        return published("epsilon-gamma-box", Rules.gamma(0.25)).first(Conv2d.class, Rules.zBox());
    }

    private static Composite published(String name, Rule convolutions) {
        return uniform(name, Rules.epsilon(Stabiliser.DEFAULT.epsilon())).kind(Conv2d.class, convolutions)
                .kind(ConvTranspose2d.class, convolutions);
    }

    /**
     * {@return alpha-beta without biases everywhere and z^B at the first convolution, as the programs of RSP and RAP
     * compute it for comparison}
     *
     * @param alpha weight of the positive part, at least 1
     */
    public static Composite alphaBetaBox(double alpha) {
        return uniform("alpha-beta-box", Rules.alphaBetaApart(alpha)).first(Conv2d.class, Rules.zBox());
    }

    /** {@return excitation backpropagation (Zhang et al. 2016): z+ everywhere} */
    public static Composite excitation() {
        return uniform("excitation-backprop", Rules.zPlus());
    }

    /**
     * {@return contrastive excitation backpropagation: at the logits, the opposite class is subtracted from the target}
     */
    public static Composite contrastiveExcitation() {
        return excitation().named("contrastive-excitation-backprop").last(WeightedLayer.class, Rules.contrast());
    }

    /**
     * Returns Relative Attributing Propagation (Nam et al. 2020): batch norm passes relevance on, the first convolution
     * z^B.
     *
     * @return the composite, named {@code rap}
     */
    public static Composite rap() {
        return uniform("rap", Rules.rap()).kind(BatchNorm2d.class, Rules.pass()).last(WeightedLayer.class,
                Rules.rapStart())
                .first(Conv2d.class, Rules.zBox());
    }

    /** {@return the composites of the LRP literature by name} */
    public static Map<String, Composite> published() {
        Map<String, Composite> all = new LinkedHashMap<>();
        for (Composite each : List.of(epsilonPlus(), epsilonPlusFlat(), epsilonAlpha2Beta1(), epsilonAlpha2Beta1Flat(),
                epsilonGammaBox())) {
            all.put(each.name(), each);
        }
        return all;
    }

    /** {@return the name in reports} */
    public String name() {
        return name;
    }

    /**
     * {@return the same rules with another name}
     *
     * @param other the name
     */
    public Composite named(String other) {
        return new Composite(other, entries);
    }

    /**
     * Adds a rule for every layer of a kind.
     *
     * @param kind class of the layers
     * @param rule that the layers get
     * @return a composite with one entry more; this one stays as it is
     */
    public Composite kind(Class<? extends Layer> kind, Rule rule) {
        return with((network, node) -> is(network, node, kind), rule);
    }

    /**
     * Adds a rule for every layer that it fits.
     *
     * @param rule that the layers get
     * @return a composite with one entry more; this one stays as it is
     */
    public Composite fitting(Rule rule) {
        return with((network, node) -> rule.fits(network.nodes().get(node).layer()), rule);
    }

    /**
     * Adds a rule for every layer whose whole name matches.
     *
     * @param pattern a regular expression, such as {@code features\.[0-4]}
     * @param rule that the layers get
     * @return a composite with one entry more; this one stays as it is
     * @throws IllegalArgumentException if the pattern is not a regular expression
     */
    public Composite name(String pattern, Rule rule) {
        Pattern compiled;
        try {
            compiled = Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("'" + pattern + "' is not a regular expression: " + e.getDescription()
                    + " at position " + e.getIndex(), e);
        }
        return with((network, node) -> compiled.matcher(network.nodes().get(node).name()).matches(), rule);
    }

    /**
     * Adds a rule for the first layers of a kind: those that read from no other layer of the kind. Each branch may have
     * one.
     *
     * @param kind class of the layers
     * @param rule that the layers get
     * @return a composite with one entry more; this one stays as it is
     */
    public Composite first(Class<? extends Layer> kind, Rule rule) {
        return with((network, node) -> is(network, node, kind) && !readsFrom(network, node, kind), rule);
    }

    /**
     * Adds a rule for the last layers of a kind: those that no other layer of the kind reads from.
     *
     * @param kind class of the layers
     * @param rule that the layers get
     * @return a composite with one entry more; this one stays as it is
     */
    public Composite last(Class<? extends Layer> kind, Rule rule) {
        return with((network, node) -> is(network, node, kind) && !isReadBy(network, node, kind), rule);
    }

    /**
     * Adds a rule for one layer of a kind, by its position among these layers in the order of the network.
     *
     * @param kind class of the layers
     * @param index from 0; negative values count from the end, -1 is the last
     * @param rule that the layers get
     * @return a composite with one entry more; this one stays as it is
     */
    public Composite at(Class<? extends Layer> kind, int index, Rule rule) {
        return with((network, node) -> {
            int[] positions = IntStream.range(0, network.nodes().size()).filter(i -> is(network, i, kind)).toArray();
            int wanted = index < 0 ? positions.length + index : index;
            return wanted >= 0 && wanted < positions.length && positions[wanted] == node;
        }, rule);
    }

    /**
     * Adds a rule for the nodes that a filter includes.
     *
     * @param filter which nodes get the rule
     * @param rule that the layers get
     * @return a composite with one entry more; this one stays as it is
     */
    public Composite with(NodeFilter filter, Rule rule) {
        List<Entry> more = new ArrayList<>(entries);
        more.add(new Entry(filter, rule));
        return new Composite(name, more);
    }

    private static boolean is(Network network, int node, Class<? extends Layer> kind) {
        return kind.isInstance(network.nodes().get(node).layer());
    }

    private static boolean readsFrom(Network network, int node, Class<? extends Layer> kind) {
        boolean[] below = new boolean[node + 1];
        below[node] = true;
        for (int i = node; i >= 0; i--) {
            for (int from : below[i] ? network.inputs(i) : new int[0]) {
                if (from != Network.IMAGE_INDEX) {
                    below[from] = true;
                    if (is(network, from, kind)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static boolean isReadBy(Network network, int node, Class<? extends Layer> kind) {
        boolean[] above = new boolean[network.nodes().size()];
        above[node] = true;
        for (int i = node + 1; i < above.length; i++) {
            for (int from : network.inputs(i)) {
                above[i] |= from != Network.IMAGE_INDEX && above[from];
            }
            if (above[i] && is(network, i, kind)) {
                return true;
            }
        }
        return false;
    }

    /**
     * {@return the rule of one node}
     *
     * @param network whose node it is
     * @param node index of the node
     * @throws InputException if no entry includes the node, or the rule of the deciding entry does not fit its layer
     */
    public Rule rule(Network network, int node) {
        Node named = network.nodes().get(node);
        String what = named.layer().kind() + " '" + named.name() + "'";
        for (int i = entries.size() - 1; i >= 0; i--) {
            Rule rule = entries.get(i).rule();
            if (entries.get(i).filter().includes(network, node)) {
                if (!rule.fits(named.layer())) {
                    throw new InputException("rule " + rule.name() + " does not fit " + what
                            + "; give another in the composite");
                }
                return rule;
            }
        }
        throw new InputException("no rule for " + what + "; give one in the composite");
    }

    @Override
    public String toString() {
        return name;
    }
}
