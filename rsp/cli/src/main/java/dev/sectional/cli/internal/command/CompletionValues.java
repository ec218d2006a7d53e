package dev.sectional.cli.internal.command;

import dev.sectional.attribution.method.Methods;
import dev.sectional.evaluation.data.DatasetChoice;
import dev.sectional.evaluation.metric.Metrics;
import dev.sectional.weights.LoadOptions;
import dev.sectional.weights.fetch.PublishedModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine;

/**
 * What a shell offers for the value of an option or for an argument.
 *
 * @param words the known values; empty if only the user knows them
 * @param paths which names of files are values, too
 */
record CompletionValues(List<String> words, Paths paths) {
    private static final int USUAL_TOLERANCE = 15;
    /** Names that no help text can list, by option; an argument has that of the option for the same names. */
    private static final Map<String, Supplier<List<String>>> NAMES = Map.of("--method", CompletionValues::methods,
            "--metric", () -> withAll(new Metrics(0, USUAL_TOLERANCE, null).names()), "--dataset", DatasetChoice::names,
            "--preset", LoadOptions::presets, "--arch", LoadOptions::architectures, "--weights", PublishedModel::names);

    /** Files that complete a value. */
    enum Paths {
        /** None. */
        NONE,
        /** Files and folders. */
        FILES,
        /** Folders alone. */
        FOLDERS
    }

    /**
     * Returns the values of an option or argument. Its label in the help text lists them, as in {@code rgb|bgr}; parts
     * in capitals, as in {@code image|run|VALUE}, stand for others.
     *
     * @param name the option's name; empty for an argument
     */
    static CompletionValues of(CommandLine command, String name, ArgSpec argument) {
        String label = argument.paramLabel();
        List<String> words = new ArrayList<>(Stream.of(label.split("\\|")).filter(part -> part.matches("[a-z0-9-]+"))
                .toList());
        boolean fetched = !(argument instanceof OptionSpec) && command.getCommandName().equals("fetch");
        words.addAll(NAMES.getOrDefault(fetched ? "--weights" : name, List::of).get());
        if (argument.userObject() != null && command.getCommand() instanceof CommandLine.HelpCommand) {
            words.addAll(command.getParent().getSubcommands().keySet());
        }
        return new CompletionValues(words, paths(label, argument));
    }

    private static Paths paths(String label, ArgSpec argument) {
        if (label.matches(".*(DIR|FOLDER).*")) {
            return Paths.FOLDERS;
        }
        boolean path = argument.type() == Path.class || List.of(argument.auxiliaryTypes()).contains(Path.class);
        return path || label.contains("FILE") ? Paths.FILES : Paths.NONE;
    }

    private static List<String> methods() {
        return withAll(Methods.all().stream().map(Methods.Entry::name).toList());
    }

    private static List<String> withAll(List<String> names) {
        return Stream.concat(Stream.of("all"), names.stream()).toList();
    }
}
