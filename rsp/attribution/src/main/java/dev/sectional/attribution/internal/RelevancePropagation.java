package dev.sectional.attribution.internal;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.LayerAccount;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.Tape;
import dev.sectional.nn.rule.Composite;
import dev.sectional.nn.rule.Propagated;
import dev.sectional.nn.rule.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Propagates the relevance of one or several targets from a start to the image with the rules of a composite, and keeps
 * the account of every layer. For one thread.
 */
public final class RelevancePropagation implements Tape.Steps {
    private final Tape tape;
    private final Composite composite;
    private final boolean keepsLayerRelevances;
    private final boolean last;
    private final List<TargetAccount> accounts = new ArrayList<>();
    /** Arrays that rules acquired from the engine's pool and that no layer has consumed yet. */
    private final Set<float[]> unconsumed = Collections.newSetFromMap(new IdentityHashMap<>());

    /** The accounts of one target. */
    private static final class TargetAccount {
        final List<LayerAccount> layers = new ArrayList<>();
        final Map<String, Tensor> layerRelevances = new LinkedHashMap<>();
        /** Sums of relevances that no layer has received yet: a sum where branches meet has none. */
        final Map<Tensor, Propagated.Sums> sums = new IdentityHashMap<>();

        void add(Engine engine, String name, Rule rule, Tensor received, Propagated propagated) {
            Propagated.Sums known = sums.remove(received);
            Propagated.Sums output = known == null ? Propagated.sums(engine, received) : known;
            double sum = 0;
            double absolutes = 0;
            for (Tensor each : propagated.relevances()) {
                Propagated.Sums own = each == received ? output : Propagated.sums(engine, each);
                sums.put(each, own);
                sum += own.sum();
                absolutes += own.absolutes();
            }
            layers.add(new LayerAccount(name, rule.name(), output.sum(), sum, propagated.absorbed(),
                    Math.max(output.absolutes(), absolutes), propagated.algorithms()));
        }
    }

    private RelevancePropagation(Tape tape, Composite composite, boolean keepsLayerRelevances, boolean last,
            int targets) {
        this.tape = tape;
        this.composite = composite;
        this.keepsLayerRelevances = keepsLayerRelevances;
        this.last = last;
        for (int i = 0; i < targets; i++) {
            accounts.add(new TargetAccount());
        }
    }

    /**
     * Propagates relevance to the image.
     *
     * @param method name for the results
     * @param start index of the node at whose output relevance starts
     * @param relevances relevance there for each target, in the network's layout
     * @param targets indices of the classes
     * @param keepsLayerRelevances whether the results hold the relevance at every layer's input
     * @param last whether nobody needs the tape afterwards, but for its logits: the outputs of layers are then released
     *     as soon as they were used
     * @return one result for each target, in their order
     * @throws InputException if a rule refuses a layer's input; the message names both
     */
    public static List<Attribution> run(String method, Tape tape, Composite composite, int start,
                                        List<Tensor> relevances, int[] targets, boolean keepsLayerRelevances,
                                        boolean last) {
        RelevancePropagation propagation =
                new RelevancePropagation(tape, composite, keepsLayerRelevances, last, targets.length);
        List<Tensor> atImage = tape.backward(start, relevances, Network.IMAGE_INDEX, propagation);
        List<Attribution> attributions = new ArrayList<>();
        for (int i = 0; i < targets.length; i++) {
            TargetAccount account = propagation.accounts.get(i);
            Tensor relevance = atImage.get(i).toChannelsFirst();
            attributions.add(Attributions.of(method, tape, targets[i], relevances.get(i), relevance, account.layers,
                    account.layerRelevances));
        }
        propagation.unconsumed.forEach(Execution.of(tape.network().engine())::release);
        return attributions;
    }

    @Override
    public List<List<Tensor>> back(int index, List<Tensor> received) {
        Node node = tape.network().nodes().get(index);
        Rule rule = composite.rule(tape.network(), index);
        List<Propagated> propagated = propagate(rule, node, tape.inputs(index), received);
        for (int i = 0; i < accounts.size(); i++) {
            record(accounts.get(i), node.name(), rule, received.get(i), propagated.get(i));
        }
        return propagated.stream().map(Propagated::relevances).toList();
    }

    private void record(TargetAccount account, String name, Rule rule, Tensor received, Propagated propagated) {
        account.add(tape.network().engine(), name, rule, received, propagated);
        if (keepsLayerRelevances) {
            if (propagated.relevances().size() == 1) {
                account.layerRelevances.put(name, Attributions.channelsFirst(propagated.relevance()));
            }
        } else if (tape.network().reusesMemory() && rule.returnsFreshTensors()) {
            propagated.relevances().stream().filter(each -> each.data() != received.data())
                    .forEach(each -> unconsumed.add(each.data()));
        }
    }

    @Override
    public boolean isLast() {
        return last;
    }

    /** Releases a relevance that rules allocated, once no layer reads it any more. */
    @Override
    public void finished(Tensor received) {
        accounts.forEach(account -> account.sums.remove(received));
        if (unconsumed.remove(received.data())) {
            Execution.of(tape.network().engine()).release(received.data());
        }
    }

    /** Applies a rule; a refusal, such as of z^B whose bounds the image exceeds, gets the layer's name. */
    private List<Propagated> propagate(Rule rule, Node node, List<Tensor> inputs, List<Tensor> received) {
        try {
            List<Propagated> results = rule.propagateAll(tape.network().engine(), node.layer(), inputs, received);
            if (results.size() != received.size()) {
                throw new IllegalStateException("rule " + rule.name() + " at layer '" + node.name() + "' returned "
                        + results.size() + " results for " + received.size() + " relevances");
            }
            results.forEach(each -> each.requireShapesOf(inputs, rule.name(), node.name()));
            return results;
        } catch (IllegalArgumentException e) {
            throw new InputException("layer '" + node.name() + "', rule " + rule.name() + ": " + e.getMessage(), e);
        }
    }
}
