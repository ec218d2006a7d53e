package dev.sectional.benchmarks;

import dev.sectional.core.Provider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Times VGG16 on our engine and on native ones, in turns, and prints one table per number of threads. */
@Command(name = "compare", sortOptions = false,
        description = "Times VGG16 on Sectional, ONNX Runtime and PyTorch in turns, with the same weights and threads.")
public final class Compare implements Callable<Integer> {
    /** From this Java on, native libraries are to be announced. */
    private static final int ANNOUNCES_NATIVE = 22;

    @Option(names = "--rounds", defaultValue = "15", description = "Timed rounds, at least 1 (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(names = "--warmup", defaultValue = "5", description = "Rounds before that (default: ${DEFAULT-VALUE}).")
    private int warmup;

    @Option(names = "--threads", split = ",", defaultValue = "1,2", description = "Numbers of threads, one process each (default: ${DEFAULT-VALUE}).")
    private List<Integer> threads;

    @Option(names = "--engines", split = ",", description = "Of ${COMPLETION-CANDIDATES} (default: all).")
    private EnumSet<EngineName> engines = EnumSet.allOf(EngineName.class);

    @Option(names = "--provider", defaultValue = "AUTO", description = "Of Sectional: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Provider provider;

    @Option(names = "--pause", defaultValue = "200",
            description = "Milliseconds between two runs, in which the threads of the last engine stop waiting for more work and sleep (default: ${DEFAULT-VALUE}).")
    private long pause;

    @Option(names = "--folder", description = "Where the weights go, 553 MB, written once, and PyTorch's library (default: sectional-benchmarks in the folder for temporary files).")
    private Path folder = Vgg16.defaultFolder();

    @Option(names = "--java-option", description = "For the processes that are timed; may be repeated.")
    private List<String> javaOptions = List.of();

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Shows this.")
    private boolean help;

    @Option(names = "--in-this-process", hidden = true)
    private boolean here;

    /** Starts it; exit status 0 when all was measured. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Compare()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (rounds < 1 || warmup < 0 || pause < 0 || threads.stream().anyMatch(count -> count < 1)) {
            System.err.println("compare: --rounds and --threads are at least 1, --warmup and --pause at least 0");
            return CommandLine.ExitCode.USAGE;
        }
        if (here) {
            try (CompareFork fork = new CompareFork(folder, engines, provider, threads.get(0))) {
                System.out.println(fork.run(warmup, rounds, pause));
            }
            return CommandLine.ExitCode.OK;
        }
        for (int count : threads) {
            int status = fork(count);
            if (status != 0) {
                return status;
            }
        }
        return CommandLine.ExitCode.OK;
    }

    private int fork(int count) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseParallelGC", "-Xmx2g", "--add-modules=jdk.incubator.vector"));
        if (Runtime.version().feature() >= ANNOUNCES_NATIVE) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(javaOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Compare.class.getName(), "--in-this-process",
                "--threads", String.valueOf(count), "--rounds", String.valueOf(rounds), "--warmup", String.valueOf(warmup),
                "--pause", String.valueOf(pause), "--provider", provider.name(), "--folder", folder.toString(),
                "--engines", engines.stream().map(Enum::name).collect(Collectors.joining(","))));
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
