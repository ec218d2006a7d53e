package dev.sectional.core.internal.runtime;

import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * A pool of arrays. A call whose shapes are known from an earlier one allocates next to nothing. Arrays in the pool
 * are softly reachable: a JVM that runs short of memory drops them. Safe for use by several threads.
 *
 * <p>An acquired array contains stale data. The property {@value #POISON} finds code that relies on it: with the value
 * {@code nan} every pool fills arrays with NaN when they are released, and new ones when they are acquired. No
 * result may change by it.
 */
public final class BufferPool {
    /** The system property that makes new pools fill arrays with NaN, if its value is {@code nan}; for tests. */
    public static final String POISON = "sectional.buffers.poison";

    /**
     * Arrays longer than this are kept {@link #MOST_LONG} per length, so that a surplus of releases does not pile
     * up.
     */
    private static final int LONG = 1 << 16;
    private static final int MOST_LONG = 8;
    private static final int MOST_SHORT = 256;

    private final boolean poison;
    private SoftReference<Stacks> free = new SoftReference<>(null);

    /**
     * Creates an empty pool.
     *
     * @throws IllegalArgumentException if the property {@value #POISON} has an unknown value
     */
    public BufferPool() {
        String value = System.getProperty(POISON);
        if (value != null && !value.equals("nan")) {
            throw new IllegalArgumentException("the property " + POISON + " is '" + value
                    + "': use nan, or do not set it");
        }
        poison = value != null;
    }

    /** Arrays by their length. A map of boxed lengths would itself be much of what a pass allocates. */
    private static final class Stacks {
        private int count;
        private int[] lengths = new int[64];
        private ArrayDeque<float[]>[] arrays = stacks(64);

        /** Returns the arrays of one length; null if there never were any and {@code create} is false. */
        ArrayDeque<float[]> of(int length, boolean create) {
            int at = Arrays.binarySearch(lengths, 0, count, length);
            if (at >= 0 || !create) {
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

    /** Returns an array of exactly {@code length} elements. It contains stale data of its last use. */
    public float[] acquire(int length) {
        synchronized (this) {
            Stacks stacks = free.get();
            ArrayDeque<float[]> stack = stacks == null ? null : stacks.of(length, false);
            if (stack != null && !stack.isEmpty()) {
                return stack.pop();
            }
        }
        float[] array = new float[length];
        if (poison) {
            Arrays.fill(array, Float.NaN);
        }
        return array;
    }

    /** Returns an array to the pool. Neither the caller nor anyone it passed the array to may touch it again. */
    public void release(float[] array) {
        if (poison) {
            Arrays.fill(array, Float.NaN);
        }
        synchronized (this) {
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
}
