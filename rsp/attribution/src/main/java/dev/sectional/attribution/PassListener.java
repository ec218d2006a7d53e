package dev.sectional.attribution;

/** Receives the progress of a method that runs the network many times, such as SmoothGrad. */
@FunctionalInterface
public interface PassListener {
    /**
     * Reports a pass. An exception, such as {@link java.util.concurrent.CancellationException}, ends the explanation.
     *
     * @param done number of passes completed, 1 to total
     * @param total number of passes
     */
    void passed(int done, int total);
}
