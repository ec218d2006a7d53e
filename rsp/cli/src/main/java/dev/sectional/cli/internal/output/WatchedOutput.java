package dev.sectional.cli.internal.output;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.Optional;

/**
 * An output that remembers its first failure, which {@link java.io.PrintStream} keeps to itself. If its reader went
 * away, as {@code head} does once it has its lines, nobody waits for the results that follow.
 */
public final class WatchedOutput extends FilterOutputStream {
    private final Runnable readerGone;
    private volatile IOException failure;

    /**
     * Watches an output.
     *
     * @param readerGone runs when a write finds that the reader of a pipe went away
     */
    public WatchedOutput(OutputStream out, Runnable readerGone) {
        super(out);
        this.readerGone = readerGone;
    }

    @Override
    public void write(int b) throws IOException {
        try {
            out.write(b);
        } catch (IOException e) {
            throw remembered(e);
        }
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        try {
            out.write(bytes, from, count);
        } catch (IOException e) {
            throw remembered(e);
        }
    }

    private IOException remembered(IOException e) {
        failure = failure == null ? e : failure;
        if (isClosedPipe(e)) {
            readerGone.run();
        }
        return e;
    }

    /** Returns why results were lost; empty if none were. */
    public Optional<IOException> failure() {
        return Optional.ofNullable(failure);
    }

    /** Linux and macOS say "Broken pipe", Windows "The pipe is being closed" or "The pipe has been ended". */
    private static boolean isClosedPipe(IOException e) {
        return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("pipe");
    }
}
