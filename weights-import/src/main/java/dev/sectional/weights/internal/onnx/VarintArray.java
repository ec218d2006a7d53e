package dev.sectional.weights.internal.onnx;

import java.nio.ByteBuffer;
import java.util.Objects;

/** Numbers that are stored in as many bytes as each needs, and stay where they are: every so often a number's place is noted. */
final class VarintArray {
    private static final int STEP = 1024;
    private static final int LONGEST = 10;

    private final ByteBuffer bytes;
    private final int[] places;
    private final int count;

    /**
     * @param count how many numbers there are to be
     * @param bytes theirs alone
     * @throws IllegalArgumentException if there are more or fewer; ends a sentence about them
     */
    VarintArray(int count, ByteBuffer bytes) {
        if (count > bytes.limit()) {
            throw new IllegalArgumentException("has only " + bytes.limit() + " bytes of values");
        }
        this.bytes = bytes;
        this.count = count;
        this.places = new int[count / STEP + 1];
        int found = 0;
        int start = 0;
        for (int at = 0; at < bytes.limit(); at++) {
            if (at - start >= LONGEST) {
                throw new IllegalArgumentException("has a value without its end");
            }
            if (bytes.get(at) >= 0) {
                start = at + 1;
                if (++found % STEP == 0 && found <= count) {
                    places[found / STEP] = start;
                }
            }
        }
        if (found != count || start != bytes.limit()) {
            throw new IllegalArgumentException("has " + found + " values");
        }
    }

    /** The numbers {@code from .. from + many - 1}. */
    long[] read(int from, int many) {
        Objects.checkFromIndexSize(from, many, count);
        long[] numbers = new long[many];
        int at = places[from / STEP];
        for (int i = from / STEP * STEP; i < from + many; i++) {
            long number = 0;
            int shift = 0;
            byte b;
            do {
                b = bytes.get(at++);
                number |= (long) (b & 0x7F) << shift;
                shift += 7;
            } while (b < 0);
            if (i >= from) {
                numbers[i - from] = number;
            }
        }
        return numbers;
    }
}
