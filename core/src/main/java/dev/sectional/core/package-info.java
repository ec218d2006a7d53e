/**
 * Tensors and the engine that computes with them.
 *
 * <ul>
 *   <li>{@link dev.sectional.core.Engine} holds the kernels of one {@link dev.sectional.core.Provider}, worker
 *       threads and pooled buffers.</li>
 *   <li>{@link dev.sectional.core.Tensor} holds float32 elements of a {@link dev.sectional.core.Shape};
 *       {@link dev.sectional.core.TensorSource} also stands for a tensor that stays in a file, stored as a
 *       {@link dev.sectional.core.DType}; {@link dev.sectional.core.HalfTensor} keeps half-precision elements in
 *       memory.</li>
 *   <li>{@link dev.sectional.core.ConvolutionGeometry} and {@link dev.sectional.core.PoolingGeometry} describe
 *       kernels and windows, each by two {@link dev.sectional.core.Window}s.</li>
 *   <li>{@link dev.sectional.core.InputException} reports input that cannot be used.</li>
 * </ul>
 *
 * <p>Operations on tensors are in {@link dev.sectional.core.ops}, files in {@link dev.sectional.core.io}, algorithms
 * and kernels in internal packages. Layers, networks and rules belong to the module {@code dev.sectional.nn}.
 */
package dev.sectional.core;
