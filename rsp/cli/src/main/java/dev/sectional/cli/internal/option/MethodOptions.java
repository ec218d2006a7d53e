package dev.sectional.cli.internal.option;

import dev.sectional.attribution.Interest;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.PropagationMethod;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.InputException;
import dev.sectional.nn.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** The options for targets and method. */
public final class MethodOptions {
    private static final String METHOD = "rsp";
    private static final String USUAL_CLASSES = "top3";

    @Option(names = "--target", paramLabel = "T",
            description = "Class to explain: index, label, or topK for the K most probable; repeatable; default: top1.")
    private List<String> targets = new ArrayList<>();

    @Option(names = "--method", paramLabel = "NAME", description = "Method, such as grad-cam, epsilon-plus or "
            + "smooth-grad:samples=50,seed=1; 'sectional methods' lists them; default: rsp.")
    private String method = METHOD;

    @Option(names = "--start", paramLabel = "target|relative",
            description = "rsp only: start from the target alone, or from the target relative to other classes, whose "
                    + "evidence is blue; default: target.")
    private String start;

    @Option(names = "--classes", paramLabel = "LIST|topK|pNN",
            description = "rsp only: the classes that --start relative compares: indices or labels, separated by "
                    + "commas, the K most probable, or all of at least NN percent; default: " + USUAL_CLASSES + ".")
    private String classes;

    @Option(names = "--purge", description = "rsp only: before each convolution, drop relevance whose sign differs "
            + "from the channel sum at its position.")
    private boolean purge;

    @Option(names = "--start-layer", paramLabel = "NAME",
            description = "rsp only: layer where relevance starts; default: the ReLU of the last convolution.")
    private String startLayer;

    /** Returns the method with its settings. */
    public Method method(Network network) {
        if (method.equalsIgnoreCase(METHOD)) {
            return rsp(network);
        }
        refuse("--start", start != null);
        refuse("--classes", classes != null);
        refuse("--purge", purge);
        refuse("--start-layer", startLayer != null);
        return Methods.named(method);
    }

    private void refuse(String option, boolean given) {
        if (given) {
            throw new InputException(option + " is an option of --method " + METHOD + ", not of " + method
                    + ": omit it, or write settings after the name, as 'sectional methods' shows them");
        }
    }

    /**
     * Returns the method with its settings.
     *
     * @throws InputException if it does not propagate relevance from layer to layer
     */
    public PropagationMethod propagation(Network network) {
        if (method(network) instanceof PropagationMethod propagation) {
            return propagation;
        }
        throw new InputException("--method " + method
                + " does not propagate relevance from layer to layer, so it has no "
                + "property to verify; use rsp, rap or an LRP composite");
    }

    private Rsp rsp(Network network) {
        boolean relative = "relative".equals(start);
        if (start != null && !start.equals("target") && !relative) {
            throw new InputException("--start " + start + " is unknown: use target or relative");
        }
        if (classes != null && !relative) {
            throw new InputException("--classes needs --start relative: the target start uses no other class");
        }
        Rsp rsp = Rsp.reference().purging(purge);
        if (startLayer != null) {
            network.indexOf(startLayer);
            rsp = rsp.startLayer(startLayer);
        }
        return relative ? rsp.relative(interest(network.card().labels())) : rsp;
    }

    /**
     * Returns the classes to explain.
     *
     * @throws InputException if the network has no such class
     */
    public List<Target> targets(Network network) {
        List<Target> parsed = targetNames().map(text -> Target.parse(text, network.card().labels())).toList();
        for (Target target : parsed) {
            if (target instanceof Target.Index given && (given.index() < 0 || given.index() >= network.classes())) {
                throw new InputException("--target " + given.index() + " is out of range: the model has classes 0 to "
                        + (network.classes() - 1));
            }
        }
        return parsed;
    }

    /** Tells whether an image may have more than one map. */
    public boolean severalMaps() {
        return targetNames().count() > 1
                || targetNames().anyMatch(target -> target.matches("top\\d+") && !target.matches("top0*1"));
    }

    private Stream<String> targetNames() {
        return targets.isEmpty() ? Stream.of("top1") : targets.stream();
    }

    private Interest interest(List<String> labels) {
        String text = classes == null ? USUAL_CLASSES : classes.strip();
        try {
            if (text.matches("top\\d+")) {
                return Interest.top(Integer.parseInt(text.substring(3)));
            }
            if (text.matches("p\\d+(\\.\\d+)?")) {
                return Interest.probability(Double.parseDouble(text.substring(1)) / 100);
            }
        } catch (NumberFormatException | InputException e) {
            throw new InputException("--classes " + text + ": give topK, or pNN with a percentage from 0 to 100", e);
        }
        List<Target> listed = Stream.of(text.split(",")).map(String::strip).filter(name -> !name.isEmpty())
                .map(name -> Target.parse(name, labels)).toList();
        return Interest.of(listed);
    }
}
