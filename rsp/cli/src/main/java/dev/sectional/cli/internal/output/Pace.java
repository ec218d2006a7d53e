package dev.sectional.cli.internal.output;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;

/**
 * Estimates the time that is left of steps of one kind. The first ten seconds and the step under way then do not count:
 * in them the program warms up. From then on the steps of the last minute count. Safe for use by
 * several threads.
 */
public final class Pace {
    private static final long INTERVAL_NANOS = 10_000_000_000L;
    private static final int INTERVALS = 6;

    private final LongSupplier clock;
    private final long began;
    private final Deque<Mark> marks = new ArrayDeque<>();
    private Mark last;

    /** So many steps were done then. */
    private record Mark(long nanos, long done) {
    }

    /** Starts now. */
    public Pace() {
        this(System::nanoTime);
    }

    /** @param clock nanoseconds since any time */
    Pace(LongSupplier clock) {
        this.clock = clock;
        this.began = clock.getAsLong();
    }

    /** Takes note that so many steps are done. */
    public synchronized void at(long done) {
        last = new Mark(clock.getAsLong(), done);
        long since = marks.isEmpty() ? began : marks.getLast().nanos;
        if (last.nanos - since >= INTERVAL_NANOS) {
            marks.add(last);
            if (marks.size() > INTERVALS + 1) {
                marks.removeFirst();
            }
        }
    }

    /** Returns the steps in a second; empty until some were done after the warm-up. */
    public synchronized OptionalDouble perSecond() {
        if (marks.isEmpty() || last.done == marks.getFirst().done) {
            return OptionalDouble.empty();
        }
        Mark first = marks.getFirst();
        return OptionalDouble.of((last.done - first.done) * 1e9 / (last.nanos - first.nanos));
    }

    /** Returns the seconds that the rest of so many steps takes at that rate; empty while it is not known. */
    public synchronized OptionalDouble secondsLeft(long steps) {
        OptionalDouble rate = perSecond();
        return rate.isEmpty() ? rate : OptionalDouble.of((steps - last.done) / rate.getAsDouble());
    }
}
