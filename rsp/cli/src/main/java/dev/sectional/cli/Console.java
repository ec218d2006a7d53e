package dev.sectional.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * Where a command writes: results to {@code out}, progress and messages to {@code err}.
 *
 * @param terminal whether somebody watches {@code err}, so that a progress bar makes sense
 */
record Console(PrintStream out, PrintStream err, boolean terminal) {
    private static final String CLEAR_LINE = "\r\033[2K";

    PrintWriter outWriter() {
        return new PrintWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), true);
    }

    PrintWriter errWriter() {
        return new PrintWriter(new OutputStreamWriter(err, StandardCharsets.UTF_8), true);
    }

    /** One line of a result; a progress bar under way draws itself again below. */
    void result(String line) {
        if (terminal) {
            err.print(CLEAR_LINE);
            err.flush();
        }
        out.println(line);
    }

    /** One line that says what was done, for people. */
    void note(String message) {
        err.println("sectional: " + oneLine(message));
    }

    /** One line that says what went wrong. */
    void error(String message) {
        if (terminal) {
            err.print(CLEAR_LINE);
        }
        note(message);
    }

    private static String oneLine(String message) {
        return String.valueOf(message).strip().replaceAll("\\s*[\\r\\n]+\\s*", " ");
    }
}
