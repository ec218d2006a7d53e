package dev.sectional.benchmarks;

import ai.onnxruntime.OrtException;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.weights.ModelFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine;

/** Times networks on our engine and on native ones, in turns, and prints tables of ratios and goals. */
@Command(name = "compare", sortOptions = false,
        description =
                "Times networks on Sectional and native engines in turns, with the same weights and threads: VGG16, "
        + "or those of --networks.")
public final class Compare implements Callable<Integer> {
    /** With --networks each of these is a table of its own, if it is the only row. */
    private static final List<Row> ALONE = List.of(Row.layers, Row.batch, Row.threads);
    private static final String POISON = "-Dsectional.buffers.poison=";

    @Option(names = "--rows", split = ",",
            description = "Of ${COMPLETION-CANDIDATES} (default: all but the last three).")
    private Set<Row> rows = EnumSet.copyOf(Row.GOALS);

    @Option(names = "--networks", split = ",", paramLabel = "FILE",
            description = "ONNX files to compare instead of VGG16, or names of torchvision, such as resnet50, which "
            + "${COMMAND-NAME} has export.py write to the folder with seeded weights. Prints one table of ratios to "
            + "ONNX Runtime's forward pass for each number of threads; with --rows layers, tables of layers; "
            + "with --rows batch, batches on both; with --rows threads, one thread beside several.")
    private List<String> networks = List.of();

    @Option(names = "--processor-time", description = "With --networks and one thread, measures the processor time of "
            + "that thread instead of elapsed time, on a machine that others use.")
    private boolean processorTime;

    @Option(names = "--forward", description = "With --networks, runs the forward passes alone: the methods' own data "
            + "would leave colder caches.")
    private boolean forward;

    @Option(names = "--poison", description =
            "With --networks, measures each network twice, with every acquired buffer "
            + "filled with 1 and with the subnormal 1e-40: kernels that compute on stale values take longer the second "
            + "time. Filling takes time, too.")
    private boolean poison;

    @Option(names = "--python", defaultValue = "python3",
            description = "Python with torchvision, for the names of --networks (default: ${DEFAULT-VALUE}).")
    private String python;

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
            if (!(problem instanceof IOException || problem instanceof InputException
                    || problem instanceof OrtException)) {
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
        if (processorTime && !threads.equals(List.of(1))) {
            System.err.println("compare: --processor-time counts one thread: add --threads 1");
            return CommandLine.ExitCode.USAGE;
        }
        if (networks.isEmpty() && rows.contains(Row.threads)) {
            System.err.println("compare: --rows threads compares one network with itself: add --networks FILE");
            return CommandLine.ExitCode.USAGE;
        }
        if (!networks.isEmpty() && !rows.equals(Row.GOALS) && ALONE.stream().noneMatch(this::only)) {
            System.err.println("compare: with --networks, --rows is one of " + names(EnumSet.copyOf(ALONE))
                    + ", or left out; --forward measures the forward passes alone");
            return CommandLine.ExitCode.USAGE;
        }
        if (here) {
            System.out.print(measure(threads.get(0)));
            return CommandLine.ExitCode.OK;
        }
        System.out.println(Machine.describe() + "\n");
        if (!networks.isEmpty()) {
            return compareNetworks();
        }
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

    private int compareNetworks() throws IOException, InterruptedException {
        List<Path> files = new ArrayList<>();
        for (String name : networks) {
            files.add(new ModelFolder(folder, python).file(name));
        }
        for (int count : threads) {
            System.out.print(heading(count));
            for (Path file : files) {
                List<String> options = new ArrayList<>(List.of("--networks", file.toString()));
                if (processorTime) {
                    options.add("--processor-time");
                }
                if (forward) {
                    options.add("--forward");
                }
                for (Row alone : ALONE) {
                    if (only(alone)) {
                        options.addAll(List.of("--rows", alone.name()));
                    }
                }
                for (String value : poison ? List.of("1", "1e-40") : List.of("")) {
                    System.out.print(value.isEmpty() ? "" : "| buffers of " + value + " ");
                    int status = run(count, options, value.isEmpty() ? List.of() : List.of(POISON + value));
                    if (status != 0) {
                        return status;
                    }
                }
            }
            System.out.println();
        }
        return CommandLine.ExitCode.OK;
    }

    private String heading(int count) {
        if (only(Row.layers)) {
            return "";
        }
        if (only(Row.threads)) {
            return ThreadScaling.heading(count);
        }
        if (only(Row.batch)) {
            return "Batches of " + BatchComparison.IMAGES + " images, " + count
                    + (count == 1 ? " thread" : " threads") + ", medians of " + rounds + " rounds in turns.\n\n"
                    + BatchComparison.HEADING;
        }
        String columns = poison ? NetworkComparison.HEADING.replace("| network", "| | network")
                .replace("\n|---", "\n|---|---") : NetworkComparison.HEADING;
        return "Ratios to ONNX Runtime's forward pass, " + count + (count == 1 ? " thread" : " threads")
                + ", medians of " + rounds + " rounds in turns" + (processorTime ? ", processor time" : "") + ".\n\n"
                + columns;
    }

    private boolean only(Row row) {
        return rows.equals(EnumSet.of(row));
    }

    private Set<Row> chosen(Set<Row> among) {
        Set<Row> chosen = EnumSet.copyOf(among);
        chosen.retainAll(rows);
        return chosen;
    }

    private String measure(int count) throws Exception {
        if (!networks.isEmpty()) {
            return measureNetwork(Path.of(networks.get(0)), count);
        }
        return measureVgg16(count) + "\n";
    }

    private String measureNetwork(Path model, int count) throws Exception {
        if (only(Row.layers)) {
            return layers(model, count);
        }
        if (only(Row.threads)) {
            try (ThreadScaling scaling = new ThreadScaling(model, provider, count)) {
                return scaling.run(warmup, rounds, pause);
            }
        }
        if (only(Row.batch)) {
            try (BatchComparison batches = new BatchComparison(model, provider, count)) {
                return batches.run(warmup, rounds, pause);
            }
        }
        try (NetworkComparison comparison = new NetworkComparison(model, provider, count, forward)) {
            return comparison.run(warmup, rounds, pause, processorTime);
        }
    }

    private String measureVgg16(int count) throws Exception {
        if (rows.contains(Row.layers)) {
            return layers(Vgg16.weights(folder), count);
        }
        if (rows.contains(Row.growth)) {
            return Growth.run(Vgg16.weights(folder), provider, count, warmup, rounds);
        }
        try (CompareFork fork = new CompareFork(folder, engines, rows, provider, count, javaOptions)) {
            return fork.run(warmup, rounds, pause);
        }
    }

    private String layers(Path model, int count) {
        try (Engine engine = Engine.open(provider, count); Network network = ModelFiles.load(model, engine)) {
            Tensor image = new Generated(1, 0, 2, network.card().input()).tensor();
            return new Layers(network, engine, image, count).run(warmup, rounds);
        }
    }

    private int fork(Set<Row> chosen, int count) throws IOException, InterruptedException {
        return run(count, List.of("--rows", names(chosen), "--engines", names(engines)), List.of());
    }

    private int run(int count, List<String> options, List<String> properties) throws IOException,
            InterruptedException {
        List<String> command = Child.command(Compare.class, Stream.concat(javaOptions.stream(), properties.stream())
                .toList());
        javaOptions.forEach(option -> command.addAll(List.of("--java-option", option)));
        command.addAll(List.of("--in-this-process", "--threads", String.valueOf(count),
                "--rounds", String.valueOf(rounds), "--warmup", String.valueOf(warmup), "--pause",
                        String.valueOf(pause),
                "--provider", provider.name(), "--folder", folder.toString()));
        command.addAll(options);
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    private static String names(Set<? extends Enum<?>> values) {
        return values.stream().map(Enum::name).collect(Collectors.joining(","));
    }
}
