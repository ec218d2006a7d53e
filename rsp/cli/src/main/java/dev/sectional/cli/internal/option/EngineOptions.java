package dev.sectional.cli.internal.option;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** The options for threads and kernels. */
public final class EngineOptions {
    private static final int MOST_THREADS = 1024;
    private static final List<String> PROVIDERS = List.of("auto", "simd", "scalar");

    @Option(names = {"-j", "--threads"}, paramLabel = "N", description = "Number of threads; default: one per core.")
    private Integer threads;

    @Option(names = {"--backend", "--provider"}, paramLabel = "auto|simd|scalar",
            description = "Kernels; default: the fastest that this Java supports.")
    private String provider;

    /**
     * Opens an engine.
     *
     * @throws InputException if the provider is unknown or cannot load, or the number of threads is out of range
     */
    public Engine open() {
        if (threads != null && (threads < 1 || threads > MOST_THREADS)) {
            throw new InputException("--threads " + threads + ": give a number from 1 to " + MOST_THREADS);
        }
        if (provider != null && !PROVIDERS.contains(provider.toLowerCase(Locale.ROOT))) {
            throw new InputException("--backend " + provider + ": use auto, simd or scalar");
        }
        return Engine.open(provider == null ? Provider.configured() : Provider.named(provider),
                threads());
    }

    /** Returns the number of threads of the engine. */
    public int threads() {
        return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    }
}
