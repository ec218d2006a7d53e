package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Method;
import dev.sectional.attribution.WarmUp;
import dev.sectional.attribution.method.Methods;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.InputException;
import java.util.List;
import java.util.stream.Stream;

/** Warms up a method while the options are parsed, the network is opened and the first image is decoded. */
final class BackgroundWarmUp {
    private static final String METHOD = "--method";

    private static WarmUp running;

    private BackgroundWarmUp() {
    }

    /**
     * Starts on a daemon thread. Does nothing on a machine with one processor, where it would compete with the command,
     * and if the command line chooses a provider, which the warm-up would not use.
     *
     * @param args the command line
     */
    static void begin(String[] args) {
        boolean provider = Stream.of(args).anyMatch(arg -> arg.startsWith("--provider") || arg.startsWith("--backend"));
        if (Runtime.getRuntime().availableProcessors() < 2 || provider) {
            return;
        }
        try {
            WarmUp warmUp = WarmUp.of(List.of(method(args)));
            // The layers of the built-in network are too small for the algorithms of large layers.
            boolean builtIn = Stream.of(args).noneMatch(arg -> arg.startsWith("--weights"));
            running = (builtIn ? warmUp : warmUp.withLargeLayers()).start();
        } catch (InputException e) {
            running = null;   // The command itself reports the unknown method.
        }
    }

    private static Method method(String[] args) {
        for (int i = 0; i < args.length; i++) {
            if (args[i].startsWith(METHOD + "=")) {
                return Methods.named(args[i].substring(METHOD.length() + 1));
            }
            if (args[i].equals(METHOD) && i + 1 < args.length) {
                return Methods.named(args[i + 1]);
            }
        }
        return Rsp.reference();
    }

    /** Stops the warm-up after its current explanation, without waiting. */
    static void end() {
        if (running != null) {
            running.cancel();
        }
    }
}
