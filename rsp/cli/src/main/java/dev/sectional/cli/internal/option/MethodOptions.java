package dev.sectional.cli.internal.option;

import dev.sectional.attribution.PropagationMethod;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.InputException;
import dev.sectional.nn.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** The options for targets and methods. */
public final class MethodOptions {
    private static final String RSP = "rsp";
    private static final String ALL = "all";

    @Option(names = {"-t", "--target"}, paramLabel = "T",
            description = "Class to explain: index, label, or topK for the K most probable; repeatable; default: top1.")
    private List<String> targets = new ArrayList<>();

    @Option(names = {"-m", "--method"}, paramLabel = "NAME[:SETTINGS]",
            description = "Method, such as grad-cam, smooth-grad:samples=50,seed=1 or "
                    + "rsp:start=relative,classes=3+\"label, with comma\"; repeatable; all stands for every method; "
                    + "'sectional methods' lists them; default: rsp.")
    private List<String> methods = new ArrayList<>();

    @Option(names = "--start", paramLabel = "target|relative",
            description = "Deprecated: write --method rsp:start=relative.")
    private String start;

    @Option(names = "--classes", paramLabel = "LIST|topK|pNN",
            description = "Deprecated: write --method rsp:start=relative,classes=3+5.")
    private String classes;

    @Option(names = "--purge", description = "Deprecated: write --method rsp:purge=true.")
    private boolean purge;

    @Option(names = "--start-layer", paramLabel = "NAME", description = "Deprecated: write --method rsp:layer=NAME.")
    private String startLayer;

    /**
     * A method as the user named it.
     *
     * @param text the user's own, such as {@code rsp:start=relative}
     */
    public record Chosen(String text, Methods.Choice choice) {
    }

    /**
     * Returns the methods with their settings, each once, at least one.
     *
     * @throws InputException if a name or a setting is wrong
     */
    public List<Chosen> methods() {
        List<String> named = methods.isEmpty() ? List.of(RSP) : methods;
        String settings = deprecatedSettings();
        if (!settings.isEmpty()) {
            if (named.size() > 1 || !named.get(0).equalsIgnoreCase(RSP)) {
                throw new InputException("--start, --classes, --purge and --start-layer belong to a single --method "
                        + RSP + ": write settings after each method's name, as in --method rsp:" + settings);
            }
            named = List.of(RSP + ":" + settings);
        }
        for (String name : named) {
            if (name.contains(",") && !name.contains(":")) {
                throw new InputException("--method " + name + ": repeat the option, as in --method "
                        + String.join(" --method ", name.split("\\s*,\\s*")));
            }
        }
        return named.stream().map(String::strip).flatMap(name -> name.equalsIgnoreCase(ALL)
                ? Methods.all().stream().map(Methods.Entry::name) : Stream.of(name)).distinct()
                .map(name -> new Chosen(name, Methods.choose(name))).toList();
    }

    private String deprecatedSettings() {
        List<String> settings = new ArrayList<>();
        if (start != null) {
            settings.add("start=" + start);
        }
        if (classes != null) {
            settings.add("classes=" + Stream.of(classes.split(",")).map(String::strip).filter(name -> !name.isEmpty())
                    .map(name -> name.matches("[A-Za-z0-9.]+") ? name : '"' + name + '"')
                    .collect(Collectors.joining("+")));
        }
        if (purge) {
            settings.add("purge=true");
        }
        if (startLayer != null) {
            settings.add("layer=" + startLayer);
        }
        return String.join(",", settings);
    }

    /**
     * Returns the method with its settings.
     *
     * @throws InputException if there are several, or it does not propagate relevance from layer to layer
     */
    public PropagationMethod propagation() {
        List<Chosen> chosen = methods();
        if (chosen.size() > 1) {
            throw new InputException("--method: give one method, got " + chosen.size());
        }
        if (chosen.get(0).choice().method() instanceof PropagationMethod propagation) {
            return propagation;
        }
        throw new InputException("--method " + chosen.get(0).text()
                + " does not propagate relevance from layer to layer, so it has no "
                + "property to verify; use rsp, rap or an LRP composite");
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

    /** Tells whether an image may have more than one map per method. */
    public boolean severalTargets() {
        return targetNames().count() > 1
                || targetNames().anyMatch(target -> target.matches("top\\d+") && !target.matches("top0*1"));
    }

    private Stream<String> targetNames() {
        return targets.isEmpty() ? Stream.of("top1") : targets.stream();
    }
}
