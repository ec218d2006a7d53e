package dev.sectional.cli.internal.command;

import dev.sectional.cli.internal.option.DeprecatedOptions;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.core.InputException;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine;

/** Prints a script that completes commands and options in a shell. */
@Command(name = "completion", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Prints a script with which a shell completes commands and options.",
        footer = {"", "Examples:", "  source <(sectional completion bash)",
            "  sectional completion fish > ~/.config/fish/completions/sectional.fish"})
final class CompletionCommand implements Callable<Integer> {
    private static final String PROGRAM = "sectional";
    private final Console console;

    @Parameters(paramLabel = "bash|zsh|fish", description = "The shell.")
    private String shell;

    CompletionCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        CommandLine all = Commands.all(console);
        switch (shell) {
            // The script for bash loads zsh's emulation of its completion by itself.
            case "bash", "zsh" -> console.result(AutoComplete.bash(PROGRAM, all).stripTrailing());
            case "fish" -> fish(all);
            default -> throw new InputException("completion " + shell + ": use bash, zsh or fish");
        }
        return 0;
    }

    private void fish(CommandLine all) {
        for (Map.Entry<String, CommandLine> command : all.getSubcommands().entrySet()) {
            String summary = String.join(" ", command.getValue().getCommandSpec().usageMessage().description());
            console.result("complete -c " + PROGRAM + " -n __fish_use_subcommand -f -a " + command.getKey() + " -d "
                    + quoted(summary));
            for (OptionSpec option : command.getValue().getCommandSpec().options()) {
                if (DeprecatedOptions.contains(option.longestName())) {
                    continue;
                }
                StringBuilder line = new StringBuilder("complete -c " + PROGRAM + " -n '__fish_seen_subcommand_from "
                        + command.getKey() + "'");
                Stream.of(option.names()).filter(name -> !DeprecatedOptions.contains(name)).forEach(name -> line
                        .append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1)));
                if (option.arity().max() > 0) {
                    line.append(" -r");
                }
                console.result(line + " -d " + quoted(String.join(" ", option.description())));
            }
        }
    }

    /** Returns the first sentence of a text as a word of fish. */
    private static String quoted(String text) {
        String first = text.replaceFirst(";? default: .*", "").split("(?<=[.]) ", 2)[0];
        return "'" + first.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
