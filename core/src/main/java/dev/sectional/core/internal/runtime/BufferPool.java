package dev.sectional.core.internal.runtime;

import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Arrays that are used over and over, so that a call of known shape allocates next to nothing once another like it has run.
 * Any thread may take and give. What lies here unused is held softly: a JVM short of memory drops it.
 */
public final class BufferPool {
    /** Longer arrays are kept a few of each length, so that what is given more often than taken does not pile up. */
    private static final int LONG = 1 << 16;
    private static final int MOST_LONG = 8;
    private static final int MOST_SHORT = 256;

    private SoftReference<Stacks> free = new SoftReference<>(null);

    /** Arrays by their length. A map of boxed lengths would itself be much of what a pass allocates. */
    private static final class Stacks {
        private int count;
        private int[] lengths = new int[64];
        private ArrayDeque<float[]>[] arrays = stacks(64);

        /** The arrays of one length; null if there never were any and {@code wanted} is false. */
        ArrayDeque<float[]> of(int length, boolean wanted) {
            int at = Arrays.binarySearch(lengths, 0, count, length);
            if (at >= 0 || !wanted) {
                return at >= 0 ? arrays[at] : null;
            }
            if (count == lengths.length) {
                lengths = Arrays.copyOf(lengths, 2 * count);
                arrays = Arrays.copyOf(arrays, 2 * count);
            }
            int to = -at - 1;
            System.arraycopy(lengths, to, lengths, to + 1, count - to);
            System.arraycopy(arrays, to, arrays, to + 1, count - to);
            lengths[to] = length;
            arrays[to] = new ArrayDeque<>();
            count++;
            return arrays[to];
        }

        @SuppressWarnings("unchecked")
        private static ArrayDeque<float[]>[] stacks(int size) {
            return (ArrayDeque<float[]>[]) new ArrayDeque<?>[size];
        }
    }

    /** An array of exactly that length. What it holds is left from its last use. */
    public float[] acquire(int length) {
        synchronized (this) {
            Stacks stacks = free.get();
            ArrayDeque<float[]> stack = stacks == null ? null : stacks.of(length, false);
            if (stack != null && !stack.isEmpty()) {
                return stack.pop();
            }
        }
        return new float[length];
    }

    /** Takes an array back. The caller, and whoever it handed the array to, must not touch it again. */
    public synchronized void release(float[] array) {
        Stacks stacks = free.get();
        if (stacks == null) {
            stacks = new Stacks();
            free = new SoftReference<>(stacks);
        }
        ArrayDeque<float[]> stack = stacks.of(array.length, true);
        if (stack.size() < (array.length > LONG ? MOST_LONG : MOST_SHORT)) {
            stack.push(array);
        }
    }
}
