package dev.sectional.core;

import dev.sectional.core.internal.kernel.KernelLookup;
import dev.sectional.core.internal.kernel.Kernels;
import dev.sectional.core.internal.runtime.BufferPool;
import dev.sectional.core.internal.runtime.Workers;

/**
 * What calculates: the kernels of one provider and the threads that share the work. One engine may serve any number
 * of networks and callers at once.
 */
public final class Engine implements AutoCloseable {
    private final Kernels kernels;
    private final Workers workers;
    private final BufferPool buffers = new BufferPool();
    private final String note;

    private Engine(Kernels kernels, Workers workers, String note) {
        this.kernels = kernels;
        this.workers = workers;
        this.note = note;
    }

    /**
     * The provider that the property {@value Provider#PROPERTY} asks for, by default the fastest, on all cores.
     *
     * @throws InputException if the provider asked for cannot be had
     */
    public static Engine open() {
        return open(Provider.configured(), Runtime.getRuntime().availableProcessors());
    }

    /**
     * @param threads how many threads work together, at least 1
     * @throws InputException if {@link Provider#SIMD} is asked for and cannot be had
     */
    public static Engine open(Provider provider, int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("the number of threads is at least 1, got " + threads);
        }
        boolean simd = provider != Provider.SCALAR && KernelLookup.simdProblem() == null;
        if (provider == Provider.SIMD && !simd) {
            throw new InputException("the SIMD provider cannot be had: " + KernelLookup.simdProblem());
        }
        String note = provider == Provider.AUTO && !simd ? "; for SIMD: " + KernelLookup.simdProblem() : "";
        return new Engine(simd ? KernelLookup.simd() : KernelLookup.scalar(), new Workers(threads), note);
    }

    /**
     * Returns the implementation object of the given type, as {@code java.sql.Wrapper} does for drivers. Only Sectional's own modules can name
     * these types: their packages are not exported.
     *
     * @throws IllegalArgumentException if the engine has no object of that type
     */
    public <T> T unwrap(Class<T> type) {
        for (Object part : new Object[] {kernels, workers, buffers}) {
            if (type.isInstance(part)) {
                return type.cast(part);
            }
        }
        throw new IllegalArgumentException("an engine has no " + type.getName());
    }

    /** One line for a log: what was chosen, and how to get the faster provider when this is not it. */
    public String describe() {
        int threads = workers.threads();
        return kernels.description() + ", " + threads + (threads == 1 ? " thread" : " threads") + note;
    }

    /** Ends the threads. */
    @Override
    public void close() {
        workers.close();
    }
}
