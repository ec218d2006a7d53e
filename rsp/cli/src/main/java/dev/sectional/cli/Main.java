package dev.sectional.cli;

import dev.sectional.cli.internal.command.Commands;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.cli.internal.output.WatchedOutput;
import dev.sectional.images.files.Reasons;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Starts the command line. {@link Commands} lists the exit statuses. */
public final class Main {
    /** What a shell reports for a program that SIGPIPE ended: 128 and the number of the signal. */
    private static final int READER_GONE = 141;

    private Main() {
    }

    /**
     * Runs one command and ends the JVM with its exit status. Labels and file names are written as UTF-8, whatever the
     * encoding of the platform. Results that could not be written make the status at least 2. A reader that goes away,
     * such as {@code head}, ends the command at once and without a message, with status 141, as it ends other programs.
     *
     * @param args the name of a command, its options and its arguments
     */
    public static void main(String[] args) {
        Commands.warmUp(args);
        WatchedOutput results = new WatchedOutput(new FileOutputStream(FileDescriptor.out),
                () -> System.exit(READER_GONE));
        PrintStream out = new PrintStream(results, true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        String terminal = System.getProperty("sectional.terminal", "");
        PrintStream bar = terminal.equals("both") ? out : terminal.equals("err") ? err : null;
        Console console = new Console(out, err, bar);
        if (Boolean.getBoolean("sectional.answers")) {
            console = console.answeredBy(System.in);
        }
        int status = Commands.run(args, console);
        out.flush();
        if (results.failure().isPresent()) {
            status = Math.max(status, Commands.WRONG_INPUT);
            console.note("cannot write to standard output: " + Reasons.of(results.failure().get())
                    + "; results were lost");
        }
        err.flush();
        // Status 0 needs no call: Java ends with this thread, and System.exit would load a logger first.
        if (status != 0) {
            System.exit(status);
        }
    }
}
