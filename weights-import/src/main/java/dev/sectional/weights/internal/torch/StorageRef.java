package dev.sectional.weights.internal.torch;

import dev.sectional.core.DType;
import net.razorvine.pickle.PickleException;

/**
 * A storage of a PyTorch file, whose elements several tensors may share, or a range of one.
 *
 * @param type of the elements
 * @param key of the storage within the file
 * @param offset of the range, in elements
 * @param count of elements in the range
 */
record StorageRef(DType type, String key, long offset, long count) {
    StorageRef {
        if (offset < 0 || count < 0 || count > Long.MAX_VALUE / Long.BYTES - offset) {
            throw new PickleException("storage " + key + " claims " + count + " elements from " + offset);
        }
    }

    /**
     * Returns a range of this one.
     *
     * @throws PickleException if it is not inside
     */
    StorageRef view(long from, long elements) {
        if (from < 0 || elements < 0 || from > count || elements > count - from) {
            throw new PickleException("a view reaches beyond storage " + key);
        }
        return new StorageRef(type, key, offset + from, elements);
    }
}
