package dev.sectional.cli.internal.option;

import dev.sectional.cli.internal.output.Console;
import java.util.List;
import picocli.CommandLine.Option;

/** The options for messages. They work before a command is parsed: {@link #level} reads them from the arguments. */
public final class VerbosityOptions {
    private static final String QUIET = "--quiet";
    private static final String QUIET_SHORT = "-q";
    private static final String VERBOSE = "--verbose";

    @Option(names = {QUIET_SHORT, QUIET}, description = "Print results and errors, but no messages or progress.")
    private boolean quiet;

    @Option(names = VERBOSE, description = "Print the stack trace of an error.")
    private boolean verbose;

    /** Returns the level that the arguments of a command ask for. */
    public static Console.Level level(List<String> args) {
        int end = args.indexOf("--");
        List<String> options = end < 0 ? args : args.subList(0, end);
        if (options.contains(VERBOSE)) {
            return Console.Level.VERBOSE;
        }
        return options.contains(QUIET) || options.contains(QUIET_SHORT) ? Console.Level.QUIET : Console.Level.NORMAL;
    }
}
