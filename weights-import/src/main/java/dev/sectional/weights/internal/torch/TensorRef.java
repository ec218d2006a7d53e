package dev.sectional.weights.internal.torch;




/**
 * A tensor as a PyTorch pickle describes it.
 *
 * @param storage holds the elements
 * @param offset of the first element within the storage, in elements
 * @param size of each dimension
 * @param stride distance of neighbours in each dimension, in elements
 */
record TensorRef(StorageRef storage, long offset, long[] size, long[] stride) {}
