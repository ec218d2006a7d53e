package dev.sectional.cli.internal.output;

import dev.sectional.attribution.internal.text.VisibleText;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The streams of a command.
 *
 * @param out receives results
 * @param err receives messages
 * @param bar receives progress bars; null if the output is no terminal. If both streams go to one terminal, this is
 *     {@code out}, because the launcher filters {@code err}, which therefore lags behind
 * @param level which messages are printed
 * @param answers gives the answers of a person at a terminal; null if there is none
 */
public record Console(PrintStream out, PrintStream err, PrintStream bar, Level level, InputStream answers) {
    private static final String CLEAR_LINE = "\r\033[2K";

    /** How much is printed beside results. */
    public enum Level {
        /** Errors alone. */
        QUIET,
        /** Messages and progress too. */
        NORMAL,
        /** Stack traces too. */
        VERBOSE
    }

    /** The streams of a command that prints messages and progress. */
    public Console(PrintStream out, PrintStream err, PrintStream bar) {
        this(out, err, bar, Level.NORMAL, null);
    }

    /** Returns the same streams with a person who answers. */
    public Console answeredBy(InputStream person) {
        return new Console(out, err, bar, level, person);
    }

    /** Returns the same streams at another level. */
    public Console at(Level other) {
        return new Console(out, err, other == Level.QUIET ? null : bar, other, answers);
    }

    /** Returns a writer to {@code out}. */
    public PrintWriter outWriter() {
        return new PrintWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), true);
    }

    /** Returns a writer to {@code err}. */
    public PrintWriter errWriter() {
        return new PrintWriter(new OutputStreamWriter(err, StandardCharsets.UTF_8), true);
    }

    /** Prints one line of a result. A progress bar redraws itself below. */
    public void result(String line) {
        synchronized (out) {
            clear();
            out.println(visible(line));
        }
    }

    /** Draws a progress bar over the last one. */
    public void draw(String drawn) {
        synchronized (out) {
            bar.print('\r' + drawn);
            bar.flush();
        }
    }

    /** Removes a progress bar. */
    public void clear() {
        if (bar != null) {
            bar.print(CLEAR_LINE);
            bar.flush();
        }
    }

    /** Tells whether there is a person to ask. */
    public boolean asks() {
        return answers != null;
    }

    /** Asks a person and returns whether the answer begins with y; the end of the input means no. */
    public boolean agrees(String question) {
        PrintStream terminal = bar == null ? err : bar;
        terminal.print("sectional: " + question + " [y/N] ");
        terminal.flush();
        try {
            StringBuilder answer = new StringBuilder();
            for (int c = answers.read(); c >= 0 && c != '\n'; c = answers.read()) {
                answer.append((char) c);
            }
            return answer.toString().strip().toLowerCase(Locale.ROOT).startsWith("y");
        } catch (IOException e) {
            return false;
        }
    }

    /** Prints a message on one line of {@code err}, unless the user wants errors alone. */
    public void note(String message) {
        if (level != Level.QUIET) {
            error(message);
        }
    }

    /** Prints an error on one line of {@code err}. */
    public void error(String message) {
        synchronized (out) {
            clear();
            err.println("sectional: " + VisibleText.of(oneLine(message)));
        }
    }

    /** Prints the stack trace of an error if the user wants it. */
    public void trace(Throwable e) {
        if (level == Level.VERBOSE) {
            e.printStackTrace(err);
        }
    }

    /** Escapes what names of files and classes could do to a terminal; ends of lines stay. */
    private static String visible(String text) {
        return text.lines().map(VisibleText::of).collect(Collectors.joining("\n"));
    }

    private static String oneLine(String message) {
        return String.valueOf(message).strip().replaceAll("\\s*[\\r\\n]+\\s*", " ");
    }
}
