package dev.sectional.cli.internal.option;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import picocli.CommandLine.Model.OptionSpec;

/** Names of options that still work, and what to write in their place. */
public final class DeprecatedOptions {
    private static final Map<String, String> NAMES = new TreeMap<>(Map.ofEntries(
            Map.entry("--bgr", "--channel-order bgr"), Map.entry("--boxes", "--box-dir"),
            Map.entry("--classes", "--method rsp:start=relative,classes=..."), Map.entry("--clip", "--percentile"),
            Map.entry("--methods", "--method"), Map.entry("--model", "--arch"), Map.entry("--preprocess", "--fit"),
            Map.entry("--provider", "--backend"), Map.entry("--purge", "--method rsp:purge=true"),
            Map.entry("--range", "--pixel-max"), Map.entry("--root", "--data-dir"),
            Map.entry("--start", "--method rsp:start=..."), Map.entry("--start-layer", "--method rsp:layer=..."),
            Map.entry("--truth", "--image-labels")));

    private DeprecatedOptions() {
    }

    /** Returns a message for each deprecated name among the arguments of a command. */
    public static List<String> messages(List<String> args) {
        int end = args.indexOf("--");
        return (end < 0 ? args : args.subList(0, end)).stream().map(arg -> arg.split("=", 2)[0])
                .filter(NAMES::containsKey).distinct()
                .map(name -> name + " is deprecated: write " + NAMES.get(name)).toList();
    }

    /** Returns the long name of an option to write today; its only name if all are deprecated. */
    public static String current(OptionSpec option) {
        return Stream.of(option.names()).filter(name -> name.startsWith("--") && !contains(name)).findFirst()
                .orElse(option.longestName());
    }

    /** Tells whether an option's name is deprecated, so that help texts leave it out. */
    public static boolean contains(String name) {
        return NAMES.containsKey(name);
    }
}
