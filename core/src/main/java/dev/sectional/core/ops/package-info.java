/**
 * Tensor operations for authors of relevance rules: the public entry points to the algorithms of this module.
 *
 * <ul>
 *   <li>{@link dev.sectional.core.ops.TensorOps}: convolution and its gradients, products with matrices, parts by
 *       sign, elementwise arithmetic, max pooling and its routing, sums.</li>
 *   <li>{@link dev.sectional.core.ops.FilterLayout}: conversion of filters between files' layout and the operations'
 *       layout.</li>
 * </ul>
 *
 * <p>Every operation checks its arguments and returns new tensors that belong to the caller. Operations on ranges of
 * arrays, fused loops and pooled memory do not belong here: they stay internal.
 */
package dev.sectional.core.ops;
