package dev.sectional.core.internal.exec;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.kernel.Kernels;
import dev.sectional.core.internal.runtime.BufferPool;
import dev.sectional.core.internal.runtime.Workers;

/**
 * The resources with which one engine executes an operation: its kernels, its worker threads and its buffer pool. Every algorithm
 * takes one of these instead of the public {@link Engine}, so that no public signature names a kernel. Safe for use by several threads.
 */
public final class Execution {
    private final Kernels kernels;
    private final Workers workers;
    private final BufferPool buffers;

    private Execution(Kernels kernels, Workers workers, BufferPool buffers) {
        this.kernels = kernels;
        this.workers = workers;
        this.buffers = buffers;
    }

    /** Returns the resources of an engine. */
    public static Execution of(Engine engine) {
        return new Execution(engine.unwrap(Kernels.class), engine.unwrap(Workers.class), engine.unwrap(BufferPool.class));
    }

    /** Returns the kernels of the engine's provider. */
    public Kernels kernels() {
        return kernels;
    }

    /** Returns the worker threads. */
    public Workers workers() {
        return workers;
    }

    /** Returns an array of exactly {@code length} elements. It contains stale data of earlier operations. */
    public float[] acquire(int length) {
        return buffers.acquire(length);
    }

    /** Returns a tensor over an {@linkplain #acquire acquired} array. It contains stale data of earlier operations. */
    public Tensor tensor(Shape shape) {
        return Tensor.of(shape, buffers.acquire(shape.size()));
    }

    /** Returns an acquired array to the pool. Neither the caller nor anyone it passed the array to may touch it again. */
    public void release(float[] array) {
        buffers.release(array);
    }

    /** Returns the array of a tensor to the pool. */
    public void release(Tensor tensor) {
        buffers.release(tensor.data());
    }
}
