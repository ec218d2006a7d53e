package dev.sectional.core.internal.exec;

import java.util.function.IntToDoubleFunction;

/** Sums and the like over arrays in pieces of a fixed size that several threads share, added up in one order. */
public final class ChunkedReduction {
    private static final int BLOCK = 1 << 15;

    private ChunkedReduction() {
    }

    /** The sum of the parts numbered {@code 0 .. parts - 1}. */
    public static double of(Execution execution, int parts, IntToDoubleFunction part) {
        double[] sums = new double[parts];
        execution.workers().run(parts, i -> sums[i] = part.applyAsDouble(i));
        return sum(sums);
    }

    /** A function of a piece of an array. */
    public interface Piece {
        /** The value of {@code from <= i < to}. */
        public double of(int from, int to);
    }

    /** The sum over all of {@code length} elements, in pieces. */
    public static double over(Execution execution, int length, Piece piece) {
        return sum(each(execution, length, piece)[0]);
    }

    /**
     * What several functions give for each piece: the array is read from memory once, and what follows finds the piece in the cache.
     *
     * @return for each function the values of all pieces, in their order
     */
    public static double[][] each(Execution execution, int length, Piece... functions) {
        int parts = (length + BLOCK - 1) / BLOCK;
        double[][] values = new double[functions.length][parts];
        execution.workers().run(parts, part -> {
            for (int i = 0; i < functions.length; i++) {
                values[i][part] = functions[i].of(part * BLOCK, Math.min(length, (part + 1) * BLOCK));
            }
        });
        return values;
    }

    /** The sum, in their order. */
    public static double sum(double[] values) {
        double sum = 0;
        for (double each : values) {
            sum += each;
        }
        return sum;
    }

    /** The greatest, at least 0. */
    public static double greatest(double[] values) {
        double greatest = 0;
        for (double each : values) {
            greatest = Math.max(greatest, each);
        }
        return greatest;
    }
}
