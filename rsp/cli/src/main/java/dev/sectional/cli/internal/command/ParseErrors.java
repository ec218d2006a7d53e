package dev.sectional.cli.internal.command;

import dev.sectional.attribution.internal.text.Spelling;
import dev.sectional.cli.internal.option.DeprecatedOptions;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine;

/** Says in one line what is wrong with the words of a command. */
final class ParseErrors {
    private ParseErrors() {
    }

    /** Returns the fault, the nearest right word, and the command whose help has more. */
    static String message(CommandLine.ParameterException e) {
        String said = said(e);
        return said + (said.endsWith("?") ? " See " : "; see ")
                + e.getCommandLine().getCommandSpec().qualifiedName() + " --help";
    }

    private static String said(CommandLine.ParameterException e) {
        if (e instanceof CommandLine.UnmatchedArgumentException unmatched) {
            String word = unmatched.getUnmatched().get(0);
            if (word.startsWith("-")) {
                return "there is no option " + word + Spelling.suggestion(word.split("=", 2)[0],
                        options(e.getCommandLine()));
            }
            return e.getCommandLine().getParent() == null ? noCommand(word, unmatched.getSuggestions())
                    : "unexpected argument '" + word + "'";
        }
        if (e instanceof CommandLine.MissingParameterException missing && !missing.getMissing().isEmpty()) {
            ArgSpec argument = missing.getMissing().get(0);
            return argument instanceof OptionSpec option ? DeprecatedOptions.current(option) + " needs a value: "
                    + option.paramLabel() : missing.getMissing().stream().map(ArgSpec::paramLabel)
                    .collect(Collectors.joining(" and ")) + " is missing";
        }
        return e.getMessage().replaceFirst("^Unknown subcommand ('.*')\\.$", "there is no command $1")
                .replaceFirst("^Invalid value for option '([^']*)'(?: \\([^)]*\\))?: ", "$1: ")
                .replaceFirst("is not an? (int|long)$", "is not a whole number")
                .replaceFirst("is not a (double|float)$", "is not a number")
                .replaceFirst("^option '([^']*)' \\([^)]*\\) should be specified only once$",
                        "$1 is given twice; give it once");
    }

    /** A file in place of a command is meant to be explained. */
    private static String noCommand(String word, List<String> near) {
        String said = "there is no command '" + word + "'";
        if (exists(word)) {
            return said + "; did you mean 'explain " + word + "'?";
        }
        return near.isEmpty() ? said : said + "; did you mean '" + near.get(0) + "'?";
    }

    private static boolean exists(String word) {
        try {
            return Files.exists(Path.of(word));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static List<String> options(CommandLine command) {
        return command.getCommandSpec().options().stream().flatMap(option -> Stream.of(option.names()))
                .filter(name -> name.startsWith("--")).toList();
    }
}
