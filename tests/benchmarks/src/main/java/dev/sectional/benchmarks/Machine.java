package dev.sectional.benchmarks;

import dev.sectional.core.Engine;
import dev.sectional.core.internal.exec.Execution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;

/** The machine, and what it can do at most with so many threads. */
record Machine(double gigaflops, double gigabytes) {
    /** Far more than any cache holds. */
    private static final int VALUES = 1 << 26;
    private static final int PIECES = 256;
    /** Enough for the JIT compiler to reach the loops on a busy machine. */
    private static final int ROUNDS = 40;

    /**
     * Measures; the best of several rounds.
     *
     * @param clock nanoseconds: elapsed, or processor time of this thread if it does all the work
     */
    static Machine measure(Engine engine, LongSupplier clock) {
        float[] values = new float[VALUES];
        float[] sums = new float[PIECES];
        Arrays.fill(values, 1f);
        double arithmetic = Double.POSITIVE_INFINITY;
        double reading = Double.POSITIVE_INFINITY;
        for (int round = 0; round < ROUNDS; round++) {
            long start = clock.getAsLong();
            Execution.of(engine).workers().run(PIECES, i -> sums[i] = Peak.multiplyAdd(0.999999f));
            arithmetic = Math.min(arithmetic, clock.getAsLong() - start);
            long middle = clock.getAsLong();
            Execution.of(engine).workers().run(PIECES,
                    i -> sums[i] = Peak.sum(values, i * (VALUES / PIECES), (i + 1) * (VALUES / PIECES)));
            reading = Math.min(reading, clock.getAsLong() - middle);
        }
        return new Machine(PIECES * Peak.MFLOP * 1e6 / arithmetic, (double) VALUES * Float.BYTES / reading);
    }

    /** Processor, cores, caches, vectors, load, Java and system, in one line. */
    static String describe() throws IOException {
        String processor = System.getProperty("os.arch");
        Path info = Path.of("/proc/cpuinfo");
        if (Files.exists(info)) {
            processor = Files.readAllLines(info).stream().filter(line -> line.startsWith("model name"))
                    .map(line -> line.replaceFirst("[^:]*:\\s*", "")).findFirst().orElse(processor);
        }
        Path load = Path.of("/proc/loadavg");
        return processor + ", " + Runtime.getRuntime().availableProcessors() + " cores" + caches() + ", "
                + FloatVector.SPECIES_PREFERRED.vectorBitSize() + "-bit vectors"
                + (Files.exists(load) ? ", load before " + Files.readString(load).split(" ")[0] : "") + "; Java "
                        + Runtime.version() + ", "
                + System.getProperty("os.name") + ".";
    }

    /** Data caches of the first core, as Linux lists them; nothing elsewhere. */
    private static String caches() throws IOException {
        Path folder = Path.of("/sys/devices/system/cpu/cpu0/cache");
        if (!Files.isDirectory(folder)) {
            return "";
        }
        List<String> caches = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path cache : entries.filter(entry -> Files.isReadable(entry.resolve("level"))).sorted().toList()) {
                if (!Files.readString(cache.resolve("type")).startsWith("Instruction")) {
                    caches.add("L" + Files.readString(cache.resolve("level")).strip() + " "
                            + Files.readString(cache.resolve("size")).strip());
                }
            }
        }
        return caches.isEmpty() ? "" : ", " + String.join(", ", caches);
    }
}
