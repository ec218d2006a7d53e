package dev.sectional.benchmarks;

import dev.sectional.core.Engine;
import dev.sectional.core.internal.exec.Execution;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.LongSupplier;

/** The machine, and what it can do at most with so many threads. */
record Machine(double gigaflops, double gigabytes) {
    /** Far more than any cache holds. */
    private static final int VALUES = 1 << 26;
    private static final int PIECES = 256;
    private static final int ROUNDS = 7;

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

    /** Processor, cores, load, Java and system, in one line. */
    static String describe() throws IOException {
        String processor = System.getProperty("os.arch");
        Path info = Path.of("/proc/cpuinfo");
        if (Files.exists(info)) {
            processor = Files.readAllLines(info).stream().filter(line -> line.startsWith("model name"))
                    .map(line -> line.replaceFirst("[^:]*:\\s*", "")).findFirst().orElse(processor);
        }
        Path load = Path.of("/proc/loadavg");
        return processor + ", " + Runtime.getRuntime().availableProcessors() + " cores"
                + (Files.exists(load) ? ", load before " + Files.readString(load).split(" ")[0] : "") + "; Java "
                        + Runtime.version() + ", "
                + System.getProperty("os.name") + ".";
    }
}
