package dev.sectional.core.internal.exec;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntToDoubleFunction;

/**
 * Reductions over arrays. The worker threads share chunks of a fixed size, and the calling thread combines the
 * results of the chunks in their order, so that no bit depends on the number of threads.
 */
public final class ChunkedReduction {
    /** Elements of a chunk: 128 KiB, which stay in the second-level cache while several functions read them. */
    private static final int CHUNK = 1 << 15;

    private ChunkedReduction() {
    }

    /** A function of a chunk of an array. */
    @FunctionalInterface
    public interface ChunkFunction {
        /** Returns the value for the elements {@code from <= i < to}. */
        double of(int from, int to);
    }

    /** Returns the sum of the values of the tasks {@code 0 .. tasks - 1}. */
    public static double sumOfTasks(Execution execution, int tasks, IntToDoubleFunction task) {
        double[] values = new double[tasks];
        execution.workers().run(tasks, i -> values[i] = task.applyAsDouble(i));
        return sum(values);
    }

    /** Returns the sum of a function over the chunks of {@code length} elements. */
    public static double sumOfChunks(Execution execution, int length, ChunkFunction function) {
        return sum(mapChunks(execution, length, function)[0]);
    }

    /**
     * Applies several functions to each chunk of {@code length} elements. Only the first one reads a chunk from
     * memory; the others find it in the cache.
     *
     * @return for each function its values for all chunks, in the order of the chunks
     */
    public static double[][] mapChunks(Execution execution, int length, ChunkFunction... functions) {
        int chunks = (length + CHUNK - 1) / CHUNK;
        double[][] values = new double[functions.length][chunks];
        execution.workers().run(chunks, chunk -> {
            for (int i = 0; i < functions.length; i++) {
                values[i][chunk] = functions[i].of(chunk * CHUNK, Math.min(length, (chunk + 1) * CHUNK));
            }
        });
        return values;
    }

    /** Returns whether some {@code x[i] < 0}: at once if one of the first elements is. */
    public static boolean anyNegative(Execution execution, float[] x) {
        AtomicBoolean found = new AtomicBoolean();
        execution.workers().run((x.length + CHUNK - 1) / CHUNK, chunk -> {
            if (!found.get() && execution.anyNegative(x, chunk * CHUNK, Math.min(x.length, (chunk + 1) * CHUNK))) {
                found.set(true);
            }
        });
        return found.get();
    }

    /** Returns the sum of all elements of an array and the sum of their absolute values. */
    public static double[] sums(Execution execution, float[] x) {
        double[][] chunks = new double[(x.length + CHUNK - 1) / CHUNK][2];
        execution.workers().run(chunks.length, chunk ->
                execution.addSums(x, chunk * CHUNK, Math.min(x.length, (chunk + 1) * CHUNK), chunks[chunk]));
        double[] sums = new double[2];
        for (double[] chunk : chunks) {
            sums[0] += chunk[0];
            sums[1] += chunk[1];
        }
        return sums;
    }

    /** Returns the sum of all values, added in their order. */
    public static double sum(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum;
    }

    /** Returns the greatest value, at least 0. */
    public static double max(double[] values) {
        double max = 0;
        for (double value : values) {
            max = Math.max(max, value);
        }
        return max;
    }
}
