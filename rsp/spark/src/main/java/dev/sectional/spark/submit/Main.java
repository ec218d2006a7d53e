package dev.sectional.spark.submit;

import dev.sectional.core.InputException;
import picocli.CommandLine.Command;
import picocli.CommandLine;

/**
 * The entry point for {@code spark-submit}. Exit status: 0 done, 1 a fault of the program or of Spark, 2 wrong input, 3
 * done, but some images could not be explained or evaluated.
 */
@Command(name = "sectional-spark", mixinStandardHelpOptions = true,
        subcommands = {ExplainCommand.class, EvaluateCommand.class, EstimateCommand.class},
                synopsisSubcommandLabel = "COMMAND",
        description = "Explains images, and evaluates explanations, on all executors of a cluster.")
public final class Main {
    private static final String WRAPPED = InputException.class.getName() + ": ";
    private static final int FAULT = 1;
    private static final int WRONG_INPUT = 2;

    private Main() {
    }

    /** Runs one command. Ends the JVM only for another status than 0, because a cluster ends its drivers itself. */
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
            return WRONG_INPUT;
        });
        line.setExecutionExceptionHandler((e, command, result) -> {
            String input = wrongInput(e);
            if (input != null) {
                System.err.println(input);
                return WRONG_INPUT;
            }
            System.err.println("this is a fault of the program or of Spark: " + e);
            e.printStackTrace();
            return FAULT;
        });
        return line.execute(args.length == 0 ? new String[] {"--help"} : args);
    }

    /**
     * Returns the message of the {@link InputException} that Spark wrapped, as a cause or, from another JVM, as text;
     * null if there is none.
     */
    static String wrongInput(Throwable thrown) {
        Throwable each = thrown;
        String text = null;
        for (int depth = 0; each != null && depth < 20; depth++) {
            if (each instanceof InputException input) {
                return input.getMessage();
            }
            String message = String.valueOf(each.getMessage());
            int at = message.indexOf(WRAPPED);
            if (at >= 0 && text == null) {
                text = message.substring(at + WRAPPED.length()).lines().findFirst().orElse(null);
            }
            each = each.getCause();
        }
        return text;
    }
}
