package dev.sectional.core;

import dev.sectional.core.internal.kernel.KernelLookup;
import dev.sectional.core.internal.kernel.Kernels;
import dev.sectional.core.internal.runtime.BufferPool;
import dev.sectional.core.internal.runtime.Workers;
import java.util.Objects;

/**
 * Computes for networks: the kernels of one provider, the threads that share the work, and a pool of buffers that
 * saves allocations. One engine serves any number of networks, and any number of threads may use it at once. Close it
 * to end its threads, or they end after ten seconds without work.
 */
public final class Engine implements AutoCloseable {
    private final Provider provider;
    private final Kernels kernels;
    private final Workers workers;
    private final BufferPool buffers = new BufferPool();
    private final String note;

    private Engine(Provider provider, Kernels kernels, Workers workers, String note) {
        this.provider = provider;
        this.kernels = kernels;
        this.workers = workers;
        this.note = note;
    }

    /**
     * Opens an engine on all cores, with the provider that the system property {@value Provider#PROPERTY} names; by
     * default the fastest one that loads.
     *
     * @return a new engine, to be closed by the caller
     * @throws InputException if the property names no provider, or one that does not load
     */
    public static Engine open() {
        return open(Provider.configured(), Runtime.getRuntime().availableProcessors());
    }

    /**
     * Opens an engine. {@link Provider#AUTO} never fails for want of SIMD: it takes plain Java where the vector module
     * is missing, where the host forbids it, and where the JVM has no optimising compiler; {@link #describe} says why.
     *
     * @param provider implementation of the kernels
     * @param threads number of threads that work on one loop, the caller's included; at least 1
     * @return a new engine, to be closed by the caller
     * @throws InputException if SIMD does not load although {@link Provider#SIMD} or, by the property
     *     {@value Provider#VECTOR_BITS_PROPERTY}, a width of its vectors is demanded
     */
    public static Engine open(Provider provider, int threads) {
        Objects.requireNonNull(provider, "provider");
        if (threads < 1) {
            throw new IllegalArgumentException("the number of threads is at least 1, got " + threads);
        }
        String problem = provider == Provider.SCALAR ? null : KernelLookup.simdProblem();
        if (problem != null && (provider == Provider.SIMD || KernelLookup.isWidthForced())) {
            throw new InputException("cannot open the SIMD provider: " + problem);
        }
        if (problem == null && provider == Provider.AUTO && !KernelLookup.isWidthForced()) {
            problem = KernelLookup.slowReason();
        }
        boolean simd = provider != Provider.SCALAR && problem == null;
        String note = problem == null ? "" : "; for SIMD: " + problem;
        return simd ? new Engine(Provider.SIMD, KernelLookup.simd(), new Workers(threads), note)
                : new Engine(Provider.SCALAR, KernelLookup.scalar(), new Workers(threads), note);
    }

    /**
     * Returns the implementation object of the given type, as {@code java.sql.Wrapper} does for drivers. Only
     * Sectional's own modules can name these types (kernels, worker threads, buffer pool), because their packages are
     * not exported to others.
     *
     * @param <T> the type of the object
     * @param type one of the three types above
     * @return the object of that type; the same one on every call
     * @throws IllegalArgumentException if the engine has no object of that type
     */
    public <T> T unwrap(Class<T> type) {
        if (type.isInstance(kernels)) {
            return type.cast(kernels);
        }
        if (type.isInstance(workers)) {
            return type.cast(workers);
        }
        if (type.isInstance(buffers)) {
            return type.cast(buffers);
        }
        throw new IllegalArgumentException("an engine has no " + type.getName());
    }

    /** {@return the provider of the kernels: {@link Provider#SIMD} or {@link Provider#SCALAR}} */
    public Provider provider() {
        return provider;
    }

    /** {@return the width of the kernels' vectors in bits; 0 for {@link Provider#SCALAR}} */
    public int vectorBits() {
        return provider == Provider.SCALAR ? 0 : Float.SIZE * kernels.lanes();
    }

    /**
     * {@return one line for a log: the provider, the width of its vectors, the number of threads, and how to get SIMD
     * when this engine does without}
     */
    public String describe() {
        int threads = workers.threads();
        return kernels.description() + ", " + threads + (threads == 1 ? " thread" : " threads") + note;
    }

    /**
     * Ends the threads and waits for them. Close the networks that run on this engine first: calls that have begun
     * fail.
     */
    @Override
    public void close() {
        workers.close();
    }
}
