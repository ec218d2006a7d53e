package dev.sectional.cli.internal.option;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import picocli.CommandLine.Option;

/** The options that say what calculates. */
public final class EngineOptions {
    private static final int MOST_THREADS = 1024;

    @Option(names = "--threads", paramLabel = "N", description = "Threads to work with; default: all cores.")
    private Integer threads;

    @Option(names = "--provider", paramLabel = "auto|simd|scalar",
            description = "Which kernels calculate; default: the fastest that this Java has.")
    private String provider;

    public Engine open() {
        if (threads != null && (threads < 1 || threads > MOST_THREADS)) {
            throw new InputException("--threads " + threads + ": give a number from 1 to " + MOST_THREADS);
        }
        return Engine.open(provider == null ? Provider.configured() : Provider.named(provider),
                threads == null ? Runtime.getRuntime().availableProcessors() : threads);
    }
}
