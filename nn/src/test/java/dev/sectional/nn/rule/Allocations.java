package dev.sectional.nn.rule;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import java.util.function.Consumer;

/** Memory that a pass allocates once the engine's pool has the buffers of its sizes. */
public final class Allocations {
    private Allocations() {
    }

    /**
     * Asserts that a pass finds its buffers in the pool: a pass that kept one would allocate it anew. With the scalar
     * kernels, because compilers other than C2 box vectors.
     *
     * @param most bytes that a pass may allocate: more than its objects, less than these and its smallest buffer
     */
    public static void assertFlat(long most, Consumer<Engine> pass) throws Exception {
        long least = Long.MAX_VALUE;
        try (Engine engine = Engine.open(Provider.SCALAR, 1)) {
            for (int i = 0; i < 3; i++) {
                long before = allocated();
                pass.accept(engine);
                least = Math.min(least, allocated() - before);
            }
        }
        assertTrue(least <= most, "a pass allocates " + least + " bytes, more than " + most);
    }

    /** Returns the bytes that this thread has allocated. By reflection, because the module reads java.base alone. */
    private static long allocated() throws Exception {
        Object threads = Class.forName("java.lang.management.ManagementFactory").getMethod("getThreadMXBean")
                .invoke(null);
        return (long) Class.forName("com.sun.management.ThreadMXBean").getMethod("getThreadAllocatedBytes", long.class)
                .invoke(threads, Thread.currentThread().getId());
    }
}
