package dev.sectional.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Whole processes as a user starts them, in turns: the launcher, Java, the weights from the page cache, one image, two
 * files written. Beside them PyTorch as a process, which does less: Java, the same weights into its memory, one forward
 * pass.
 */
final class ColdStarts implements AutoCloseable {
    private static final double BUILT_IN_GOAL = 0.8;
    private static final double VGG16_GOAL = 2.5;
    private static final String SMALL_HEAP = "-Xmx384m";
    private static final double NONE = Double.POSITIVE_INFINITY;
    /** More than any of them takes: a process that hangs is ended. */
    private static final int MINUTES = 3;

    private final Path launcher;
    private final Path folder;
    private final Path weights;
    private final Path image;
    private final Path out;

    /** @param launcher the script {@code sectional} of a checkout */
    ColdStarts(Path launcher, Path folder) throws IOException {
        this.launcher = launcher.toAbsolutePath();
        this.folder = folder;
        weights = Vgg16.weights(folder);
        image = this.launcher.resolveSibling("rsp").resolve("cli").resolve("samples").resolve("coffee.png");
        out = Files.createTempDirectory(folder, "maps");
    }

    /** The table, in Markdown. */
    String run(Set<Row> rows, Set<EngineName> engines, int rounds, long pause) throws IOException,
            InterruptedException {
        GoalTable table = new GoalTable("processes, all cores");
        if (rows.contains(Row.cold)) {
            cold(table, engines, rounds, pause);
        }
        if (rows.contains(Row.heap)) {
            heap(table);
        }
        return table.toString();
    }

    private void cold(GoalTable table, Set<EngineName> engines, int rounds, long pause) throws IOException,
            InterruptedException {
        Map<ProcessBuilder, double[]> times = new LinkedHashMap<>();
        ProcessBuilder builtIn = explain(List.of(), "");
        ProcessBuilder vgg16 = explain(List.of("--weights", weights.toString()), "");
        ProcessBuilder pytorch = pytorch();
        times.put(builtIn, new double[rounds]);
        times.put(vgg16, new double[rounds]);
        if (engines.contains(EngineName.pytorch)) {
            times.put(pytorch, new double[rounds]);
        }
        // the first builds, writes the archive of classes, unpacks libraries, reads the weights
        for (int round = -1; round < rounds; round++) {
            for (Map.Entry<ProcessBuilder, double[]> each : times.entrySet()) {
                Thread.sleep(pause);
                double seconds = start(each.getKey());
                each.getValue()[Math.max(round, 0)] = seconds;
            }
        }
        table.absolute("`sectional explain`, built-in model", Spread.of(times.get(builtIn)), "s", BUILT_IN_GOAL);
        table.absolute("`sectional explain`, VGG16", Spread.of(times.get(vgg16)), "s", VGG16_GOAL);
        if (times.containsKey(pytorch)) {
            table.absolute("PyTorch through Java, VGG16: start, load, one forward pass", Spread.of(times.get(pytorch)),
                    "s", NONE);
        }
    }

    private void heap(GoalTable table) throws InterruptedException {
        String what = "`sectional explain`, VGG16, with " + SMALL_HEAP;
        try {
            double seconds = start(explain(List.of("--weights", weights.toString()), SMALL_HEAP));
            table.line(what, GoalTable.number(seconds) + " s", "", "", "succeeds", "reached");
        } catch (IOException failed) {
            table.line(what, failed.getMessage().lines().findFirst().orElse(""), "", "", "succeeds", "not reached");
        }
    }

    private ProcessBuilder explain(List<String> arguments, String javaOptions) {
        List<String> command = new ArrayList<>(List.of(launcher.toString(), "explain", image.toString(), "--out",
                out.toString()));
        command.addAll(arguments);
        ProcessBuilder process = new ProcessBuilder(command);
        process.environment().put("JAVA_HOME", System.getProperty("java.home"));
        process.environment().put("JAVA_OPTS", javaOptions);
        return process;
    }

    private ProcessBuilder pytorch() {
        List<String> command = Child.command(ColdStarts.class, List.of());
        command.add(folder.toString());
        return new ProcessBuilder(command);
    }

    /** Seconds from start to end. */
    private double start(ProcessBuilder process) throws IOException, InterruptedException {
        Path said = out.resolve("said.txt");
        long start = System.nanoTime();
        Process running = process.redirectErrorStream(true).redirectOutput(said.toFile()).start();
        boolean ended = running.waitFor(MINUTES, TimeUnit.MINUTES);
        double seconds = (System.nanoTime() - start) / 1e9;
        if (!ended || running.exitValue() != 0) {
            running.destroyForcibly();
            throw new IOException(String.join(" ", process.command())
                    + (ended ? " ended with status " + running.exitValue() : " did not end")
                    + ": " + Files.readString(said));
        }
        return seconds;
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(out)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** PyTorch's process: one forward pass on all cores. */
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        try (PyTorch pytorch = new PyTorch(folder, Vgg16.weights(folder), Vgg16.image(Vgg16.SIZE),
                Runtime.getRuntime().availableProcessors())) {
            System.out.println(pytorch.name() + ": the first logit is " + pytorch.run()[0]);
        }
    }
}
