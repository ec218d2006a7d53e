package dev.sectional.weights.internal.torch;




/**
 * A tensor as a PyTorch pickle describes it: which values of which storage.
 *
 * @param storage holds the values
 * @param offset of the first value within the storage
 * @param size the dimensions
 * @param stride how many values apart neighbours are, per dimension
 */
record TensorRef(StorageRef storage, long offset, long[] size, long[] stride) {}
