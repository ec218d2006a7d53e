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

/** Relevance of one or several targets on its way down by a composite's rules, and the account of every layer that it passes. */
public final class RelevancePropagation implements Tape.Steps {
    private final Tape tape;
    private final Composite composite;
    private final List<Account> accounts = new ArrayList<>();
    private final boolean keepingLayers;
    /** Arrays that rules made on the way, for the engine's buffers. */
    private final Set<float[]> passing = Collections.newSetFromMap(new IdentityHashMap<>());

    /** What is noted of one target. */
    private static final class Account {
        final List<LayerAccount> sums = new ArrayList<>();
        final Map<String, Tensor> below = new LinkedHashMap<>();
        /** What was handed down last, whose sums are known: the next layer receives it, unless branches meet. */
        Tensor last;
        double lastSum;
        double lastAbsolutes;

        void add(Engine engine, String name, Rule rule, Tensor received, Propagated handed) {
            double sumIn = received == last ? lastSum : received.sum();
            double absolutesIn = received == last ? lastAbsolutes : received.sumOfAbsolutes();
            boolean same = handed.relevances().size() == 1 && handed.relevance() == received;
            Propagated.Sums below = same ? new Propagated.Sums(sumIn, absolutesIn) : handed.sums(engine);
            lastSum = below.sum();
            lastAbsolutes = below.absolutes();
            last = handed.relevances().size() == 1 ? handed.relevance() : null;
            sums.add(new LayerAccount(name, rule.name(), sumIn, lastSum, handed.absorbed(), Math.max(absolutesIn, lastAbsolutes),
                    handed.algorithms()));
        }
    }

    private RelevancePropagation(Tape tape, Composite composite, boolean keepingLayers, int targets) {
        this.tape = tape;
        this.composite = composite;
        this.keepingLayers = keepingLayers;
        for (int i = 0; i < targets; i++) {
            accounts.add(new Account());
        }
    }

    /**
     * @param method by which the results are reported
     * @param start node at whose output relevance starts
     * @param rs relevance there, for each of the targets
     */
    public static List<Attribution> of(String method, Tape tape, Composite composite, int start, List<Tensor> rs, int[] targets, boolean keepingLayers) {
        RelevancePropagation descent = new RelevancePropagation(tape, composite, keepingLayers, targets.length);
        List<Tensor> relevances = tape.backward(start, rs, Network.IMAGE_INDEX, descent);
        List<Attribution> attributions = new ArrayList<>();
        for (int i = 0; i < targets.length; i++) {
            Account account = descent.accounts.get(i);
            attributions.add(Attribution.of(method, tape, targets[i], rs.get(i), relevances.get(i).toChannelsFirst(), account.sums, account.below));
        }
        descent.passing.forEach(Execution.of(tape.network().engine())::release);
        return attributions;
    }

    @Override
    public List<List<Tensor>> back(int index, List<Tensor> received) {
        Node node = tape.network().nodes().get(index);
        Rule rule = composite.rule(tape.network(), index);
        List<Propagated> handed = apply(rule, node, tape.inputs(index), received);
        for (int i = 0; i < accounts.size(); i++) {
            note(accounts.get(i), node.name(), rule, received.get(i), handed.get(i));
        }
        return handed.stream().map(Propagated::relevances).toList();
    }

    private void note(Account account, String name, Rule rule, Tensor received, Propagated handed) {
        account.add(tape.network().engine(), name, rule, received, handed);
        if (!keepingLayers && tape.network().reusesMemory() && rule.returnsFreshTensors()) {
            handed.relevances().stream().filter(each -> each.data() != received.data()).forEach(each -> passing.add(each.data()));
        } else if (keepingLayers && handed.relevances().size() == 1) {
            account.below.put(name, Attribution.channelsFirst(handed.relevance()));
        }
    }

    @Override
    public void finished(Tensor received) {
        if (passing.remove(received.data())) {
            Execution.of(tape.network().engine()).release(received.data());
        }
    }

    /** A rule that cannot take its input, such as z^B with bounds that the image leaves, is told with the layer's name. */
    private List<Propagated> apply(Rule rule, Node node, List<Tensor> inputs, List<Tensor> received) {
        try {
            return rule.propagateAll(tape.network().engine(), node.layer(), inputs, received);
        } catch (IllegalArgumentException e) {
            throw new InputException("layer '" + node.name() + "', rule " + rule.name() + ": " + e.getMessage(), e);
        }
    }
}
