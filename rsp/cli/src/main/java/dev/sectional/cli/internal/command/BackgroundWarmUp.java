package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Method;
import dev.sectional.attribution.WarmUp;
import dev.sectional.attribution.method.Methods;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.InputException;
import java.util.List;
import java.util.stream.Stream;

/**
 * Warms up the method of a command line while its options are parsed, the network opened and the first image decoded.
 */
final class BackgroundWarmUp {
    private static final String METHOD = "--method";

    private static WarmUp running;

    private BackgroundWarmUp() {
    }

    /**
     * Starts on a daemon thread. Does nothing on a machine with one processor, where it would only compete with the
     * real work, and if
     * the command line chooses a provider, which the warm-up would not use.
     *
     * @param args the command line
     */
    static void begin(String[] args) {
        if (Runtime.getRuntime().availableProcessors() < 2
                || Stream.of(args).anyMatch(arg -> arg.startsWith("--provider"))) {
            return;
        }
        try {
            WarmUp warmUp = WarmUp.of(List.of(method(args)));
            // The layers of the built-in network are too small for the algorithms of large layers.
            boolean builtIn = Stream.of(args).noneMatch(arg -> arg.startsWith("--weights"));
            running = (builtIn ? warmUp : warmUp.withLargeLayers()).start();
        } catch (InputException e) {
            running = null;   // an unknown method: the command itself refuses it
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

    /** Ends it after the explanation under way, without waiting. */
    static void end() {
        if (running != null) {
            running.cancel();
        }
    }
}
