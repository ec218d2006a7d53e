package dev.sectional.core.internal.runtime;

import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Map;

/**
 * A pool of arrays. A call whose shapes are known from an earlier one allocates next to nothing. Arrays in the pool
 * are softly reachable: a JVM that runs short of memory drops them. Safe for use by several threads.
 *
 * <p>An acquired array contains stale data. The property {@value #POISON} finds code that relies on it: with the value
 * {@code nan}, {@code 1} or {@code 1e-40} every pool fills arrays with that number when they are released, and new ones
 * when they are acquired. No result may change by it. NaN reveals stale elements that reach a result; the other two
 * reveal those that a maximum or a comparison hides, and 1e-40, a subnormal, those that cost time on processors where
 * subnormal operands are slow.
 */
public final class BufferPool {
    /** The system property whose value new pools fill arrays with: {@code nan}, {@code 1} or {@code 1e-40}. */
    public static final String POISON = "sectional.buffers.poison";
    private static final Map<String, Float> POISONS = Map.of("nan", Float.NaN, "1", 1f, "1e-40", 1e-40f);

    /**
     * Arrays longer than this are kept {@link #MOST_LONG} per length, so that a surplus of releases does not pile
     * up.
     */
    private static final int LONG = 1 << 16;
    private static final int MOST_LONG = 8;
    private static final int MOST_SHORT = 256;

    /** What arrays are filled with; null for nothing. */
    private final Float poison;
    private SoftReference<Stacks> free = new SoftReference<>(null);

    /**
     * Creates an empty pool.
     *
     * @throws IllegalArgumentException if the property {@value #POISON} has an unknown value
     */
    public BufferPool() {
        String value = HostProperties.get(POISON);
        if (value != null && !POISONS.containsKey(value)) {
            throw new IllegalArgumentException("the property " + POISON + " is '" + value
                    + "': use nan, 1 or 1e-40, or do not set it");
        }
        poison = value == null ? null : POISONS.get(value);
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
        return poisoned(new float[length]);
    }

    /** Returns an array to the pool. Neither the caller nor anyone it passed the array to may touch it again. */
    public void release(float[] array) {
        poisoned(array);
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

    private float[] poisoned(float[] array) {
        if (poison != null) {
            Arrays.fill(array, poison);
        }
        return array;
    }
}
