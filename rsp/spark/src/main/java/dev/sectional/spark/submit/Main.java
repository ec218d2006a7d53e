package dev.sectional.spark.submit;

import dev.sectional.core.InputException;
import picocli.CommandLine.Command;
import picocli.CommandLine;

/** What spark-submit starts. Exit status as on the command line: 0 done, 2 the input is wrong, 1 our own fault. */
@Command(name = "sectional-spark", mixinStandardHelpOptions = true,
        subcommands = {ExplainCommand.class, EvaluateCommand.class}, synopsisSubcommandLabel = "COMMAND",
        description = "Explains images, and judges explanations, on all executors of a cluster.")
public final class Main {
    private static final int OURS = 1;
    private static final int THEIRS = 2;

    private Main() {
    }

    /** Runs one command; ends the JVM only where something went wrong, because a cluster ends its drivers itself. */
    public static void main(String[] args) {
        int status = run(args);
        if (status != 0) {
            System.exit(status);
        }
    }

    static int run(String... args) {
        CommandLine line = new CommandLine(new Main());
        line.setParameterExceptionHandler((e, given) -> {
            System.err.println(e.getMessage() + "; see " + e.getCommandLine().getCommandSpec().qualifiedName()
                    + " --help");
            return THEIRS;
        });
        line.setExecutionExceptionHandler((e, command, result) -> {
            InputException input = cause(e);
            if (input != null) {
                System.err.println(input.getMessage());
                return THEIRS;
            }
            System.err.println("this is a fault of the program or of Spark: " + e);
            e.printStackTrace();
            return OURS;
        });
        return line.execute(args.length == 0 ? new String[] {"--help"} : args);
    }

    /** The input that is to blame: Spark wraps what a task threw. */
    private static InputException cause(Throwable thrown) {
        Throwable each = thrown;
        for (int depth = 0; each != null && depth < 20; depth++) {
            if (each instanceof InputException input) {
                return input;
            }
            each = each.getCause();
        }
        return null;
    }
}
