/**
 * Threads and memory of an engine: {@link dev.sectional.core.internal.runtime.Workers} share the tasks of a loop,
 * {@link dev.sectional.core.internal.runtime.BufferPool} reuses arrays,
 * {@link dev.sectional.core.internal.runtime.HostProperties} reads settings where a host permits it. Nothing here knows
 * tensors, kernels or algorithms.
 */
package dev.sectional.core.internal.runtime;
