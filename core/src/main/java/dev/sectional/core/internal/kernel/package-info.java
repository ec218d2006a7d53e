/**
 * The innermost loops of all operations, and the providers that implement them.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.core.internal.kernel.Kernels}</td><td>the interface: GEMM micro-kernels, Winograd
 * transforms, element-wise loops, dot products; rules for sums, special values and aliasing</td></tr>
 * <tr><td>{@link dev.sectional.core.internal.kernel.SparseKernels}</td><td>its part for nonzeros</td></tr>
 * <tr><td>{@link dev.sectional.core.internal.kernel.DepthwiseKernels}</td><td>its part for depthwise convolutions, with
 * {@link dev.sectional.core.internal.kernel.DepthwiseOffsets}</td></tr>
 * <tr><td>{@link dev.sectional.core.internal.kernel.FunctionKernels}</td><td>its part for smooth activations and
 * normalisation</td></tr>
 * <tr><td>{@link dev.sectional.core.internal.kernel.RatioKernels}</td><td>its part for the divisions of relevance
 * rules</td></tr>
 * <tr><td>{@link dev.sectional.core.internal.kernel.BufferRows}</td><td>its part for matrices in buffers</td></tr>
 * <tr><td>{@link dev.sectional.core.internal.kernel.KernelLookup}</td><td>decides whether SIMD loads, and how
 * wide</td></tr>
 * <tr><td>{@code BufferVectorLookup}</td><td>finds the method that loads vectors from buffers; the only look-up by
 * name</td></tr>
 * <tr><td>{@code Scalar*}</td><td>the provider in plain Java</td></tr>
 * <tr><td>{@code Simd*}</td><td>the provider over {@code jdk.incubator.vector}, with that look-up the only code
 * that names that module</td></tr>
 * <tr><td>{@link dev.sectional.core.internal.kernel.WinogradTransform}</td><td>constants that providers and the
 * algorithm share</td></tr>
 * </table>
 *
 * <p>A loop belongs here if a provider makes it faster. Blocking, packing and the split between threads do not:
 * they are in {@code core.internal.conv} and {@code core.internal.linear}. Nothing here depends on tensors, engines
 * or threads. Each new method of an interface needs a case in {@code KernelParityTest}, which fails otherwise.
 */
package dev.sectional.core.internal.kernel;
