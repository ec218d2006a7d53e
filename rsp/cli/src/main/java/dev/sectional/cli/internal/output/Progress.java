package dev.sectional.cli.internal.output;

import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar on a terminal; nothing where nobody watches or there is but one step. */
public final class Progress implements AutoCloseable {
    private static final int WIDTH = 76;
    private final ProgressBar bar;

    private Progress(ProgressBar bar) {
        this.bar = bar;
    }

    /**
     * @param task what is done, in a word
     * @param steps how many there are
     */
    public static Progress of(Console console, String task, long steps) {
        return new Progress(console.bar() == null || steps < 2 ? null : builder(console, task, steps).build());
    }

    /**
     * Shows the rate too, of those from {@code done} on.
     *
     * @param unit of a step, such as {@code images}
     */
    public static Progress ofMany(Console console, String task, String unit, long done, long steps) {
        return new Progress(console.bar() == null ? null
                : builder(console, task, steps).setUnit(" " + unit, 1).showSpeed()
                .startsFrom(done, Duration.ZERO).build());
    }

    /** @param bytes how many there are, shown in megabytes */
    public static Progress ofBytes(Console console, String task, long bytes) {
        return new Progress(console.bar() == null ? null
                : builder(console, task, bytes).setUnit(" MB", 1 << 20).build());
    }

    private static ProgressBarBuilder builder(Console console, String task, long steps) {
        return new ProgressBarBuilder().setTaskName(task).setInitialMax(steps).setStyle(ProgressBarStyle.ASCII)
                .setConsumer(new Line(console));
    }

    /** Moves the bar on. */
    public void to(long steps) {
        if (bar != null) {
            bar.stepTo(steps);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }

    /** The last line of the terminal, which results must not run into. */
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
