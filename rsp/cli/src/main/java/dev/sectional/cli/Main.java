package dev.sectional.cli;

import dev.sectional.cli.internal.command.Commands;
import dev.sectional.cli.internal.output.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Starts the command line. {@link Commands} lists the exit statuses. */
public final class Main {
    private Main() {
    }

    /**
     * Runs one command and ends the JVM with its exit status.
     *
     * @param args the name of a command, its options and its arguments
     */
    public static void main(String[] args) {
        Commands.warmUp(args);
        PrintStream out = utf8(FileDescriptor.out);
        PrintStream err = utf8(FileDescriptor.err);
        String terminal = System.getProperty("sectional.terminal", "");
        PrintStream bar = terminal.equals("both") ? out : terminal.equals("err") ? err : null;
        int status = Commands.run(args, new Console(out, err, bar));
        out.flush();
        err.flush();
        // Status 0 needs no call: Java ends with this thread, and System.exit would load a logger first.
        if (status != 0) {
            System.exit(status);
        }
    }

    /** Returns a stream that writes labels and file names in any script, whatever the encoding of the platform. */
    private static PrintStream utf8(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }
}
