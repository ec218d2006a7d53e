/**
 * Access to an engine's implementation for Sectional's own modules. {@link dev.sectional.core.internal.exec.Execution}
 * gathers its kernels, worker threads and buffer pool, so that no public signature of {@link dev.sectional.core.Engine}
 * mentions them; {@link dev.sectional.core.internal.exec.ChunkedReduction} adds up over arrays, with bits that do not
 * depend on the number of threads; {@link dev.sectional.core.internal.exec.Functions} computes smooth activations and
 * normalisation. Algorithms do not belong here: they take an {@code Execution} and are in
 * {@code core.internal.conv} and {@code core.internal.linear}.
 */
package dev.sectional.core.internal.exec;
