package dev.sectional.weights.internal.onnx;




/**
 * What an imported graph may come to, far above any classifier and far below what a heap holds. A file of a few bytes can ask
 * for a great deal: operators fill, double and spread constants.
 */
final class GraphLimits {
    private static final int MOST_NODES = 20_000;
    private static final int MOST_CHANNELS = 1 << 20;
    private static final long MOST_WEIGHTS = 1L << 30;
    private static final long MOST_BIASES = 1L << 22;
    private static final long MOST_NUMBERS = 1L << 22;
    /** Part of the heap that may go to transposed copies of matrices. */
    private static final int HEAP_PART = 2;

    private long nodes;
    private long weights;
    private long biases;
    private long numbers;
    private long copied;

    /** Another node of the network, which reads so many weights. */
    void node(long ofWeights) {
        nodes++;
        weights += ofWeights;
        require(nodes <= MOST_NODES && weights <= MOST_WEIGHTS, "the graph has more than " + MOST_NODES + " nodes or " + MOST_WEIGHTS + " weights");
    }

    /** A vector of one value per channel on the heap. */
    void channels(long count) {
        biases += count;
        require(count <= MOST_CHANNELS && biases <= MOST_BIASES, "the graph has a layer of more than " + MOST_CHANNELS
                + " channels, or more than " + MOST_BIASES + " together");
    }

    /** Whole numbers of a shape or an axis. */
    void numbers(long count) {
        numbers += count;
        require(numbers <= MOST_NUMBERS, "the graph calculates with more than " + MOST_NUMBERS + " whole numbers");
    }

    /** Whether a copy of so many floats may be made. */
    boolean copies(long floats) {
        boolean fits = (copied + floats) * Float.BYTES <= Runtime.getRuntime().maxMemory() / HEAP_PART;
        copied += fits ? floats : 0;
        return fits;
    }

    private static void require(boolean kept, String what) {
        if (!kept) {
            throw new IllegalArgumentException(what + "; no classifier has");
        }
    }
}
