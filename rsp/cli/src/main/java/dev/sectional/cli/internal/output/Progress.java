package dev.sectional.cli.internal.output;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar on a terminal. Without a terminal, long work of several steps prints a line now and then. */
public final class Progress implements AutoCloseable {
    private static final int WIDTH = 76;
    private static final long NOTE_NANOS = 10_000_000_000L;
    private final ProgressBar bar;
    private Console log;
    private String task;
    private long steps;
    private long noted = System.nanoTime();
    private Pace pace;

    private Progress(ProgressBar bar) {
        this.bar = bar;
    }

    /**
     * Returns a bar that counts steps; for a single step it draws nothing. Without a terminal it prints the steps done
     * at most every ten seconds.
     *
     * @param task a word for the task
     * @param steps number of steps
     */
    public static Progress of(Console console, String task, long steps) {
        Progress progress = new Progress(console.bar() == null || steps < 2 ? null
                : builder(console, task, steps).build());
        if (console.bar() == null && steps >= 2) {
            progress.log = console;
            progress.task = task;
            progress.steps = steps;
        }
        return progress;
    }

    /**
     * Returns a bar that also shows the rate of steps, and the time that is left once {@link Pace} knows it.
     *
     * @param unit name of the steps, such as {@code images}
     * @param done steps that an earlier run completed; they do not count for the rate
     */
    public static Progress ofMany(Console console, String task, String unit, long done, long steps) {
        Pace pace = new Pace();
        pace.at(done);
        Progress progress = new Progress(console.bar() == null ? null : builder(console, task, steps)
                .setUnit(" " + unit, 1).showSpeed().startsFrom(done, Duration.ZERO)
                .setEtaFunction(state -> left(pace, steps)).build());
        progress.pace = pace;
        return progress;
    }

    private static Optional<Duration> left(Pace pace, long steps) {
        OptionalDouble seconds = pace.secondsLeft(steps);
        return seconds.isEmpty() ? Optional.empty() : Optional.of(Duration.ofSeconds((long) seconds.getAsDouble()));
    }

    /** Returns the pace of the steps of {@link #ofMany}; null for other bars. */
    public Pace pace() {
        return pace;
    }

    /** Returns a bar that counts bytes and shows megabytes. */
    public static Progress ofBytes(Console console, String task, long bytes) {
        return new Progress(console.bar() == null ? null : builder(console, task, bytes).setUnit(" MB", 1 << 20)
                .build());
    }

    private static ProgressBarBuilder builder(Console console, String task, long steps) {
        return new ProgressBarBuilder().setTaskName(task).setInitialMax(steps).setStyle(ProgressBarStyle.ASCII)
                .setConsumer(new Line(console));
    }

    /** Shows that so many steps are done. */
    public void to(long done) {
        if (pace != null) {
            pace.at(done);
        }
        if (bar != null) {
            bar.stepTo(done);
        }
        if (log != null && done < steps && System.nanoTime() - noted > NOTE_NANOS) {
            noted = System.nanoTime();
            log.note(task + ": " + done + " of " + steps);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }

    /** Draws the bar on the last line of the terminal through the console, so that results do not overwrite it. */
    private record Line(Console console) implements ProgressBarConsumer {
        @Override
        public int getMaxRenderedLength() {
            return WIDTH;
        }

        @Override
        public void accept(String drawn) {
            console.draw(drawn);
        }

        @Override
        public void clear() {
            console.clear();
        }

        @Override
        public void close() {
            console.clear();
        }
    }
}
