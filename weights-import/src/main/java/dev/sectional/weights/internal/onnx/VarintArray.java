package dev.sectional.weights.internal.onnx;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Integers of 1 to 10 bytes each, as protobuf packs them. They stay in the file; the offset of every 1024th is kept, so
 * that reading any of them skips 1023 at most. Safe for use by several threads.
 */
final class VarintArray {
    private static final int STEP = 1024;
    private static final int LONGEST = 10;

    private final ByteBuffer bytes;
    private final int[] offsets;
    private final int count;

    /**
     * Checks and indexes the integers.
     *
     * @param count expected number of integers
     * @param bytes of the integers and nothing else
     * @throws IllegalArgumentException if there are more or fewer, or one does not end; the message continues "tensor x
     *     "
     */
    VarintArray(int count, ByteBuffer bytes) {
        if (count > bytes.limit()) {
            throw new IllegalArgumentException("has only " + bytes.limit() + " bytes of elements");
        }
        this.bytes = bytes;
        this.count = count;
        this.offsets = new int[count / STEP + 1];
        int found = 0;
        int start = 0;
        for (int at = 0; at < bytes.limit(); at++) {
            if (at - start >= LONGEST) {
                throw new IllegalArgumentException("has an element without its end");
            }
            if (bytes.get(at) >= 0) {
                start = at + 1;
                if (++found % STEP == 0 && found <= count) {
                    offsets[found / STEP] = start;
                }
            }
        }
        if (found != count || start != bytes.limit()) {
            throw new IllegalArgumentException("has " + found + " elements");
        }
    }

    /** Returns the integers {@code from .. from + many - 1}. */
    long[] read(int from, int many) {
        Objects.checkFromIndexSize(from, many, count);
        long[] numbers = new long[many];
        int at = offsets[from / STEP];
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
