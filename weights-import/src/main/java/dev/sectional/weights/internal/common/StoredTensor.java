package dev.sectional.weights.internal.common;

import dev.sectional.core.DType;
import dev.sectional.core.TensorSource;

/**
 * A tensor of a file, whose elements stay in the file until they are read.
 *
 * @param type of the elements in the file
 * @param values the elements as float32; whole numbers beyond 2^24 are rounded
 */
public record StoredTensor(DType type, TensorSource values) {}
