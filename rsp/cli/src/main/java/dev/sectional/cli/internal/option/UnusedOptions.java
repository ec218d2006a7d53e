package dev.sectional.cli.internal.option;

import dev.sectional.core.InputException;
import java.lang.reflect.Field;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Refuses options that would do nothing beside the others. */
public final class UnusedOptions {
    private UnusedOptions() {
    }

    /**
     * Refuses every option of a group that the user gave.
     *
     * @param command the command as picocli read it; null for one without options
     * @param group the class that holds the options
     * @param reason why they do nothing, as in {@code arrays are not resized}
     * @throws InputException if the user gave one
     */
    public static void refuse(CommandSpec command, Class<?> group, String reason) {
        if (command == null || command.commandLine() == null || command.commandLine().getParseResult() == null) {
            return;
        }
        for (OptionSpec option : command.commandLine().getParseResult().matchedOptions()) {
            if (option.userObject() instanceof Field field && field.getDeclaringClass().equals(group)) {
                throw new InputException(DeprecatedOptions.current(option) + ": " + reason + "; leave it out");
            }
        }
    }
}
