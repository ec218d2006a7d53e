package dev.sectional.cli.internal.output;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * Where a command writes: results to {@code out}, progress and messages to {@code err}.
 *
 * @param bar where progress bars are drawn; null when nobody watches. Where both streams go to one terminal this is
 *     {@code out}: the launcher filters {@code err}, which then lags behind
 */
public record Console(PrintStream out, PrintStream err, PrintStream bar) {
    private static final String CLEAR_LINE = "\r\033[2K";

    public PrintWriter outWriter() {
        return new PrintWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), true);
    }

    public PrintWriter errWriter() {
        return new PrintWriter(new OutputStreamWriter(err, StandardCharsets.UTF_8), true);
    }

    /** One line of a result; a progress bar under way draws itself again below. */
    public void result(String line) {
        synchronized (out) {
            clear();
            out.println(line);
        }
    }

    /** Draws a progress bar over the last one. */
    public void draw(String drawn) {
        synchronized (out) {
            bar.print('\r' + drawn);
            bar.flush();
        }
    }

    /** Takes a progress bar away. */
    public void clear() {
        if (bar != null) {
            bar.print(CLEAR_LINE);
            bar.flush();
        }
    }

    /** One line that says what was done or what went wrong. */
    public void note(String message) {
        synchronized (out) {
            clear();
            err.println("sectional: " + oneLine(message));
        }
    }

    private static String oneLine(String message) {
        return String.valueOf(message).strip().replaceAll("\\s*[\\r\\n]+\\s*", " ");
    }
}
