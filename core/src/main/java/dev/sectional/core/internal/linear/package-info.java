/**
 * Products of large matrices with vectors, for fully connected layers.
 *
 * <p>{@link dev.sectional.core.internal.linear.MatrixVectorProduct} computes both directions from a matrix that may
 * stay in a mapped file. Matrix-matrix products belong to {@link dev.sectional.core.internal.conv.Gemm}; the
 * innermost loops belong to {@code core.internal.kernel}.
 */
package dev.sectional.core.internal.linear;
