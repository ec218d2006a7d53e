package dev.sectional.viewer.internal;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * A map of limited size: when it is full, the entries that were used longest ago are dropped. For several threads.
 *
 * @param <K> keys
 * @param <V> values
 */
public final class Bounded<K, V> {
    private final Map<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);
    private final ToLongFunction<V> size;
    private final long limit;
    private long total;

    /**
     * Creates an empty map.
     *
     * @param size of a value
     * @param limit greatest sum of sizes; a single greater value is kept alone
     */
    public Bounded(ToLongFunction<V> size, long limit) {
        this.size = size;
        this.limit = limit;
    }

    /** Adds or replaces a value. */
    public synchronized void put(K key, V value) {
        V old = entries.put(key, value);
        total += size.applyAsLong(value) - (old == null ? 0 : size.applyAsLong(old));
        Iterator<V> oldest = entries.values().iterator();
        while (total > limit && entries.size() > 1) {
            total -= size.applyAsLong(oldest.next());
            oldest.remove();
        }
    }

    /** Returns a value and marks it as used. */
    public synchronized Optional<V> get(K key) {
        return Optional.ofNullable(entries.get(key));
    }
}
