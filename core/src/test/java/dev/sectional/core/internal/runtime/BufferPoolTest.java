package dev.sectional.core.internal.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BufferPoolTest {
    private final String given = System.getProperty(BufferPool.POISON);

    @AfterEach
    void restore() {
        set(given);
    }

    private static void set(String value) {
        if (value == null) {
            System.clearProperty(BufferPool.POISON);
        } else {
            System.setProperty(BufferPool.POISON, value);
        }
    }

    @Test
    void reusesArraysOfTheSameLengthOnly() {
        BufferPool pool = new BufferPool();
        float[] first = pool.acquire(7);
        assertNotSame(first, pool.acquire(7));
        pool.release(first);
        assertEquals(8, pool.acquire(8).length);
        assertSame(first, pool.acquire(7));
        assertNotSame(first, pool.acquire(7));
    }

    @Test
    void keepsManyLengthsApart() {
        BufferPool pool = new BufferPool();
        float[][] arrays = new float[300][];
        for (int i = 0; i < arrays.length; i++) {
            arrays[i] = new float[(i * 7919) % 1000];
            pool.release(arrays[i]);
        }
        for (float[] array : arrays) {
            assertSame(array, pool.acquire(array.length));
        }
    }

    @Test
    void leavesDataAsTheyAre() {
        set(null);
        BufferPool pool = new BufferPool();
        float[] array = pool.acquire(3);
        array[1] = 5;
        pool.release(array);
        assertArrayEquals(new float[] {0, 5, 0}, pool.acquire(3));
    }

    @Test
    void poisonsWhatIsAcquiredAndWhatIsReleased() {
        Map.of("nan", Float.NaN, "1", 1f, "1e-40", 1e-40f).forEach((name, value) -> {
            set(name);
            BufferPool pool = new BufferPool();
            float[] array = pool.acquire(2);
            assertArrayEquals(new float[] {value, value}, array);
            array[0] = 2;
            pool.release(array);
            assertArrayEquals(new float[] {value, value}, array);
        });
    }

    @Test
    void refusesOtherPoisons() {
        set("zero");
        assertEquals("the property sectional.buffers.poison is 'zero': use nan, 1 or 1e-40, or do not set it",
                assertThrows(IllegalArgumentException.class, BufferPool::new).getMessage());
    }
}
