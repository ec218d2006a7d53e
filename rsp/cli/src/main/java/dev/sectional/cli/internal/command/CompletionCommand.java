package dev.sectional.cli.internal.command;

import dev.sectional.cli.internal.output.Console;
import dev.sectional.core.InputException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine;

/** Prints a script that completes commands, options and their values in a shell. */
@Command(name = "completion", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Prints a script with which a shell completes commands, options and their values.",
        footer = {"", "Examples:", "  source <(sectional completion bash)",
            "  sectional completion fish > ~/.config/fish/completions/sectional.fish"})
final class CompletionCommand implements Callable<Integer> {
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
            case "bash", "zsh" -> console.result(new CompletionScripts(all).bash());
            case "fish" -> new CompletionScripts(all).fish().forEach(console::result);
            default -> throw new InputException("completion " + shell + ": use bash, zsh or fish");
        }
        return 0;
    }
}
