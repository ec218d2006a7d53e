package dev.sectional.weights.internal.onnx;

/**
 * Limits on an imported graph, far above any classifier and far below the heap. They are needed because operators that
 * fill, double and broadcast constants let a file of a few bytes ask for much memory. Exceptions are
 * {@link IllegalArgumentException}s.
 */
final class GraphLimits {
    private static final int MOST_NODES = 20_000;
    private static final int MOST_CHANNELS = 1 << 20;
    private static final long MOST_WEIGHTS = 1L << 30;
    private static final long MOST_BIASES = 1L << 22;
    private static final long MOST_INTEGERS = 1L << 24;
    /** Transposed copies of matrices may take the heap divided by this. */
    private static final int HEAP_PART = 2;

    /** A constant that is computed may take the heap divided by this. */
    private static final int FOLDED_PART = 6;

    private long nodes;
    private long weights;
    private long biases;
    private long integers;
    private long copied;
    private long folded;

    /** Counts a node of the network that reads that many weights. */
    void countNode(long ofWeights) {
        nodes++;
        weights += ofWeights;
        require(nodes <= MOST_NODES && weights <= MOST_WEIGHTS,
                "the graph has more than " + MOST_NODES + " nodes or " + MOST_WEIGHTS + " weights");
    }

    /** Counts a vector on the heap with one element per channel. */
    void countChannels(long count) {
        biases += count;
        require(count <= MOST_CHANNELS && biases <= MOST_BIASES, "the graph has a layer of more than " + MOST_CHANNELS
                + " channels, or more than " + MOST_BIASES + " together");
    }

    /** Counts integers that the graph computes with, such as a shape or an axis. */
    void countIntegers(long count) {
        integers += count;
        require(integers <= MOST_INTEGERS, "the graph computes with more than " + MOST_INTEGERS + " integers");
    }

    /** Returns whether a copy of that many floats fits, and counts it if so. */
    boolean tryCopy(long floats) {
        boolean fits = (copied + floats) * Float.BYTES <= Runtime.getRuntime().maxMemory() / HEAP_PART;
        copied += fits ? floats : 0;
        return fits;
    }

    /** Counts elements of constants that are computed at import. */
    void countFolded(long count) {
        folded += count;
        require(folded * Double.BYTES <= 4 * Runtime.getRuntime().maxMemory()
                && count * Double.BYTES <= Runtime.getRuntime().maxMemory() / FOLDED_PART,
                "the graph computes with constants of " + count + " elements");
    }

    private static void require(boolean kept, String excess) {
        if (!kept) {
            throw new IllegalArgumentException(excess + ", more than any classifier needs");
        }
    }
}
