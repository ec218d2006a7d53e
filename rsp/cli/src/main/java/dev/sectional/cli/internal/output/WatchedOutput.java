package dev.sectional.cli.internal.output;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/** An output that remembers its first failure, which {@link java.io.PrintStream} keeps to itself. */
public final class WatchedOutput extends FilterOutputStream {
    private volatile IOException failure;

    /** Watches an output. */
    public WatchedOutput(OutputStream out) {
        super(out);
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
        return e;
    }

    /** Returns why results were lost; empty if none were. */
    public Optional<IOException> failure() {
        return Optional.ofNullable(failure);
    }

    /** Returns whether a reader went away, as {@code head} does once it has its lines: no reason for a message. */
    public static boolean isClosedPipe(IOException e) {
        return String.valueOf(e.getMessage()).contains("Broken pipe");
    }
}
