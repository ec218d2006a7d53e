package dev.sectional.core.internal.runtime;

import java.lang.ref.SoftReference;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;

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
    private static final int MOST_SHORT = 128;

    /** What arrays are filled with; null for nothing. */
    private final Float poison;
    private volatile SoftReference<Table> free = new SoftReference<>(null);

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

    /**
     * Arrays by their length: immutable but for its slots. A map of boxed lengths would itself be much of what a pass
     * allocates.
     */
    private record Table(int[] lengths, AtomicReferenceArray<float[]>[] slots) {
        /** Returns the slots of one length; null if no array of that length ever returned. */
        AtomicReferenceArray<float[]> of(int length) {
            int at = Arrays.binarySearch(lengths, length);
            return at >= 0 ? slots[at] : null;
        }

        /** Returns a table with slots for one more length. */
        Table with(int length) {
            int at = -Arrays.binarySearch(lengths, length) - 1;
            int[] more = Arrays.copyOf(lengths, lengths.length + 1);
            AtomicReferenceArray<float[]>[] all = Arrays.copyOf(slots, more.length);
            System.arraycopy(lengths, at, more, at + 1, lengths.length - at);
            System.arraycopy(slots, at, all, at + 1, lengths.length - at);
            more[at] = length;
            all[at] = new AtomicReferenceArray<>(length > LONG ? MOST_LONG : MOST_SHORT);
            return new Table(more, all);
        }

        @SuppressWarnings("unchecked")
        static Table empty() {
            return new Table(new int[0], (AtomicReferenceArray<float[]>[]) new AtomicReferenceArray<?>[0]);
        }
    }

    /** Returns an array of exactly {@code length} elements. It contains stale data of its last use. */
    public float[] acquire(int length) {
        float[] array = pooled(length);
        return array == null ? poisoned(new float[length]) : array;
    }

    /** A method of its own, so that no variable holds the pool while the JVM looks for space for an array. */
    private float[] pooled(int length) {
        Table table = free.get();
        AtomicReferenceArray<float[]> slots = table == null ? null : table.of(length);
        for (int i = 0; slots != null && i < slots.length(); i++) {
            float[] array = slots.get(i) == null ? null : slots.getAndSet(i, null);
            if (array != null) {
                return array;
            }
        }
        return null;
    }

    /** Returns an array to the pool. Neither the caller nor anyone it passed the array to may touch it again. */
    public void release(float[] array) {
        poisoned(array);
        AtomicReferenceArray<float[]> slots = slots(array.length);
        for (int i = 0; i < slots.length(); i++) {
            if (slots.get(i) == null && slots.compareAndSet(i, null, array)) {
                return;
            }
        }
    }

    private AtomicReferenceArray<float[]> slots(int length) {
        Table table = free.get();
        AtomicReferenceArray<float[]> slots = table == null ? null : table.of(length);
        return slots == null ? addedSlots(length) : slots;
    }

    private synchronized AtomicReferenceArray<float[]> addedSlots(int length) {
        Table table = free.get();
        AtomicReferenceArray<float[]> slots = table == null ? null : table.of(length);
        if (slots == null) {
            table = (table == null ? Table.empty() : table).with(length);
            free = new SoftReference<>(table);
            slots = table.of(length);
        }
        return slots;
    }

    private float[] poisoned(float[] array) {
        if (poison != null) {
            Arrays.fill(array, poison);
        }
        return array;
    }
}
