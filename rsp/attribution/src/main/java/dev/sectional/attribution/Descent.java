package dev.sectional.attribution;

import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.Tape;
import dev.sectional.nn.rules.Composite;
import dev.sectional.nn.rules.Handed;
import dev.sectional.nn.rules.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Relevance on its way down by a composite's rules, and the account of every layer that it passes. */
final class Descent {
    private final Tape tape;
    private final Composite composite;
    private final List<LayerSum> sums = new ArrayList<>();
    private final Map<String, Tensor> below;
    /** What was handed down last, whose sums are known: the next layer receives it, unless branches meet. */
    private Tensor last;
    private double lastSum;
    private double lastAbsolutes;
    /** Arrays of what was handed down, for the engine's buffers. */
    private final Set<float[]> passing = Collections.newSetFromMap(new IdentityHashMap<>());

    private Descent(Tape tape, Composite composite, boolean keepingLayers) {
        this.tape = tape;
        this.composite = composite;
        this.below = keepingLayers ? new LinkedHashMap<>() : null;
    }

    /**
     * @param method by which the result is reported
     * @param start node at whose output relevance starts
     * @param r relevance there
     */
    static Attribution of(String method, Tape tape, Composite composite, int start, Tensor r, int target, boolean keepingLayers) {
        Descent descent = new Descent(tape, composite, keepingLayers);
        Tensor relevance = tape.backward(start, r, Network.IMAGE_INDEX, descent::pass).toChannelsFirst();
        descent.recycle(r);
        return Attribution.of(method, tape, target, r, relevance, descent.sums, keepingLayers ? descent.below : Map.of());
    }

    /** Gives back what rules made on the way: nobody has seen it. */
    private void recycle(Tensor start) {
        passing.remove(start.data());
        passing.forEach(tape.network().engine().buffers()::give);
    }

    private List<Tensor> pass(int index, Tensor received) {
        Network network = tape.network();
        Node node = network.nodes().get(index);
        Rule rule = composite.rule(network, index);
        Handed handed = apply(rule, node, tape.inputs(index), received);
        account(node.name(), rule, received, handed);
        if (below == null) {
            handed.relevances().forEach(each -> passing.add(each.data()));
        }
        if (below != null && handed.relevances().size() == 1) {
            below.put(node.name(), Attribution.channelsFirst(handed.relevance()));
        }
        return handed.relevances();
    }

    private void account(String name, Rule rule, Tensor received, Handed handed) {
        double sumIn = received == last ? lastSum : received.sum();
        double absolutesIn = received == last ? lastAbsolutes : received.sumOfAbsolutes();
        boolean same = handed.relevances().size() == 1 && handed.relevance() == received;
        lastSum = same ? sumIn : handed.sum();
        lastAbsolutes = same ? absolutesIn : handed.sumOfAbsolutes();
        last = handed.relevances().size() == 1 ? handed.relevance() : null;
        sums.add(new LayerSum(name, rule.name(), sumIn, lastSum, handed.lost(), Math.max(absolutesIn, lastAbsolutes)));
    }

    /** A rule that cannot take its input, such as z^B with bounds that the image leaves, is told with the layer's name. */
    private Handed apply(Rule rule, Node node, List<Tensor> inputs, Tensor received) {
        try {
            return rule.apply(tape.network().engine(), node.layer(), inputs, received);
        } catch (IllegalArgumentException e) {
            throw new InputException("layer '" + node.name() + "', rule " + rule.name() + ": " + e.getMessage(), e);
        }
    }
}
