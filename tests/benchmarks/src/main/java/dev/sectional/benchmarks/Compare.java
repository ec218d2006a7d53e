package dev.sectional.benchmarks;

import dev.sectional.core.Provider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine;

/** Times VGG16 on our engine and on native ones, in turns, and prints tables of what was reached of the goals. */
@Command(name = "compare", sortOptions = false,
        description = "Times VGG16 on Sectional, ONNX Runtime and PyTorch in turns, with the same weights and threads.")
public final class Compare implements Callable<Integer> {
    @Option(names = "--rows", split = ",", description = "Of ${COMPLETION-CANDIDATES} (default: all but the last two).")
    private Set<Row> rows = EnumSet.copyOf(Row.GOALS);

    @Option(names = "--rounds", defaultValue = "15",
            description = "Timed rounds, at least 1 (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(names = "--warmup", defaultValue = "5", description = "Rounds before that (default: ${DEFAULT-VALUE}).")
    private int warmup;

    @Option(names = "--threads", split = ",", defaultValue = "1,2",
            description = "Numbers of threads, one process each (default: ${DEFAULT-VALUE}).")
    private List<Integer> threads;

    @Option(names = "--engines", split = ",", description = "Of ${COMPLETION-CANDIDATES} (default: all).")
    private EnumSet<EngineName> engines = EnumSet.allOf(EngineName.class);

    @Option(names = "--provider", defaultValue = "AUTO",
            description = "Of Sectional: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Provider provider;

    @Option(names = "--pause", defaultValue = "200",
            description =
                    "Milliseconds between two runs, in which the threads of the last engine stop waiting for more "
                    + "work and sleep (default: ${DEFAULT-VALUE}).")
    private long pause;

    @Option(names = "--folder", description =
            "Where the weights go, 553 MB, written once, and PyTorch's library (default: sectional-benchmarks in the "
            + "folder for temporary files).")
    private Path folder = Vgg16.defaultFolder();

    @Option(names = "--launcher", defaultValue = "${sys:sectional.launcher:-sectional}",
            description = "Whose cold start is timed (default: ${DEFAULT-VALUE}).")
    private Path launcher;

    @Option(names = "--java-option", description = "For the processes that are timed; may be repeated.")
    private List<String> javaOptions = List.of();

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Shows this.")
    private boolean help;

    @Option(names = "--in-this-process", hidden = true)
    private boolean here;

    /** Starts it; exit status 0 when all was measured. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Compare()).setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((problem, command, parsed) -> {
            if (!(problem instanceof IOException)) {
                throw problem;
            }
            System.err.println("compare: " + problem.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (rounds < 1 || warmup < 0 || pause < 0 || threads.stream().anyMatch(count -> count < 1)) {
            System.err.println("compare: --rounds and --threads are at least 1, --warmup and --pause at least 0");
            return CommandLine.ExitCode.USAGE;
        }
        if (here) {
            System.out.println(measure(threads.get(0)));
            return CommandLine.ExitCode.OK;
        }
        System.out.println(Machine.describe() + "\n");
        for (Set<Row> together : List.of(Row.IN_TURNS, EnumSet.of(Row.layers), EnumSet.of(Row.growth))) {
            Set<Row> chosen = chosen(together);
            for (int i = 0; i < threads.size() && !chosen.isEmpty(); i++) {
                int status = fork(chosen, threads.get(i));
                if (status != 0) {
                    return status;
                }
            }
        }
        if (!chosen(Row.OF_PROCESSES).isEmpty()) {
            try (ColdStarts starts = new ColdStarts(launcher, folder)) {
                System.out.println(starts.run(rows, engines, rounds, pause));
            }
        }
        return CommandLine.ExitCode.OK;
    }

    private Set<Row> chosen(Set<Row> among) {
        Set<Row> chosen = EnumSet.copyOf(among);
        chosen.retainAll(rows);
        return chosen;
    }

    private String measure(int count) throws Exception {
        if (rows.contains(Row.layers)) {
            try (Layers layers = new Layers(Vgg16.weights(folder), provider, count)) {
                return layers.run(warmup, rounds);
            }
        }
        if (rows.contains(Row.growth)) {
            return Growth.run(Vgg16.weights(folder), provider, count, warmup, rounds);
        }
        try (CompareFork fork = new CompareFork(folder, engines, rows, provider, count, javaOptions)) {
            return fork.run(warmup, rounds, pause);
        }
    }

    private int fork(Set<Row> chosen, int count) throws IOException, InterruptedException {
        List<String> command = Child.command(Compare.class, javaOptions);
        javaOptions.forEach(option -> command.addAll(List.of("--java-option", option)));
        command.addAll(List.of("--in-this-process", "--rows", names(chosen), "--threads", String.valueOf(count),
                "--rounds", String.valueOf(rounds), "--warmup", String.valueOf(warmup), "--pause",
                        String.valueOf(pause),
                "--provider", provider.name(), "--folder", folder.toString(), "--engines", names(engines)));
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    private static String names(Set<? extends Enum<?>> values) {
        return values.stream().map(Enum::name).collect(Collectors.joining(","));
    }
}
