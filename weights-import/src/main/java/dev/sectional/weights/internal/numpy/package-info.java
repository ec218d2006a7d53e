/**
 * Reads NumPy's arrays, {@code .npy}, and archives of them, {@code .npz}. The header's parser is in {@code core.io}.
 */
package dev.sectional.weights.internal.numpy;
