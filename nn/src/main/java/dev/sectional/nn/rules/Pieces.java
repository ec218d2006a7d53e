package dev.sectional.nn.rules;

import dev.sectional.core.Engine;
import java.util.function.IntToDoubleFunction;

/** Sums over arrays in pieces of a fixed size that several threads share, added up in one order. */
final class Pieces {
    private static final int BLOCK = 1 << 15;

    private Pieces() {
    }

    /** The sum of the parts numbered {@code 0 .. parts - 1}. */
    static double of(Engine engine, int parts, IntToDoubleFunction part) {
        double[] sums = new double[parts];
        engine.workers().run(parts, i -> sums[i] = part.applyAsDouble(i));
        double sum = 0;
        for (double each : sums) {
            sum += each;
        }
        return sum;
    }

    /** A piece of an array: what {@link #over} asks for. */
    interface Piece {
        /** The value of {@code from <= i < to}. */
        double of(int from, int to);
    }

    /** The sum over all of {@code length} elements, in pieces. */
    static double over(Engine engine, int length, Piece piece) {
        return of(engine, (length + BLOCK - 1) / BLOCK, i -> piece.of(i * BLOCK, Math.min(length, (i + 1) * BLOCK)));
    }

    /** The greatest of the pieces' values; 0 for no elements. */
    static double greatest(Engine engine, int length, Piece piece) {
        double[] values = new double[(length + BLOCK - 1) / BLOCK];
        engine.workers().run(values.length, i -> values[i] = piece.of(i * BLOCK, Math.min(length, (i + 1) * BLOCK)));
        double greatest = 0;
        for (double each : values) {
            greatest = Math.max(greatest, each);
        }
        return greatest;
    }
}
