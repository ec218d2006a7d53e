package dev.sectional.core;

import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Arrays that are used over and over, so that a call of known shape allocates next to nothing once another like it has run.
 * Any thread may take and give. What lies here unused is held softly: a JVM short of memory drops it.
 */
public final class Buffers {
    /** Longer arrays are kept a few of each length, so that what is given more often than taken does not pile up. */
    private static final int LONG = 1 << 16;
    private static final int MOST_LONG = 8;
    private static final int MOST_SHORT = 256;

    private SoftReference<Map<Integer, ArrayDeque<float[]>>> free = new SoftReference<>(null);

    Buffers() {
    }

    /** An array of exactly that length. What it holds is left from its last use. */
    public float[] take(int length) {
        synchronized (this) {
            Map<Integer, ArrayDeque<float[]>> stacks = free.get();
            ArrayDeque<float[]> stack = stacks == null ? null : stacks.get(length);
            if (stack != null && !stack.isEmpty()) {
                return stack.pop();
            }
        }
        return new float[length];
    }

    /** A tensor over {@link #take an array} of its size. */
    public Tensor tensor(Shape shape) {
        return Tensor.of(shape, take(shape.size()));
    }

    /** Takes an array back. The caller, and whoever it handed the array to, must not touch it again. */
    public synchronized void give(float[] array) {
        Map<Integer, ArrayDeque<float[]>> stacks = free.get();
        if (stacks == null) {
            stacks = new HashMap<>();
            free = new SoftReference<>(stacks);
        }
        ArrayDeque<float[]> stack = stacks.computeIfAbsent(array.length, length -> new ArrayDeque<>());
        if (stack.size() < (array.length > LONG ? MOST_LONG : MOST_SHORT)) {
            stack.push(array);
        }
    }
}
